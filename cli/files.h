// The files that commands read and write: what kind a file is, plans in memory, and results that appear whole
// or not at all.
#pragma once

#include "common/plan_view.h"
#include "common/result.h"
#include "common/trace_file.h"
#include "planner/plan_builder.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace memo::cli {

enum class FileKind : std::uint8_t {
    trace,
    plan,
    text,  // anything else: a problem, if it is anything
};

// By the first bytes. The error is one line: the file cannot be read, or is empty.
[[nodiscard]] Result<FileKind> kind_of(const std::string& path);

// TraceFile::open, but a file of another kind is called by its name.
[[nodiscard]] Result<TraceFile> open_trace(const std::string& path);

// A plan that passed check_plan. Movable; views stay good as long as it lives.
class PlanFile {
  public:
    // `words` hold a checked plan.
    explicit PlanFile(std::vector<std::uint64_t> words) : words_(std::move(words)) {}
    [[nodiscard]] PlanView view() const { return PlanView(words_.data()); }

  private:
    std::vector<std::uint64_t> words_;
};

// The error is one line that begins with the path.
[[nodiscard]] Result<PlanFile> read_plan(const std::string& path);

// build_plan, checked: the error says which limit of a plan file the contents break.
[[nodiscard]] Result<std::vector<char>> checked_plan(const planner::PlanContents& contents);

// A whole file at once (cli/whole_file.h). The error is one line that begins with the path.
[[nodiscard]] std::optional<Error> write_whole(const std::string& path, std::span<const char> bytes);

// "model.memo" with another extension: "model.plan".
[[nodiscard]] std::string with_extension(const std::string& path, const std::string& extension);

// In bytes; 0 if that cannot be said, as of a pipe.
[[nodiscard]] std::uint64_t file_size(const std::string& path);

[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace memo::cli
