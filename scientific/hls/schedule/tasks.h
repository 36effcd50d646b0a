// What the scheduler places as one: a chain, alone or interleaved with others, or a single operation.
//
// Invariants: every operation of a graph is in exactly one task; `operations` is the order in which they are
// placed, and each comes after the one it waits for. No task waits for another that waits for it. Thread
// safety: pure function.
#pragma once

#include "scientific/hls/graph/graph.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo::hls {

struct Task {
    std::vector<NodeId> operations;
    std::vector<std::uint32_t> users;  // tasks that wait for it, each as often as it does
    std::uint32_t waits_for = 0;       // how many of these it is in
};

[[nodiscard]] std::vector<Task> tasks_of(const Graph& graph, std::size_t accumulators);

}  // namespace memo::hls
