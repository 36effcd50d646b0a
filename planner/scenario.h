// What if: a problem changed in one way or another, to be planned again. Every change is a function from a
// scenario to a new one; they compose in any order.
//
// A scenario holds a valid problem, and so does every result: what a change cannot do, or would make invalid
// (sizes past the bounds, a fixed offset that fits no more), is an error of one line. Thread safety: pure
// functions.
#pragma once

#include "common/result.h"
#include "planner/problem.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memo::planner {

struct Scenario {
    Problem problem;
    std::vector<std::string> tags;  // parallel to the blocks, or empty

    bool operator==(const Scenario&) const = default;
};

// A factor above 0.
struct Factor {
    std::uint64_t numerator = 1;
    std::uint64_t denominator = 1;

    bool operator==(const Factor&) const = default;
};

// "2", "0.5", "3/2": at most nine digits on each side.
[[nodiscard]] Result<Factor> parse_factor(std::string_view text);

// Whether `text` is `pattern`, where each `*` stands for any run of characters, also none.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

// The blocks whose tag matches, in order of index. A block without a tag has the empty one.
[[nodiscard]] std::vector<std::uint32_t> blocks_of_tag(const Scenario& scenario, std::string_view pattern);

// These blocks become `factor` as large: rounded up to whole bytes, and to their alignment where they were a
// multiple of it. Gaps keep the same part of them.
[[nodiscard]] Result<Scenario> scale(const Scenario& scenario, std::span<const std::uint32_t> blocks,
                                     Factor factor);

// Without these blocks.
[[nodiscard]] Result<Scenario> drop(const Scenario& scenario, std::span<const std::uint32_t> blocks);

// Every offset becomes a multiple of `alignment` (> 0) too.
[[nodiscard]] Result<Scenario> align(const Scenario& scenario, Bytes alignment);

// A block cannot be split into more.
inline constexpr std::uint64_t kMostParts = 1 << 20;

// Every block larger than `limit` (> 0) becomes parts that live as it does and are placed one by one. Parts
// are of equal size but for the last one; the size is a multiple of the alignment, at most `limit` rounded up
// to one. Fixed offsets and hints go to the parts as they lie; a part of block "a" is called "a/0", "a/1" and
// so on; blocks of an alias stay whole.
[[nodiscard]] Result<Scenario> split(const Scenario& scenario, Bytes limit);

}  // namespace memo::planner
