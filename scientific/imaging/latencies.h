// Times of images, and what they cost the process. Thread safety: that of a container.
#pragma once

#include "common/result.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace memo::imaging {

using Moment = std::chrono::steady_clock::time_point;

[[nodiscard]] double ms_between(Moment from, Moment to);

// The value below which `share` of them lie, by nearest rank; 0 of none.
[[nodiscard]] double percentile(std::vector<double> values, double share);

// What the process has used so far.
struct Usage {
    double cpu_ms = 0;
    long faults = 0;    // page faults
    long resident = 0;  // KiB, now

    [[nodiscard]] static Usage now();
};

// What each step of a program took, a line each: milliseconds, CPU milliseconds, page faults, KiB resident
// after it. The time that adding the line takes belongs to no step. Thread safety: one thread.
class CostLog {
  public:
    // Appends to the file; nothing is noted if `path` is empty.
    [[nodiscard]] static Result<CostLog> open(const std::string& path);

    // A step ends, and the next one begins.
    void add();
    // The error: something could not be written.
    [[nodiscard]] std::optional<Error> close();

  private:
    CostLog(std::string path, std::FILE* file) : path_(std::move(path)), file_(file, std::fclose) {}

    std::string path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;  // null: nothing is noted
    Usage before_ = Usage::now();
    Moment begin_ = std::chrono::steady_clock::now();
};

}  // namespace memo::imaging
