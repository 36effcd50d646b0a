// The C API as tests use it: problems handed over in its structs, and answers with all that comes out.
//
// Thread safety: plain functions.
#pragma once

#include "include/memoplan.h"
#include "planner/problem.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace memo::planner::testing {

struct Free {
    void operator()(memoplan_problem* problem) const { memoplan_problem_free(problem); }
    void operator()(memoplan_stop* stop) const { memoplan_stop_free(stop); }
};
using Handle = std::unique_ptr<memoplan_problem, Free>;
using Line = std::array<char, 256>;

inline memoplan_block block_of(std::uint64_t lower, std::uint64_t upper, std::uint64_t size) {
    memoplan_block block{};
    block.struct_size = sizeof block;
    block.lower = lower;
    block.upper = upper;
    block.size = size;
    return block;
}

inline memoplan_options options_of(std::uint64_t seed = 1) {
    memoplan_options options{};
    options.struct_size = sizeof options;
    options.threads = 1;
    options.seed = seed;
    return options;
}

struct Answer {
    memoplan_status status = MEMOPLAN_FAILED;
    std::vector<std::uint64_t> offsets;
    memoplan_result result{};
    Line line{};
};

inline Answer solved(const memoplan_problem* problem, const memoplan_options* options) {
    Answer answer;
    answer.offsets.resize(memoplan_count(problem));
    answer.result.struct_size = sizeof answer.result;
    answer.status = memoplan_solve(problem, options, answer.offsets.data(), answer.offsets.size(),
                                   &answer.result, answer.line.data(), answer.line.size());
    return answer;
}

// The blocks of a problem as C sees them. `gaps` must outlive what is returned.
inline std::vector<memoplan_block> blocks_of(const Problem& problem,
                                             std::vector<std::vector<memoplan_gap>>& gaps) {
    std::vector<memoplan_block> blocks;
    gaps.resize(problem.blocks.size());
    for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
        const Block& from = problem.blocks[b];
        memoplan_block block = block_of(from.life.lower.value, from.life.upper.value, from.size.value);
        block.alignment = from.alignment.value == 1 ? 0 : from.alignment.value;
        if (!problem.fixed.empty() && problem.fixed[b]) {
            block.flags |= MEMOPLAN_FIXED;
            block.fixed_offset = problem.fixed[b]->value;
        }
        if (!problem.hints.empty() && problem.hints[b]) {
            block.flags |= MEMOPLAN_HINTED;
            block.hint = problem.hints[b]->value;
        }
        if (!problem.gaps.empty()) {
            for (const Gap& gap : problem.gaps[b]) {
                gaps[b].push_back(
                    {gap.life.lower.value, gap.life.upper.value, gap.begin.value, gap.end.value});
            }
            block.gaps = gaps[b].data();
            block.gap_count = gaps[b].size();
        }
        if (!problem.aliases.empty() && problem.aliases[b] != kNoAlias) block.alias = problem.aliases[b] + 1;
        if (!problem.arena_of.empty()) block.arena = problem.arena_of[b];
        blocks.push_back(block);
    }
    return blocks;
}

inline Handle handle_of(const std::vector<memoplan_block>& blocks) {
    Handle handle(memoplan_problem_new());
    REQUIRE(handle);
    Line line{};
    REQUIRE(memoplan_add(handle.get(), blocks.data(), blocks.size(), line.data(), line.size()) ==
            MEMOPLAN_OK);
    CHECK(line[0] == '\0');
    return handle;
}

}  // namespace memo::planner::testing
