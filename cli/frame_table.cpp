// Interning frames and functions (cli/frame_table.h).
#include "cli/frame_table.h"

#include "cli/output.h"
#include "common/file_name.h"

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

std::uint32_t FrameTable::intern(Known& known, const FunctionName& function) {
    const auto [at, fresh] =
        known.try_emplace({function.module, function.name}, static_cast<std::uint32_t>(functions_.size()));
    if (fresh) functions_.push_back(function);
    if (functions_[at->second].file.empty()) functions_[at->second].file = function.file;
    return at->second;
}

void FrameTable::add(const Trace& trace, const Frame& frame, StackNames& names, Sources sources,
                     Known& known) {
    TableFrame row;
    row.frame = frame;
    if (sources == Sources::yes) {
        for (const SourceFrame& one : names.source(frame)) {
            const std::string name =
                one.function.empty() ? "[" + module_name(trace, frame.module) + "]" : one.function;
            row.source.push_back({intern(known, {name, frame.module, one.file}), one.line});
        }
    }
    if (row.source.empty())
        row.source.push_back({intern(known, {name_of(trace, frame, names), frame.module, {}}), 0});
    row.function = row.source.back().function;
    frames_.push_back(std::move(row));
}

FrameTable::FrameTable(const Trace& trace, StackNames& names, Sources sources) : sites_(trace.sites) {
    const auto& nodes = sites_.nodes();
    const std::vector<bool> used = sites_.nodes_on_stacks();
    frame_of_node_.assign(nodes.size(), kNone);
    std::unordered_map<Frame, std::uint32_t, FrameHash> known;
    Known functions;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!used[i]) continue;
        const Frame frame{nodes[i].module, nodes[i].offset};
        const auto [at, fresh] = known.try_emplace(frame, static_cast<std::uint32_t>(frames_.size()));
        if (fresh) add(trace, frame, names, sources, functions);
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
