// Interning frames and functions (cli/frame_table.h).
#include "cli/frame_table.h"

#include "cli/output.h"
#include "common/file_name.h"

#include <map>
#include <unordered_map>
#include <utility>

namespace memo::cli {

namespace {

struct FrameHash {
    std::size_t operator()(const Frame& frame) const {
        return std::hash<std::uint64_t>()(frame.offset * 0x9e3779b97f4a7c15ULL + frame.module);
    }
};

[[nodiscard]] std::string name_of(const Trace& trace, const Frame& frame, StackNames& names) {
    std::string name = names.function(frame);
    return name.empty() ? "[" + module_name(trace, frame.module) + "]" : name;
}

}  // namespace

std::string module_name(const Trace& trace, std::uint32_t module) {
    return module == kNone ? "unknown" : printable(file_name(trace.modules[module].path.c_str()));
}

FrameTable::FrameTable(const Trace& trace, StackNames& names) : sites_(trace.sites) {
    const auto& nodes = sites_.nodes();
    std::vector<bool> used(nodes.size(), false);
    for (std::uint32_t site = 0; site < sites_.size(); ++site) {
        const auto stack = sites_.frames(site);
        for (auto at = stack.begin(); at != stack.end() && !used[at.node()]; ++at) used[at.node()] = true;
    }
    frame_of_node_.assign(nodes.size(), kNone);
    std::unordered_map<Frame, std::uint32_t, FrameHash> known;
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> functions;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!used[i]) continue;
        const Frame frame{nodes[i].module, nodes[i].offset};
        const auto [at, fresh] = known.try_emplace(frame, static_cast<std::uint32_t>(frames_.size()));
        if (fresh) {
            const auto next = static_cast<std::uint32_t>(functions_.size());
            const auto [function, is_new] =
                functions.try_emplace({frame.module, name_of(trace, frame, names)}, next);
            if (is_new) functions_.push_back({function->first.second, frame.module});
            frames_.push_back({frame, function->second});
        }
        frame_of_node_[i] = at->second;
    }
}

std::vector<std::uint32_t> FrameTable::stack(std::uint32_t site) const {
    std::vector<std::uint32_t> frames;
    if (site == kNone) return frames;
    const auto stack = sites_.frames(site);
    for (auto at = stack.begin(); at != stack.end(); ++at) frames.push_back(frame_of_node_[at.node()]);
    return frames;
}

}  // namespace memo::cli
