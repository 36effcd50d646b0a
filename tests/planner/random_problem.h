// Small random problems for property tests: reproducible from a seed, and crowded enough that blocks
// conflict; and the definition of a valid packing, to which everything is held.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace memo::planner::testing {

struct Shape {
    std::size_t blocks = 6;
    std::uint64_t moments = 10;  // lifetimes lie in [0, moments]
    std::uint64_t max_size = 8;  // bytes
    bool aligned = false;        // alignments of 1, 2, 3, 4 and 8, else 1
};

inline std::uint64_t draw(std::mt19937_64& random, std::uint64_t low, std::uint64_t high) {
    return low + random() % (high - low +
                             1);  // the bias does not matter here, and the result is the same everywhere
}

// True once in `times`.
inline bool once_in(std::mt19937_64& random, std::uint64_t times) {
    return draw(random, 1, times) == 1;
}

inline Problem random_problem(std::mt19937_64& random, const Shape& shape) {
    constexpr std::uint64_t kAlignments[] = {1, 2, 3, 4, 8};
    Problem problem;
    for (std::size_t block = 0; block < shape.blocks; ++block) {
        const std::uint64_t lower = draw(random, 0, shape.moments - 1);
        const std::uint64_t upper = draw(random, lower + 1, shape.moments);
        const std::uint64_t alignment = shape.aligned ? kAlignments[draw(random, 0, 4)] : 1;
        problem.blocks.push_back({{draw(random, 1, shape.max_size)}, {alignment}, {{lower}, {upper}}});
    }
    return problem;
}

// The bytes [first, second) of itself that a block keeps at a moment; none where it does not live.
inline std::pair<std::uint64_t, std::uint64_t> kept_at(const Problem& problem, std::size_t block,
                                                       std::uint64_t moment) {
    const Block& whole = problem.blocks[block];
    if (moment < whole.life.lower.value || moment >= whole.life.upper.value) return {0, 0};
    if (!problem.gaps.empty()) {
        for (const Gap& gap : problem.gaps[block]) {
            if (gap.life.lower.value <= moment && moment < gap.life.upper.value) {
                return {gap.begin.value, gap.end.value};
            }
        }
    }
    return {0, whole.size.value};
}

inline bool one_alias(const Problem& problem, std::size_t a, std::size_t b) {
    return !problem.aliases.empty() && problem.aliases[a] != kNoAlias &&
           problem.aliases[a] == problem.aliases[b];
}

// Whether two blocks at these offsets keep a byte in common that they must not share.
inline bool clash(const Problem& problem, std::size_t a, std::uint64_t at_a, std::size_t b,
                  std::uint64_t at_b) {
    if (one_alias(problem, a, b)) return false;
    if (!problem.arena_of.empty() && problem.arena_of[a] != problem.arena_of[b]) return false;
    for (std::uint64_t moment = problem.blocks[a].life.lower.value;
         moment < problem.blocks[a].life.upper.value; ++moment) {
        const auto [begin_a, end_a] = kept_at(problem, a, moment);
        const auto [begin_b, end_b] = kept_at(problem, b, moment);
        const bool both = begin_a < end_a && begin_b < end_b;
        if (both && at_a + begin_a < at_b + end_b && at_b + begin_b < at_a + end_a) return true;
    }
    return false;
}

// The definition of a valid packing, spelt out over all pairs and moments.
inline bool valid_by_definition(const Problem& problem, const Packing& packing) {
    const auto& blocks = problem.blocks;
    if (packing.offsets.size() != blocks.size()) return false;
    for (std::size_t a = 0; a < blocks.size(); ++a) {
        const std::uint64_t begin = packing.offsets[a].value;
        if (begin + blocks[a].size.value > packing.height.value) return false;
        if (begin % blocks[a].alignment.value != 0) return false;
        if (!problem.fixed.empty() && problem.fixed[a] && problem.fixed[a]->value != begin) return false;
        for (std::size_t b = 0; b < a; ++b) {
            const std::uint64_t other = packing.offsets[b].value;
            if (one_alias(problem, a, b) && other != begin) return false;
            if (clash(problem, a, begin, b, other)) return false;
        }
    }
    return true;
}

