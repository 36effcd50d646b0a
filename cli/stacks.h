// Call stacks in words.
// Thread safety: none.
#pragma once

#include "cli/symbols.h"
#include "common/trace.h"

#include <cstddef>
#include <string>
#include <vector>

namespace memo::cli {

class StackNames {
  public:
    // The trace must outlive the names.
    explicit StackNames(const Trace& trace) : trace_(trace), symbols_(trace) {}

    // "at::empty (libtorch_cpu.so+0x1234)", or where it is if it has no name.
    [[nodiscard]] std::string frame(const Frame& frame);
    // Innermost first, at most `most`.
    [[nodiscard]] std::vector<std::string> frames(std::uint32_t site, std::size_t most);
    // A line: the names of the innermost frames.
    [[nodiscard]] std::string line(std::uint32_t site);

    // The function's name without its parameters; empty if nobody knows it.
    [[nodiscard]] std::string function(const Frame& frame);

    [[nodiscard]] ElfSymbols& symbols() { return symbols_; }

  private:
    const Trace& trace_;
    ElfSymbols symbols_;
};

}  // namespace memo::cli
