// The sequence of runs, and the loop over it.
#include "planner/restarts.h"

#include "planner/floors.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace memo::planner {
namespace {

struct Orders {
    ValueOrder values;
    SectionRule sections;
};

// Of the combinations, those that solved something first or nearly so; the best of all come first.
constexpr Orders kFirst[] = {
    {ValueOrder::width, SectionRule::fewest_tight}, {ValueOrder::size, SectionRule::fewest},
    {ValueOrder::size, SectionRule::fewest_tight},  {ValueOrder::level, SectionRule::fewest},
    {ValueOrder::area, SectionRule::fewest},        {ValueOrder::narrow_size, SectionRule::fewest},
    {ValueOrder::level, SectionRule::fewest_tight}, {ValueOrder::size, SectionRule::tightest},
};
// Those that solve problems which none of the first did, within a few runs of this length and with noise.
constexpr Orders kLater[] = {
    {ValueOrder::width, SectionRule::fewest},       {ValueOrder::level, SectionRule::fewest},
    {ValueOrder::small, SectionRule::fewest},       {ValueOrder::size, SectionRule::fewest},
    {ValueOrder::small, SectionRule::fewest_tight}, {ValueOrder::narrow_size, SectionRule::fewest},
    {ValueOrder::width, SectionRule::fewest_tight}, {ValueOrder::size, SectionRule::fewest_tight},
};

// 1 1 2 1 1 2 4 …, from number 0.
std::uint64_t luby(std::uint64_t number) {
    std::uint64_t place = number + 1;
    while (!std::has_single_bit(place + 1)) place -= std::bit_floor(place) - 1;
    return (place + 1) / 2;
}

}  // namespace

SearchRun restart(std::uint64_t number, std::size_t blocks, std::uint64_t seed) {
    SearchRun run;
    Orders orders{};
    if (number < std::size(kFirst)) {
        run.node_limit = 2 * std::uint64_t{blocks};
        orders = kFirst[number];
    } else {
        run.seed = std::max<std::uint64_t>(scramble(scramble(seed) + number), 1);
        run.node_limit = 4 * luby(number - std::size(kFirst)) * std::uint64_t{blocks};
        orders = kLater[run.seed % std::size(kLater)];
    }
    run.values = orders.values;
    run.sections = orders.sections;
    return run;
}

}  // namespace memo::planner