inline std::vector<Gap> random_gaps(std::mt19937_64& random, const Block& block) {
    std::vector<Gap> gaps;
    std::uint64_t since = block.life.lower.value;
    const std::uint64_t death = block.life.upper.value;
    while (since < death && !once_in(random, 3)) {
        const std::uint64_t lower = draw(random, since, death - 1);
        const std::uint64_t upper = draw(random, lower + 1, death);
        const std::uint64_t begin = once_in(random, 2) ? 0 : draw(random, 0, block.size.value);
        const std::uint64_t end = once_in(random, 2) ? begin : draw(random, begin, block.size.value);
        gaps.push_back({{{lower}, {upper}}, {begin}, {end}});
        since = upper;
    }
    return gaps;
}

// Fixes a block, and with it all of its alias, at a multiple of all their alignments, if nothing fixed before
// is in the way. `places` says where blocks are already, by being fixed or sharing an alias with what is.
inline void try_fix(std::mt19937_64& random, Problem& problem, std::size_t block,
                    std::vector<std::optional<std::uint64_t>>& places) {
    std::uint64_t alignment = 1;
    std::vector<std::size_t> group;
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        if (b != block && !one_alias(problem, block, b)) continue;
        group.push_back(b);
        alignment = std::lcm(alignment, problem.blocks[b].alignment.value);
    }
    const std::uint64_t place = places[block] ? *places[block] : alignment * draw(random, 0, 16 / alignment);
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        for (const std::size_t member : group) {
            if (places[b] && clash(problem, member, place, b, *places[b])) return;
        }
    }
    problem.fixed[block] = Offset{place};
    for (const std::size_t member : group) places[member] = place;
}

// What a mixed problem may have beside sizes and lifetimes.
struct Options {
    bool gaps = true;
    bool fixed = true;
    bool hints = true;
    bool aliases = true;
    bool arenas = true;
};

// A valid problem with a random mixture of the options.
inline Problem mixed_problem(std::mt19937_64& random, const Shape& shape, const Options& options = {}) {
    Problem problem = random_problem(random, shape);
    const std::size_t count = problem.blocks.size();
    if (options.gaps && once_in(random, 2)) {
        for (const Block& block : problem.blocks) {
            problem.gaps.push_back(once_in(random, 2) ? random_gaps(random, block) : std::vector<Gap>{});
        }
    }
    if (options.arenas && once_in(random, 3)) {
        problem.arenas = {"sram", ""};
        for (std::size_t b = 0; b < count; ++b) {
            problem.arena_of.push_back(static_cast<std::uint32_t>(draw(random, 0, 1)));
        }
    }
    if (options.aliases && once_in(random, 2)) {
        for (std::size_t b = 0; b < count; ++b) {
            const std::uint64_t arena = problem.arena_of.empty() ? 0 : problem.arena_of[b];
            const auto alias = static_cast<std::uint32_t>(10 * arena + draw(random, 0, 1));
            problem.aliases.push_back(once_in(random, 2) ? alias : kNoAlias);
        }
    }
    if (options.hints && once_in(random, 2)) {
        for (std::size_t b = 0; b < count; ++b) {
            problem.hints.push_back(once_in(random, 2) ? std::optional<Offset>{{draw(random, 0, 20)}}
                                                       : std::nullopt);
        }
    }
    if (options.fixed && once_in(random, 2)) {
        problem.fixed.resize(count);
        std::vector<std::optional<std::uint64_t>> places(count);
        for (std::size_t b = 0; b < count; ++b) {
            if (once_in(random, 3)) try_fix(random, problem, b, places);
        }
    }
    return problem;
}

}  // namespace memo::planner::testing
