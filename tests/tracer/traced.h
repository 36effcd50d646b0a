// Running the subject under the tracer, and reading back what it wrote.
//
// Invariants: each run has a fresh directory of its own, which is the subject's working directory and is
// removed afterwards. Thread safety: none.
#pragma once

#include "common/op_tags.h"
#include "common/trace.h"

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace memo::test {

class TracedRun {
  public:
    using Variables = std::vector<std::pair<std::string, std::string>>;

    // Runs `program` (the subject, unless it begins with '/') with the tracer preloaded, and waits for it.
    explicit TracedRun(std::vector<std::string> arguments, const Variables& variables = {});
    ~TracedRun();
    TracedRun(const TracedRun&) = delete;
    TracedRun& operator=(const TracedRun&) = delete;

    [[nodiscard]] int exit_code() const { return exit_code_; }  // 128 + signal where a signal ended it
    [[nodiscard]] const std::string& errors() const { return errors_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

    // The traces it left, by file name ("trace", "trace.123", ...); a file that cannot be read fails the
    // test.
    [[nodiscard]] std::map<std::string, Trace> traces() const;
    [[nodiscard]] Trace trace() const;  // the first process's

  private:
    std::filesystem::path directory_;
    int exit_code_ = 0;
    std::string errors_;
};

// The allocations of exactly this size.
[[nodiscard]] std::vector<Event> requests_of(const Trace& trace, std::uint64_t size);

// The op tags of its allocations.
[[nodiscard]] OpTags op_tags_of(const Trace& trace, SymbolLookup& symbols);

// Fails the test unless, in order of sequence, no address is allocated while it is live.
void check_addresses(const Trace& trace);

// The names of the open contexts, outermost first, joined by '/'.
[[nodiscard]] std::string path_of_context(const Trace& trace, std::uint32_t context);

}  // namespace memo::test
