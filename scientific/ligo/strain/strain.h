// The strain of one detector over a time, and which parts of it are good. Thread safety: plain values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace memo::ligo {

inline constexpr double kStrainRate = 4096;  // Hz, of strain within the program; files may have more

// Samples [begin, end) of a series.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
    bool operator==(const Range&) const = default;
};

struct Strain {
    std::string detector;            // "H1", "L1", ...
    double gps_start = 0;            // seconds, of sample 0
    double rate = kStrainRate;       // Hz
    std::vector<float> samples;      // dimensionless; 0 outside the good ranges
    std::vector<Range> good;         // in order, apart from each other
    std::vector<std::string> notes;  // what a reader should know: gaps, a rate that was lowered

    [[nodiscard]] double seconds() const { return static_cast<double>(samples.size()) / rate; }
    [[nodiscard]] double gps_end() const { return gps_start + seconds(); }
};

}  // namespace memo::ligo
