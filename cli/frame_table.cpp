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

FrameTable::FrameTable(const Trace& trace, StackNames& names) {
    std::unordered_map<Frame, std::uint32_t, FrameHash> known;
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> functions;
    first_.reserve(trace.sites.size() + 1);
    first_.push_back(0);
    for (const Site& site : trace.sites) {
        for (const Frame& frame : site.frames) {
            const auto [at, fresh] = known.try_emplace(frame, static_cast<std::uint32_t>(frames_.size()));
            if (fresh) {
                const auto next = static_cast<std::uint32_t>(functions_.size());
                const auto [function, is_new] =
                    functions.try_emplace({frame.module, name_of(trace, frame, names)}, next);
                if (is_new) functions_.push_back({function->first.second, frame.module});
                frames_.push_back({frame, function->second});
            }
            stacks_.push_back(at->second);
        }
        first_.push_back(stacks_.size());
    }
}

}  // namespace memo::cli
