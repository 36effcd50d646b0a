// Chains and single operations as tasks (tasks.h).
#include "scientific/hls/schedule/tasks.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace memo::hls {

namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

struct Chains {
    std::vector<std::uint32_t> of;  // by node: the chain it is in, kNone if it is no operation
    std::vector<std::vector<NodeId>> nodes;
    std::vector<std::uint32_t>
        depth;  // longest path in chains: chains of one depth don't wait for each other
};

Chains find_chains(const Graph& graph) {
    const std::vector<NodeId> next = chain_successors(graph);
    Chains chains{std::vector<std::uint32_t>(graph.nodes.size(), kNone), {}, {}};
    for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
        const Node& node = graph.nodes[index];
        if (!is_operation(node.kind)) continue;
        std::uint32_t& chain = chains.of[index];
        if (node.kind == Kind::fmac && next[node.operands[2].value] == NodeId{index}) {
            chain = chains.of[node.operands[2].value];
        } else {
            chain = static_cast<std::uint32_t>(chains.nodes.size());
            chains.nodes.emplace_back();
            chains.depth.push_back(0);
        }
        chains.nodes[chain].push_back(NodeId{index});
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            const std::uint32_t from = chains.of[node.operands[k].value];
            if (from != kNone && from != chain)
                chains.depth[chain] = std::max(chains.depth[chain], chains.depth[from] + 1);
        }
    }
    return chains;
}

// In turn: the first of each, the second of each, ...
std::vector<NodeId> interleave(const std::vector<const std::vector<NodeId>*>& chains) {
    std::vector<NodeId> order;
    for (std::size_t step = 0; step < chains.front()->size(); ++step)
        for (const auto* chain : chains) order.push_back((*chain)[step]);
    return order;
}

}  // namespace

std::vector<Task> tasks_of(const Graph& graph, std::size_t accumulators) {
    const Chains chains = find_chains(graph);
    std::vector<Task> tasks;
    std::vector<std::uint32_t> task_of(chains.nodes.size(), kNone);
    // Chains that wait for company, by layer, depth and length.
    std::map<std::tuple<std::uint16_t, std::uint32_t, std::size_t>, std::vector<std::uint32_t>> open;
    const auto close = [&](std::vector<std::uint32_t>& members) {
        std::vector<const std::vector<NodeId>*> nodes;
        for (const std::uint32_t chain : members) {
            nodes.push_back(&chains.nodes[chain]);
            task_of[chain] = static_cast<std::uint32_t>(tasks.size());
        }
        tasks.push_back({interleave(nodes), {}, 0});
        members.clear();
    };
    for (std::uint32_t chain = 0; chain < chains.nodes.size(); ++chain) {
        const std::vector<NodeId>& nodes = chains.nodes[chain];
        std::vector<std::uint32_t> alone{chain};
        if (nodes.size() == 1) {
            close(alone);
            continue;
        }
        auto& members = open[{graph[nodes[0]].layer, chains.depth[chain], nodes.size()}];
        members.push_back(chain);
        if (members.size() == accumulators) close(members);
    }
    for (auto& [key, members] : open)
        if (!members.empty()) close(members);

    for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
        const Node& node = graph.nodes[index];
        if (chains.of[index] == kNone) continue;
        const std::uint32_t task = task_of[chains.of[index]];
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            const std::uint32_t chain = chains.of[node.operands[k].value];
            if (chain == kNone || task_of[chain] == task) continue;
            tasks[task_of[chain]].users.push_back(task);
            ++tasks[task].waits_for;
        }
    }
    return tasks;
}

}  // namespace memo::hls
