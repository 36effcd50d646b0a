// Times of images, and what they cost the process. Thread safety: that of a container.
#pragma once

#include <chrono>
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

}  // namespace memo::imaging
