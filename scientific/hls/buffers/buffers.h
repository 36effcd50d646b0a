// Words for all results that wait on chip: a planning problem, one arena a bank, solved by the planner.
//
// A block is what one chain, or one single operation, keeps: from its first sum to the last read of its last
// one. Moments are slots of the interval, which repeats: a life that runs over its end is a block that lives
// all through with a gap in the middle, so the circle of time is exact. A life longer than the interval needs
// copies, taken in turn by the samples: a power of two of them, aligned to that, alive all the time. Sizes
// are words; a byte in the problem file stands for one. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "planner/problem_csv.h"
#include "scientific/hls/graph/schedule.h"

#include <cstdint>
#include <vector>

namespace memo::hls {

struct BufferProblem {
    planner::ProblemTable table;
    std::vector<std::uint32_t> block_of;  // by node; kNowhere where nothing is kept
};

// Needs a schedule without faults but for its places.
[[nodiscard]] BufferProblem buffer_problem(const Graph& graph, const Schedule& schedule);

struct BufferPlan {
    std::uint64_t words = 0;     // of all banks, as planned: the sum of the heights
    std::uint64_t max_load = 0;  // the sum of the banks' max loads: no plan is smaller
    std::uint64_t values = 0;    // if every block had words of its own
    std::uint32_t largest = 0;   // words of the largest bank
};

// Solves the problem bank by bank, with the planner's greedy strategies, the first that reaches the max load
// or else the best; sets the schedule's places, bank_words and input_copies, and the problem's offsets.
[[nodiscard]] Result<BufferPlan> plan_buffers(const Graph& graph, BufferProblem& problem, Schedule& schedule);

}  // namespace memo::hls
