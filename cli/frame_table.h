// The distinct frames of a trace's call stacks, and the functions they are in: what everything needs that
// shows stacks whole (exports, the flame graph). Each frame is looked up once, however many stacks it is on.
// Thread safety: constant once built.
#pragma once

#include "cli/stacks.h"
#include "common/trace.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memo::cli {

// A function that has no name is called by its module: "[libfoo.so]"; code in no module "[unknown]".
struct FunctionName {
    std::string name;
    std::uint32_t module = kNone;  // index into the trace's modules

    bool operator==(const FunctionName&) const = default;
};

struct TableFrame {
    Frame frame;
    std::uint32_t function = 0;  // index into functions()
};

class FrameTable {
  public:
    // The trace must outlive the table.
    FrameTable(const Trace& trace, StackNames& names);

    [[nodiscard]] const std::vector<TableFrame>& frames() const { return frames_; }
    [[nodiscard]] const std::vector<FunctionName>& functions() const { return functions_; }
    // Indices into frames(), innermost first; nothing for kNone.
    [[nodiscard]] std::vector<std::uint32_t> stack(std::uint32_t site) const;

  private:
    const Sites& sites_;
    std::vector<TableFrame> frames_;
    std::vector<FunctionName> functions_;
    std::vector<std::uint32_t> frame_of_node_;  // kNone where no site's stack goes through the node
};

// The file name of a module, "unknown" of kNone; printable.
[[nodiscard]] std::string module_name(const Trace& trace, std::uint32_t module);

}  // namespace memo::cli
