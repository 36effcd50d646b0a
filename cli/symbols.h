// Function names and source lines for addresses of a traced process: from the trace's symbol file
// (cli/symbol_file.h) where there is one, else from the modules on this machine (cli/module_symbols.h).
//
// Invariants: each module is opened once, at its first question, and what is not asked for is not read. A
// module that could not be used says why in `problems()`. Thread safety: none.
#pragma once

#include "cli/module_symbols.h"
#include "cli/source_frame.h"
#include "cli/symbol_file.h"
#include "common/op_tags.h"
#include "common/trace.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo {

class ElfSymbols final : public SymbolLookup {
  public:
    // Keeps a copy of the module list; the trace may go away. `trace_path`: of the trace, whose symbol file
    // is read if it is there.
    explicit ElfSymbols(const Trace& trace, const std::string& trace_path = {});

    [[nodiscard]] std::optional<std::string> function_at(std::uint32_t module, std::uint64_t offset) override;

    // The innermost inlined function first and the function that has the code last, with source lines as far
    // as they are known; nothing if even the name is not.
    [[nodiscard]] std::vector<SourceFrame> source_at(std::uint32_t module, std::uint64_t offset);

    // One line for each module asked about that has no usable symbols, and for a symbol file that has none.
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  private:
    struct Table {
        bool opened = false;
        std::optional<ModuleSymbols> file;
        const ModuleFrames* known = nullptr;  // of the symbol file
    };

    // Null if the module's file has nothing to say.
    [[nodiscard]] ModuleSymbols* opened(std::uint32_t module);

    std::vector<Module> modules_;
    SymbolFile known_;
    std::vector<Table> tables_;
    std::vector<std::string> problems_;
};

}  // namespace memo
