// Function names for addresses of a traced process, from the symbol tables (.symtab, else .dynsym) of the
// module files on this machine.
//
// Invariants: a file whose build id differs from the traced module's is not believed. Each module is read
// once, at its first question. A module that could not be used says why in `problems()`. Thread safety: none.
#pragma once

#include "cli/ort_api.h"
#include "cli/vtable_names.h"
#include "common/op_tags.h"
#include "common/trace.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo {

class ElfSymbols final : public SymbolLookup {
  public:
    // Keeps a copy of the module list; the trace may go away.
    explicit ElfSymbols(const Trace& trace);

    [[nodiscard]] std::optional<std::string> function_at(std::uint32_t module, std::uint64_t offset) override;

    // One line for each module asked about that has no usable symbols.
    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  private:
    // [start, end) in the module's own addresses; `name` is the offset of its mangled name in Table::names.
    struct Function {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        std::size_t name = 0;
    };
    struct Table {
        bool loaded = false;
        std::vector<Function> functions;  // sorted by start
        std::string names;                // zero-terminated, one after the other
        VtableNames methods;              // what has no symbol
        OrtApiNames ort_api;              // likewise
    };

    void load(std::uint32_t module);

    std::vector<Module> modules_;
    std::vector<Table> tables_;
    std::vector<std::string> problems_;
};

}  // namespace memo
