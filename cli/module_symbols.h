// Function names, inlined frames and source lines of one module file, with elfutils: from its own tables or
// from a separate debug file, found by build id (/usr/lib/debug/.build-id), by .gnu_debuglink, and with what
// it shares with others (.gnu_debugaltlink).
//
// Invariants: a file whose build id differs from the traced module's is not believed. Nothing is fetched from
// the network unless MEMO_DEBUGINFOD is set; MEMO_DEBUG_PATH names more places for debug files, as gdb and
// elfutils write them (":.debug:/usr/lib/debug:/my/sysroot"). The debug information is read at the first
// question for a line, the symbol table at the first question for a name, the virtual tables at the first for
// one that the symbol table has not. Thread safety: none.
#pragma once

#include "cli/ort_api.h"
#include "cli/source_frame.h"
#include "cli/vtable_names.h"
#include "common/result.h"
#include "common/trace.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct Dwfl;
struct Dwfl_Module;

namespace memo {

class ModuleSymbols {
  public:
    // The error is one line that begins with the module's path.
    [[nodiscard]] static Result<ModuleSymbols> open(const Module& wanted);

    // The demangled name of the function at an address of the file; nothing if no symbol reaches it.
    [[nodiscard]] std::optional<std::string> function_at(std::uint64_t offset);
    // What the debug information says of that address, the innermost inlined function first and the function
    // that has the code last; nothing where there is no debug information.
    [[nodiscard]] std::vector<SourceFrame> source_at(std::uint64_t offset);
    // The name of a function that the symbol table has not, from what stripping leaves: virtual tables
    // (cli/vtable_names.h) and ONNX Runtime's table of its C interface (cli/ort_api.h).
    [[nodiscard]] std::optional<std::string> unlisted_at(std::uint64_t offset);
    // Whether the file has functions with names at all.
    [[nodiscard]] bool has_functions();

  private:
    struct Close {
        void operator()(Dwfl* session) const;
    };
    // [start, end) in the module's own addresses; the mangled name is the session's.
    struct Function {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        const char* name = nullptr;
    };

    ModuleSymbols(std::unique_ptr<Dwfl, Close> session, Dwfl_Module* module)
        : session_(std::move(session)), module_(module) {}
    void load();

    std::unique_ptr<Dwfl, Close> session_;
    Dwfl_Module* module_;
    bool loaded_ = false;
    std::vector<Function> functions_;  // sorted by start
    struct Unlisted {
        VtableNames methods;
        OrtApiNames ort_api;
    };
    std::optional<Unlisted> unlisted_;  // read at the first question
};

}  // namespace memo
