// Writing and reading the tree of stacks (common/stack_columns.h).
#include "common/stack_columns.h"

#include "common/trace_format.h"

#include <utility>

namespace memo::format {
namespace {

constexpr std::uint64_t kCutCode = 0;
constexpr std::uint64_t kNoModuleCode = 1;

std::uint64_t module_code(std::uint32_t module) {
    if (module == Sites::kCutModule) return kCutCode;
    return module == kNone ? kNoModuleCode : std::uint64_t{module} + 2;
}

}  // namespace

std::vector<std::uint32_t> StackWriter::write(const Sites& sites, const Chunk& chunk) {
    const auto& nodes = sites.nodes();
    std::vector<bool> used(nodes.size(), false);
    std::vector<std::uint32_t> site_of_node(nodes.size(), kNone);
    std::vector<std::uint32_t> numbers(sites.size(), kNone);
    for (std::uint32_t site = 0; site < sites.size(); ++site) {
        std::uint32_t node = sites.node_of(site);
        if (node != kNone) site_of_node[node] = site;
        for (; node != kNone && !used[node]; node = nodes[node].parent) used[node] = true;
    }
    // Children in the order in which they were made, by lists threaded through the nodes.
    std::vector<std::uint32_t> first_child(nodes.size(), kNone);
    std::vector<std::uint32_t> next_sibling(nodes.size(), kNone);
    std::uint32_t first_root = kNone;
    for (std::size_t i = nodes.size(); i-- > 0;) {
        if (!used[i]) continue;
        std::uint32_t& first = nodes[i].parent == kNone ? first_root : first_child[nodes[i].parent];
        next_sibling[i] = first;
        first = static_cast<std::uint32_t>(i);
    }
    std::vector<std::uint32_t> path;  // nodes from the root to the one at hand
    std::uint32_t at = first_root;
    while (at != kNone) {
        const bool is_site = site_of_node[at] != kNone;
        if (is_site) numbers[site_of_node[at]] = next_site_;
        put(nodes[at], path.size(), is_site);
        if (nodes_ == kMostStackNodes) flush(chunk);
        if (first_child[at] != kNone) {
            path.push_back(at);
            at = first_child[at];
            continue;
        }
        while (next_sibling[at] == kNone && !path.empty()) {
            at = path.back();
            path.pop_back();
        }
        at = next_sibling[at];
    }
    flush(chunk);
    return numbers;
}

void StackWriter::put(const Sites::Node& node, std::size_t depth, bool is_site) {
    if (nodes_++ == 0) columns_.put(StackColumn::head, first_site_);
    columns_.put(StackColumn::ups, (path_.size() - depth) * 2 + (is_site ? 1 : 0));
    path_.resize(depth);
    const std::uint32_t parent = path_.empty() ? FrameMemory::kRoot : path_.back();
    const auto next = static_cast<std::uint32_t>(frames_.size());
    const auto [frame, fresh] = frames_.try_emplace({node.module, node.offset}, next);
    if (fresh) {
        columns_.put(StackColumn::frames, 1);
        columns_.put(StackColumn::modules, module_code(node.module));
        columns_.put(StackColumn::offsets, zigzag(node.offset - offset_));
        offset_ = node.offset;
    } else {
        const bool foreseen = memory_.foreseen(parent) == frame->second;
        columns_.put(StackColumn::frames, foreseen ? 0 : std::uint64_t{frame->second} + 2);
    }
    memory_.visit(parent, frame->second);
    path_.push_back(frame->second);
    if (is_site) ++next_site_;
}

void StackWriter::flush(const Chunk& chunk) {
    if (nodes_ == 0) return;
    chunk(columns_.take(), nodes_);
    nodes_ = 0;
    first_site_ = next_site_;
}

bool StackReader::read(std::span<const std::uint8_t> payload, std::uint32_t count,
                       const std::function<bool(const Read&)>& take) {
    ColumnsIn<StackColumn, kStackColumns> in(payload);
    std::uint64_t site = in.take(StackColumn::head);
    std::uint64_t offset = frames_.empty() ? 0 : frames_.back().offset;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t up = in.take(StackColumn::ups);
        if (!in.ok() || up / 2 > path_.size() || site >= kNone) return false;
        path_.resize(path_.size() - up / 2);
        const std::uint32_t parent = path_.empty() ? FrameMemory::kRoot : path_.back();
        const std::uint64_t code = in.take(StackColumn::frames);
        std::uint64_t frame = code - 2;
        if (code == 0) frame = memory_.foreseen(parent);
        if (code == 1) {
            const std::uint64_t module = in.take(StackColumn::modules);
            offset += unzigzag(in.take(StackColumn::offsets));
            if (!in.ok() || module > kNone) return false;
            frame = frames_.size();
            frames_.push_back({0, static_cast<std::uint32_t>(module) - 2, offset, module == kCutCode, kNone});
            if (module <= kNoModuleCode) frames_.back().module = kNone;
        }
        if (!in.ok() || frame >= frames_.size() || path_.size() >= kMaxPath) return false;
        Read node = frames_[frame];
        node.depth = static_cast<std::uint32_t>(path_.size());
        if (up % 2 == 1) node.site = static_cast<std::uint32_t>(site++);
        memory_.visit(parent, static_cast<std::uint32_t>(frame));
        path_.push_back(static_cast<std::uint32_t>(frame));
        if (!take(node)) return false;
    }
    return in.ok() && in.all_at_end();
}

}  // namespace memo::format
