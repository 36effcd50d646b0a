// The cores of OpenHLS's RTL, and what a schedule asks of them (openhls.h).
#include "scientific/hls/graph/openhls.h"

#include <algorithm>
#include <compare>

namespace memo::hls {

namespace {

// A core and the cycle from which on it has a node's result; or an fmac's product, which is read at once.
struct Use {
    std::string_view core;
    std::uint32_t cycle;
    std::uint32_t node;
    bool product;

    auto operator<=>(const Use&) const = default;
};

std::vector<Use> uses_of(const ImportedSchedule& imported, const std::vector<std::string>& adders,
                         const std::vector<std::string>& multipliers) {
    const Schedule& schedule = imported.schedule;
    std::vector<Use> uses;
    for (std::uint32_t node = 0; node < imported.graph.nodes.size(); ++node) {
        const Kind kind = imported.graph.nodes[node].kind;
        if (!is_operation(kind) || kind == Kind::copy) continue;
        const std::uint32_t element = schedule.element_of[node];
        uses.push_back({adders[element], ready_cycle(imported.graph, schedule, NodeId{node}), node, false});
        if (kind == Kind::fmac)
            uses.push_back(
                {multipliers[element], schedule.start_of[node] + schedule.latencies.multiply, node, true});
    }
    std::sort(uses.begin(), uses.end());
    return uses;
}

}  // namespace

std::string find_core_fault(const ImportedSchedule& imported) {
    const Graph& graph = imported.graph;
    const Schedule& schedule = imported.schedule;
    // By element: the core that has its results, and that of an fmac's products.
    std::vector<std::string> cores;
    std::vector<std::string> multipliers;
    for (const std::string& element : imported.elements) {
        const bool fmac = element.starts_with("fmac ");
        cores.push_back(fmac ? "fadd" + element.substr(4) : element);
        multipliers.push_back(fmac ? "fmul" + element.substr(4) : std::string());
    }
    const std::vector<Use> uses = uses_of(imported, cores, multipliers);
    std::vector<std::uint32_t> gone(graph.nodes.size(), UINT32_MAX);  // the cycle of the core's next result
    for (std::size_t k = 1; k < uses.size(); ++k) {
        const Use& before = uses[k - 1];
        if (uses[k].core != before.core) continue;
        if (uses[k].cycle == before.cycle)
            return imported.names[before.node] + " and " + imported.names[uses[k].node] +
                   " both finish in cycle " + std::to_string(before.cycle) + " on core " +
                   std::string(before.core);
        if (!before.product) gone[before.node] = uses[k].cycle;
    }
    const auto read = [&](std::uint32_t operand, std::uint32_t cycle) {
        return cycle < gone[operand] ? std::string()
                                     : imported.names[operand] + " is read in cycle " +
                                           std::to_string(cycle) + ", when its core has the next result";
    };
    for (std::uint32_t node = 0; node < graph.nodes.size(); ++node)
        for (std::size_t k = 0; k < operand_count(graph.nodes[node].kind); ++k)
            if (std::string fault =
                    read(graph.nodes[node].operands[k].value,
                         schedule.start_of[node] + read_delay(schedule.latencies, graph.nodes[node].kind, k));
                !fault.empty())
                return fault;
    for (const NodeId output : graph.outputs)
        if (std::string fault = read(output.value, schedule.latency); !fault.empty()) return fault;
    return {};
}

}  // namespace memo::hls
