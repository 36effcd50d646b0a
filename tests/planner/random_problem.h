// Small random problems for property tests: reproducible from a seed, and crowded enough that blocks
// conflict.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"

#include <cstddef>
#include <cstdint>
#include <random>

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

// The definition of a valid packing, spelt out over all pairs.
inline bool valid_by_definition(const Problem& problem, const Packing& packing) {
    const auto& blocks = problem.blocks;
    if (packing.offsets.size() != blocks.size()) return false;
    for (std::size_t a = 0; a < blocks.size(); ++a) {
        const std::uint64_t begin = packing.offsets[a].value;
        const std::uint64_t end = begin + blocks[a].size.value;
        if (end > packing.height.value || begin % blocks[a].alignment.value != 0) return false;
        for (std::size_t b = 0; b < a; ++b) {
            const std::uint64_t other_begin = packing.offsets[b].value;
            const std::uint64_t other_end = other_begin + blocks[b].size.value;
            const bool both_live =
                blocks[a].life.lower < blocks[b].life.upper && blocks[b].life.lower < blocks[a].life.upper;
            if (both_live && begin < other_end && other_begin < end) return false;
        }
    }
    return true;
}

}  // namespace memo::planner::testing
