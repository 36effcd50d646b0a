// The distinct frames of a trace's call stacks, and the functions they are in: what everything needs that
// shows stacks whole (exports, the flame graph). Each frame is looked up once, however many stacks it is on.
// Thread safety: constant once built.
#pragma once

#include "cli/stacks.h"
#include "common/trace.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace memo::cli {

// A function that has no name is called by its module: "[libfoo.so]"; code in no module "[unknown]".
struct FunctionName {
    std::string name;
    std::uint32_t module = kNone;  // index into the trace's modules
    std::string file;              // of its source, where that was asked for and is known

    bool operator==(const FunctionName&) const = default;
};

struct TableLine {
    std::uint32_t function = 0;  // index into functions()
    std::uint32_t line = 0;      // of the source; 0 if unknown
};

struct TableFrame {
    Frame frame;
    std::uint32_t function = 0;     // index into functions(): the one that has the code
    std::vector<TableLine> source;  // the innermost inlined function first, `function` last; never empty
};

// Whether inlined functions and source lines are looked up.
enum class Sources : std::uint8_t { no, yes };

class FrameTable {
  public:
    // The trace must outlive the table.
    FrameTable(const Trace& trace, StackNames& names, Sources sources = Sources::no);

    [[nodiscard]] const std::vector<TableFrame>& frames() const { return frames_; }
    [[nodiscard]] const std::vector<FunctionName>& functions() const { return functions_; }
    // Indices into frames(), innermost first; nothing for kNone.
    [[nodiscard]] std::vector<std::uint32_t> stack(std::uint32_t site) const;

  private:
    using Known = std::map<std::pair<std::uint32_t, std::string>, std::uint32_t>;
    [[nodiscard]] std::uint32_t intern(Known& known, const FunctionName& function);
    void add(const Trace& trace, const Frame& frame, StackNames& names, Sources sources, Known& known);

    const Sites& sites_;
    std::vector<TableFrame> frames_;
    std::vector<FunctionName> functions_;
    std::vector<std::uint32_t> frame_of_node_;  // kNone where no site's stack goes through the node
};

// The file name of a module, "unknown" of kNone; printable.
[[nodiscard]] std::string module_name(const Trace& trace, std::uint32_t module);

}  // namespace memo::cli
