// Changes to problems (planner/scenario.h). Sizes are below 2^63 and factors below 2^64, so products are
// taken in 128 bits.
#include "planner/scenario.h"

#include "planner/items.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace memo::planner {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::size_t kMostDigits = 9;

[[nodiscard]] Result<Scenario> checked(Scenario&& scenario) {
    if (auto wrong = validate(scenario.problem)) return std::move(*wrong);
    return std::move(scenario);
}

// A number of at most kMostDigits digits; false if `text` is anything else.
[[nodiscard]] bool read_digits(std::string_view text, std::uint64_t& number) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    return !text.empty() && text.size() <= kMostDigits && code == std::errc{} &&
           end == text.data() + text.size();
}

[[nodiscard]] std::uint64_t power_of_ten(std::size_t exponent) {
    std::uint64_t power = 1;
    for (; exponent > 0; --exponent) power *= 10;
    return power;
}

[[nodiscard]] Wide scaled_down(std::uint64_t amount, Factor factor) {
    return Wide{amount} * factor.numerator / factor.denominator;
}

[[nodiscard]] Wide scaled_up(std::uint64_t amount, Factor factor) {
    return (Wide{amount} * factor.numerator + (factor.denominator - 1)) / factor.denominator;
}

// Takes over one block of a scenario after another, whole or in parts.
class Splitter {
  public:
    Splitter(const Scenario& from, Bytes limit) : from_(from), limit_(limit) {
        to_.problem.arenas = from.problem.arenas;
    }

    // False if the block would have more than kMostParts parts.
    [[nodiscard]] bool add(std::size_t block) {
        const Block& whole = from_.problem.blocks[block];
        const bool aliased = !from_.problem.aliases.empty() && from_.problem.aliases[block] != kNoAlias;
        if (whole.size <= limit_ || aliased) {
            add_part(block, {}, whole.size, {});
            return true;
        }
        const std::uint64_t count = (whole.size.value - 1) / limit_.value + 1;
        if (count > kMostParts) return false;
        // Below the size and its alignment together, which `validate` bounds.
        const Bytes part{Offset{(whole.size.value - 1) / count + 1}.aligned_up(whole.alignment).value};
        std::size_t index = 0;
        for (Bytes done; done < whole.size; done += part) {
            add_part(block, done, std::min(part, whole.size - done), "/" + std::to_string(index++));
        }
        return true;
    }

    [[nodiscard]] Scenario take() { return std::move(to_); }

  private:
    // The bytes [begin, begin + size) of the block.
    void add_part(std::size_t block, Bytes begin, Bytes size, const std::string& suffix) {
        const Problem& from = from_.problem;
        Problem& to = to_.problem;
        to.blocks.push_back({size, from.blocks[block].alignment, from.blocks[block].life});
        if (!from.ids.empty()) to.ids.push_back(from.ids[block] + suffix);
        if (!from.fixed.empty()) to.fixed.push_back(moved(from.fixed[block], begin));
        if (!from.hints.empty()) to.hints.push_back(moved(from.hints[block], begin));
        if (!from.gaps.empty()) to.gaps.push_back(cut(from.gaps[block], begin, size));
        if (!from.aliases.empty()) to.aliases.push_back(from.aliases[block]);
        if (!from.arena_of.empty()) to.arena_of.push_back(from.arena_of[block]);
        if (!from_.tags.empty()) to_.tags.push_back(from_.tags[block]);
    }

    [[nodiscard]] static std::optional<Offset> moved(const std::optional<Offset>& place, Bytes by) {
        if (!place) return std::nullopt;
        return *place + by;
    }

    // The gaps as the bytes [begin, begin + size) of the block see them.
    [[nodiscard]] static std::vector<Gap> cut(std::vector<Gap> gaps, Bytes begin, Bytes size) {
        const auto inside = [&](Offset offset) {
            return Offset{std::min(offset.value - std::min(offset.value, begin.value), size.value)};
        };
        for (Gap& gap : gaps) gap = {gap.life, inside(gap.begin), inside(gap.end)};
        return gaps;
    }

    const Scenario& from_;
    Bytes limit_;
    Scenario to_;
};

}  // namespace

