// What no schedule can beat, and the times of a graph without limits. Thread safety: pure functions.
#pragma once

#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/latencies.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo::hls {

// Start cycles with as many elements as anybody wants: as soon as operands are there, and as late as the
// shortest latency of the whole graph allows (a node that no output needs: as late as all).
[[nodiscard]] std::vector<std::uint32_t> earliest_starts(const Graph& graph, const Latencies& latencies);
[[nodiscard]] std::vector<std::uint32_t> latest_starts(const Graph& graph, const Latencies& latencies);
// Cycles from the sample to the last output with as many elements as anybody wants.
[[nodiscard]] std::uint32_t critical_path(const Graph& graph, const Latencies& latencies);

struct Work {
    std::size_t products = 0;   // multiplications and fmacs: the MACs that papers count
    std::size_t mac = 0;        // operations of mac elements
    std::size_t functions = 0;  // operations of function elements
};
[[nodiscard]] Work work_of(const Graph& graph);

struct Bounds {
    std::uint32_t products = 0;  // interval if nothing but products took time: products over elements
    std::uint32_t interval = 0;  // every operation needs an element for a cycle, of its kind
    std::uint32_t latency = 0;   // of one sample alone: the critical path, or `interval` if that is more
    std::uint32_t function_elements = 0;  // how many of the elements `interval` needs as function elements
};
// Of `elements` in all, split between the kinds as is best. Needs one element, two if both kinds are wanted.
[[nodiscard]] Bounds bounds_of(const Graph& graph, const Latencies& latencies, std::uint32_t elements);

}  // namespace memo::hls
