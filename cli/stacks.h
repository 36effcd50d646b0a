// Call stacks in words. Source lines and inlined functions are looked up only for the frames that are asked
// for here. Thread safety: none.
#pragma once

#include "cli/symbols.h"
#include "common/trace.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace memo::cli {

struct Style;

// How C++ names are shown: whole, or with long template arguments folded (cli/function_names.h).
enum class Names : std::uint8_t { folded, full };

inline constexpr char kFullNamesHelp[] = "C++ names with all their template arguments";

class StackNames {
  public:
    // The trace must outlive the names. `path` is where it lies.
    StackNames(const Trace& trace, const std::string& path, Names names = Names::folded)
        : trace_(trace), symbols_(trace, path), names_(names) {}

    // "at::empty (libtorch_cpu.so+0x1234)", or where it is if it has no name.
    [[nodiscard]] std::string frame(const Frame& frame);
    // Innermost first, at most `most`; inlined functions come before what they were inlined into: "push_back
    // stl_vector.h:1281 (inlined)", "load model.cpp:40 (server+0x1234)".
    [[nodiscard]] std::vector<std::string> frames(std::uint32_t site, std::size_t most);
    // A line: the names of the innermost frames, with their source lines as far as they are known.
    [[nodiscard]] std::string line(std::uint32_t site);

    // The function's whole name without its parameters; empty if nobody knows it.
    [[nodiscard]] std::string function(const Frame& frame);
    // As it is shown.
    [[nodiscard]] std::string shown(const std::string& function) const;
    // What the debug information says of a frame (ElfSymbols::source_at), with whole names.
    [[nodiscard]] std::vector<SourceFrame> source(const Frame& frame);

    [[nodiscard]] ElfSymbols& symbols() { return symbols_; }

  private:
    [[nodiscard]] std::string place(const Frame& frame) const;

    const Trace& trace_;
    ElfSymbols symbols_;
    Names names_;
};

// "model.cpp:40", "" without a file.
[[nodiscard]] std::string source_line(const SourceFrame& frame);

// Says in a line which modules' files could not be used, if functions were looked for in any.
void say_problems(const Style& style, const ElfSymbols& symbols, const std::string& trace_path);

}  // namespace memo::cli