Result<Factor> parse_factor(std::string_view text) {
    const Error wrong{"'" + std::string(text) + "' is not a factor like 2, 0.5 or 3/2"};
    Factor factor;
    const std::size_t mark = text.find_first_of("./");
    const std::string_view left = text.substr(0, mark);
    if (!read_digits(left, factor.numerator)) return wrong;
    if (mark != std::string_view::npos) {
        const std::string_view right = text.substr(mark + 1);
        if (!read_digits(right, factor.denominator)) return wrong;
        if (text[mark] == '.') {
            const std::uint64_t fraction = std::exchange(factor.denominator, power_of_ten(right.size()));
            factor.numerator = factor.numerator * factor.denominator + fraction;
        }
    }
    if (factor.numerator == 0 || factor.denominator == 0) return wrong;
    const std::uint64_t common = std::gcd(factor.numerator, factor.denominator);
    return Factor{factor.numerator / common, factor.denominator / common};
}

bool matches_glob(std::string_view pattern, std::string_view text) {
    // Where the last `*` was, and how much of the text it has swallowed: on a mismatch it swallows one more.
    std::size_t star = std::string_view::npos;
    std::size_t swallowed = 0;
    std::size_t p = 0;
    for (std::size_t t = 0; t < text.size();) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            swallowed = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++swallowed;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::vector<std::uint32_t> blocks_of_tag(const Scenario& scenario, std::string_view pattern) {
    std::vector<std::uint32_t> blocks;
    for (std::uint32_t block = 0; block < scenario.problem.blocks.size(); ++block) {
        const std::string_view tag =
            scenario.tags.empty() ? std::string_view() : std::string_view(scenario.tags[block]);
        if (matches_glob(pattern, tag)) blocks.push_back(block);
    }
    return blocks;
}

Result<Scenario> scale(const Scenario& scenario, std::span<const std::uint32_t> blocks, Factor factor) {
    Scenario scaled = scenario;
    Problem& problem = scaled.problem;
    for (const std::uint32_t index : blocks) {
        Block& block = problem.blocks[index];
        Wide size = scaled_up(block.size.value, factor);
        if (block.size.value % block.alignment.value == 0) {
            size = (size + (block.alignment.value - 1)) / block.alignment.value * block.alignment.value;
        }
        if (size > kMaxTotal.value) {
            return Error{describe_block(problem, index) + ": scaled, it has more than 2^63 - 1 bytes"};
        }
        block.size = Bytes{static_cast<std::uint64_t>(size)};
        if (problem.gaps.empty()) continue;
        for (Gap& gap : problem.gaps[index]) {
            if (gap.begin == gap.end) {
                gap.begin = gap.end = {};
                continue;
            }
            gap.begin = {static_cast<std::uint64_t>(scaled_down(gap.begin.value, factor))};
            gap.end = {static_cast<std::uint64_t>(scaled_up(gap.end.value, factor))};
        }
    }
    return checked(std::move(scaled));
}

Result<Scenario> drop(const Scenario& scenario, std::span<const std::uint32_t> blocks) {
    std::vector<bool> dropped(scenario.problem.blocks.size());
    for (const std::uint32_t block : blocks) dropped[block] = true;
    std::vector<std::uint32_t> kept;
    for (std::uint32_t block = 0; block < dropped.size(); ++block) {
        if (!dropped[block]) kept.push_back(block);
    }
    Scenario rest{select_blocks(scenario.problem, kept), {}};
    if (!scenario.tags.empty()) {
        for (const std::uint32_t block : kept) rest.tags.push_back(scenario.tags[block]);
    }
    return checked(std::move(rest));
}

Result<Scenario> align(const Scenario& scenario, Bytes alignment) {
    Scenario aligned = scenario;
    for (Block& block : aligned.problem.blocks) {
        const std::uint64_t common = std::gcd(block.alignment.value, alignment.value);
        const Wide both = Wide{block.alignment.value} / common * alignment.value;
        if (both > kMaxTotal.value) return Error{"an alignment would have more than 2^63 - 1 bytes"};
        block.alignment = Bytes{static_cast<std::uint64_t>(both)};
    }
    return checked(std::move(aligned));
}

Result<Scenario> split(const Scenario& scenario, Bytes limit) {
    Splitter splitter(scenario, limit);
    for (std::size_t block = 0; block < scenario.problem.blocks.size(); ++block) {
        if (!splitter.add(block)) {
            return Error{describe_block(scenario.problem, block) + ": would be split into more than " +
                         std::to_string(kMostParts) + " parts"};
        }
    }
    return checked(splitter.take());
}

}  // namespace memo::planner
