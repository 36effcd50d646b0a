// Growing and pruning the tree (cli/report/flame_tree.h).
#include "cli/report/flame_tree.h"

#include <algorithm>
#include <unordered_map>

namespace memo::cli {

namespace {

constexpr std::size_t kMostLines = 8;  // of a node: more are not read

void add(FlameWeights& sum, const Group& cost) {
    sum[0] += cost.peak_bytes;
    sum[1] += cost.bytes;
    sum[2] += cost.temporary_bytes;
    sum[3] += cost.allocations;
}

void add_line(FlameNode& node, std::uint32_t line) {
    if (line == 0) return;
    const auto at = std::lower_bound(node.lines.begin(), node.lines.end(), line);
    if ((at != node.lines.end() && *at == line) || node.lines.size() == kMostLines) return;
    node.lines.insert(at, line);
}

[[nodiscard]] bool is_visible(const FlameNode& node, const FlameNode& root, double least_share) {
    for (std::size_t i = 0; i < kFlameWeights; ++i) {
        if (node.weights.at(i) > 0 && static_cast<double>(node.weights.at(i)) >=
                                          least_share * static_cast<double>(root.weights.at(i))) {
            return true;
        }
    }
    return false;
}

[[nodiscard]] std::vector<FlameNode> pruned(const std::vector<FlameNode>& tree, double least_share) {
    constexpr std::uint32_t kGone = UINT32_MAX;
    std::vector<std::uint32_t> kept(tree.size(), kGone);  // each node's new index
    std::vector<FlameNode> nodes = {tree.front()};
    kept[0] = 0;
    for (std::size_t i = 1; i < tree.size(); ++i) {
        const std::uint32_t parent = kept[tree[i].parent];
        if (parent == kGone || !is_visible(tree[i], tree.front(), least_share)) continue;
        kept[i] = static_cast<std::uint32_t>(nodes.size());
        nodes.push_back(tree[i]);
        nodes.back().parent = parent;
    }
    return nodes;
}

}  // namespace

std::vector<FlameNode> flame_tree(std::span<const Origin> origins, const FrameTable& frames,
                                  double least_share) {
    std::vector<FlameNode> tree(1);
    std::unordered_map<std::uint64_t, std::uint32_t> children;  // parent and function: node
    for (const Origin& origin : origins) {
        add(tree[0].weights, origin.cost);
        std::uint32_t node = 0;
        const auto stack = frames.stack(origin.site);
        for (std::size_t left = stack.size(); left != 0; --left) {
            const std::vector<TableLine>& source = frames.frames()[stack[left - 1]].source;
            for (std::size_t outer = source.size(); outer != 0; --outer) {
                const TableLine& place = source[outer - 1];
                const auto [child, fresh] = children.try_emplace(std::uint64_t{node} << 32U | place.function,
                                                                 static_cast<std::uint32_t>(tree.size()));
                if (fresh) tree.push_back({node, place.function, {}, {}});
                node = child->second;
                add(tree[node].weights, origin.cost);
                add_line(tree[node], place.line);
            }
        }
    }
    return pruned(tree, least_share);
}

}  // namespace memo::cli
