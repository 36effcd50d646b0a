// One sweep over births and deaths of amounts: a block's size, or where there is more to a block, the sizes
// of its parts. Sums cannot overflow: `validate` bounds the sum of all sizes, of which every load is a part.
#include "planner/loads.h"

#include "planner/parts.h"
#include "planner/range_maximum.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <set>
#include <unordered_map>
#include <utility>

namespace memo::planner {
namespace {

struct Step {
    EventIndex moment;
    Bytes amount;
};

// What is added and what is taken away, at which moments.
struct Steps {
    std::vector<Step> births;
    std::vector<Step> deaths;

    void add(const Lifetime& life, Bytes amount) {
        births.push_back({life.lower, amount});
        deaths.push_back({life.upper, amount});
    }
};

// The largest of the parts alive, as one amount after another.
void add_largest(std::vector<Piece> parts, Steps& steps) {
    std::sort(parts.begin(), parts.end());
    std::vector<Piece> by_death = parts;
    std::sort(by_death.begin(), by_death.end(),
              [](const Piece& a, const Piece& b) { return a.life.upper < b.life.upper; });
    std::multiset<Bytes> live;
    EventIndex since;
    auto birth = parts.cbegin();
    for (auto death = by_death.cbegin(); death != by_death.cend();) {
        const bool dies = birth == parts.cend() || death->life.upper <= birth->life.lower;
        const Piece& part = dies ? *death++ : *birth++;
        const EventIndex moment = dies ? part.life.upper : part.life.lower;
        if (!live.empty() && since < moment) steps.add({since, moment}, *live.rbegin());
        since = moment;
        if (dies) {
            live.erase(live.find(part.end - part.begin));
        } else {
            live.insert(part.end - part.begin);
        }
    }
}

Steps steps_of_parts(const Problem& problem) {
    Steps steps;
    std::unordered_map<std::uint32_t, std::vector<Piece>> parts;  // by alias
    for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
        // Nothing, so that the profile has an entry for every birth of a block, whatever it keeps then.
        steps.add(problem.blocks[block].life, {});
        const bool shared = !problem.aliases.empty() && problem.aliases[block] != kNoAlias;
        for_each_part(problem, block, [&](const Piece& part) {
            if (shared) {
                parts[problem.aliases[block]].push_back(part);
            } else {
                steps.add(part.life, part.end - part.begin);
            }
        });
    }
    for (auto& [alias, own] : parts) add_largest(std::move(own), steps);
    return steps;
}

Steps steps_of_blocks(const Problem& problem) {
    Steps steps;
    steps.births.reserve(problem.blocks.size());
    steps.deaths.reserve(problem.blocks.size());
    for (const Block& block : problem.blocks) steps.add(block.life, block.size);
    return steps;
}

// By radix, eleven bits at a time from the lowest: several times as fast as comparing where a million moments
// are small numbers, and no slower where they are not.
void sort_by_moment(std::vector<Step>& steps) {
    const auto earlier = [](const Step& a, const Step& b) { return a.moment < b.moment; };
    if (std::is_sorted(steps.begin(), steps.end(), earlier)) return;
    constexpr int kBits = 11;
    constexpr std::uint64_t kDigits = std::uint64_t{1} << kBits;
    const std::uint64_t latest = std::max_element(steps.begin(), steps.end(), earlier)->moment.value;
    std::vector<Step> sorted(steps.size());
    for (int shift = 0; shift < 64 && (latest >> shift) != 0; shift += kBits) {
        const auto digit = [&](const Step& step) { return (step.moment.value >> shift) % kDigits; };
        std::array<std::size_t, kDigits + 1> first{};  // of each digit
        for (const Step& step : steps) ++first[digit(step) + 1];
        std::partial_sum(first.begin(), first.end(), first.begin());
        for (const Step& step : steps) sorted[first[digit(step)]++] = step;
        steps.swap(sorted);
    }
}

}  // namespace

LoadProfile load_profile(const Problem& problem) {
    auto [births, deaths] = is_plain(problem) ? steps_of_blocks(problem) : steps_of_parts(problem);
    sort_by_moment(births);
    sort_by_moment(deaths);

    LoadProfile profile;
    Bytes load;
    auto death = deaths.cbegin();
    for (const auto& [moment, amount] : births) {
        // Half-open: what dies at a moment makes room for what is born at it.
        for (; death != deaths.cend() && death->moment <= moment; ++death) load -= death->amount;
        load += amount;
        if (profile.births.empty() || profile.births.back() != moment) {
            profile.births.push_back(moment);
            profile.loads.push_back(load);
        } else {
            profile.loads.back() = load;
        }
    }
    return profile;
}

std::vector<Bytes> peak_loads(const Problem& problem) {
    const LoadProfile profile = load_profile(problem);
    const RangeMaximum maximum(profile.loads);
    const auto first_birth_at_or_after = [&](EventIndex moment) {
        const auto found = std::lower_bound(profile.births.begin(), profile.births.end(), moment);
        return static_cast<std::size_t>(found - profile.births.begin());
    };
    std::vector<Bytes> peaks;
    peaks.reserve(problem.blocks.size());
    for (const Block& block : problem.blocks) {
        peaks.push_back(maximum.over(first_birth_at_or_after(block.life.lower),
                                     first_birth_at_or_after(block.life.upper)));
    }
    return peaks;
}

}  // namespace memo::planner
