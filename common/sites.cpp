// Growing the tree of stacks (common/sites.h).
#include "common/sites.h"

namespace memo {

std::vector<Frame> Sites::stack(std::uint32_t site) const {
    std::vector<Frame> stack;
    for (const Frame frame : frames(site)) stack.push_back(frame);
    return stack;
}

bool Sites::is_truncated(std::uint32_t site) const {
    std::uint32_t node = node_of_site_[site];
    while (node != kNone && nodes_[node].parent != kNone) node = nodes_[node].parent;
    return node != kNone && nodes_[node].module == kCutModule;
}

std::size_t Sites::truncated() const {
    std::vector<bool> is_cut(nodes_.size(), false);  // whether the path from a node ends in a cut
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const Node& node = nodes_[i];
        is_cut[i] = node.parent == kNone ? node.module == kCutModule : is_cut[node.parent];
    }
    std::size_t count = 0;
    for (const std::uint32_t node : node_of_site_) count += node != kNone && is_cut[node] ? 1 : 0;
    return count;
}

std::vector<bool> Sites::nodes_on_stacks() const {
    std::vector<bool> used(nodes_.size(), false);
    for (std::uint32_t site = 0; site < size(); ++site) {
        const FrameRange stack = frames(site);
        for (auto at = stack.begin(); at != FrameRange::end() && !used[at.node()]; ++at)
            used[at.node()] = true;
    }
    return used;
}

std::uint32_t Sites::add_node(std::uint32_t parent, const Frame& frame) {
    nodes_.push_back({frame.offset, frame.module, parent});
    site_of_node_.push_back(kNone);
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t Sites::add_cut() {
    return add_node(kNone, {kCutModule, 0});
}

std::uint32_t Sites::site_of(std::uint32_t node) {
    if (site_of_node_[node] == kNone) {
        site_of_node_[node] = static_cast<std::uint32_t>(node_of_site_.size());
        node_of_site_.push_back(node);
    }
    return site_of_node_[node];
}

std::uint32_t Sites::add(std::span<const Frame> frames, bool truncated) {
    std::uint32_t node = truncated ? add_cut() : kNone;
    for (std::size_t i = frames.size(); i-- > 0;) node = add_node(node, frames[i]);
    if (node == kNone) {  // a stack of no frames
        node_of_site_.push_back(kNone);
        return static_cast<std::uint32_t>(node_of_site_.size() - 1);
    }
    return site_of(node);
}

}  // namespace memo
