// A symbol file: what the frames of a trace are called, so that the trace can be read where its modules are
// not. `memo symbols TRACE` writes it beside the trace, TRACE.symbols, and every command that names functions
// reads it there.
//
// It is text, a line each: "memo-symbols 1", "trace PID START", and for each module "module BUILD-ID PATH"
// with the addresses on the trace's stacks below it: "OFFSET FUNCTION FILE LINE", and for each function that
// this one was inlined into a line that begins with a tab. Fields are parted by tabs; a tab, newline or
// backslash in one is written \t, \n or \\. OFFSET is hexadecimal, from the module's load bias, of the call:
// one before the return address.
//
// Invariants: a module with a build id is known by that alone, one without only to the very trace that the
// file was made of; so a file that was left behind by an earlier trace gives no wrong names. Thread safety:
// plain values.
#pragma once

#include "cli/source_frame.h"
#include "common/result.h"
#include "common/trace.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace memo {

// Which run of which process a trace is of.
struct TraceIdentity {
    std::uint64_t process_id = 0;
    std::uint64_t start_unix_ns = 0;

    bool operator==(const TraceIdentity&) const = default;
};
[[nodiscard]] TraceIdentity identity_of(const Trace& trace);

// By offset: the innermost function first, never empty.
using ModuleFrames = std::unordered_map<std::uint64_t, std::vector<SourceFrame>>;

class SymbolFile {
  public:
    TraceIdentity trace;

    // Null if the file knows nothing of the module.
    [[nodiscard]] const ModuleFrames* frames_of(const Module& module, const TraceIdentity& identity) const;
    // Those of a module, to be filled.
    ModuleFrames& frames_of(const std::string& build_id, const std::string& path);

    // The file's text.
    [[nodiscard]] std::string text() const;

  private:
    // The build id and an empty path, or the path alone.
    std::map<std::pair<std::string, std::string>, ModuleFrames> modules_;
    std::map<std::pair<std::string, std::string>, std::string> paths_;
};

// "net.memo.symbols" of "net.memo".
[[nodiscard]] std::string symbol_file_of(const std::string& trace_path);

// The error says which line is wrong, and how.
[[nodiscard]] Result<SymbolFile> parse_symbol_file(std::string_view text);

// An empty one if there is no such file. The error is one line that begins with the path.
[[nodiscard]] Result<SymbolFile> read_symbol_file(const std::string& path);

}  // namespace memo
