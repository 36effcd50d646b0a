// The allocators that `memo bench` compares, and how a program is brought to use each.
//
// The list is the one that every comparison of this project is against: glibc as it is, tuned not to give
// memory back, and with huge pages; jemalloc as it is and tuned the same way; mimalloc; tcmalloc; and
// MemoMalloc on a plan, and on the plan that it learns.
#pragma once

#include "common/result.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace memo::cli {

struct BenchRow {
    std::string name;
    std::string preload;  // path of a library; empty: what the program is linked with
    std::vector<std::pair<std::string, std::optional<std::string>>> environment;  // as Launch::environment
};

// All names, in the order of the table.
[[nodiscard]] const std::vector<std::string>& bench_row_names();

inline constexpr const char* kOwnRow = "memomalloc";
inline constexpr const char* kLearningRow = "memomalloc-online";

// The row of that name. `plan` is the absolute path of a plan, for memomalloc. The error is one line: its
// library is not installed. Every row clears the settings of the others from the environment.
[[nodiscard]] Result<BenchRow> bench_row(const std::string& name, const std::string& plan);

}  // namespace memo::cli
