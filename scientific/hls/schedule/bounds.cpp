// Times without limits, and lower bounds (bounds.h).
#include "scientific/hls/schedule/bounds.h"

#include "scientific/hls/graph/schedule.h"

#include <algorithm>

namespace memo::hls {

std::vector<std::uint32_t> earliest_starts(const Graph& graph, const Latencies& latencies) {
    std::vector<std::uint32_t> starts(graph.nodes.size(), 0);
    for (std::size_t index = 0; index < starts.size(); ++index) {
        const Node& node = graph.nodes[index];
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            const std::uint32_t from = node.operands[k].value;
            const std::uint32_t ready = starts[from] + latency(latencies, graph.nodes[from].kind);
            const std::uint32_t delay = read_delay(latencies, node.kind, k);
            starts[index] = std::max(starts[index], ready > delay ? ready - delay : 0);
        }
    }
    return starts;
}

std::uint32_t critical_path(const Graph& graph, const Latencies& latencies) {
    const std::vector<std::uint32_t> starts = earliest_starts(graph, latencies);
    std::uint32_t longest = 0;
    for (const NodeId output : graph.outputs)
        longest = std::max(longest, starts[output.value] + latency(latencies, graph[output].kind));
    return longest;
}

std::vector<std::uint32_t> latest_starts(const Graph& graph, const Latencies& latencies) {
    const std::uint32_t end = critical_path(graph, latencies);
    std::vector<std::uint32_t> ready(graph.nodes.size(), end);  // when a result must be there
    std::vector<std::uint32_t> starts(graph.nodes.size(), 0);
    for (std::size_t index = starts.size(); index-- > 0;) {
        const Node& node = graph.nodes[index];
        const std::uint32_t takes = latency(latencies, node.kind);
        starts[index] = ready[index] > takes ? ready[index] - takes : 0;
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            std::uint32_t& operand = ready[node.operands[k].value];
            operand = std::min(operand, starts[index] + read_delay(latencies, node.kind, k));
        }
    }
    return starts;
}

Work work_of(const Graph& graph) {
    Work work;
    for (const Node& node : graph.nodes) {
        if (!is_operation(node.kind)) continue;
        if (node.kind == Kind::multiply || node.kind == Kind::fmac) ++work.products;
        ++(element_kind(node.kind) == ElementKind::mac ? work.mac : work.functions);
    }
    return work;
}

Bounds bounds_of(const Graph& graph, const Latencies& latencies, std::uint32_t elements) {
    const Work work = work_of(graph);
    const auto over = [](std::size_t operations, std::size_t by) { return (operations + by - 1) / by; };
    std::size_t interval = std::max<std::size_t>(1, over(work.mac + work.functions, elements));
    while (over(work.mac, interval) + over(work.functions, interval) > elements) ++interval;
    Bounds bounds;
    bounds.products = static_cast<std::uint32_t>(over(work.products, elements));
    bounds.interval = static_cast<std::uint32_t>(interval);
    bounds.latency = std::max(bounds.interval, critical_path(graph, latencies));
    bounds.function_elements = static_cast<std::uint32_t>(over(work.functions, interval));
    return bounds;
}

}  // namespace memo::hls
