// Files of strain as GWOSC publishes them (https://gwosc.org): HDF5 with strain/Strain, its spacing,
// meta/GPSstart, meta/Duration, meta/Detector, and, a second each, quality/simple/DQmask.
//
// Read: samples that are no numbers, or 1 and more, are no good data, nor are seconds that their own mask
// calls without data or unfit for a search for binaries (DATA and CBC_CAT1 among DQShortnames). Rates of 4096
// Hz times a power of two are lowered to 4096 Hz. Whatever is wrong with a file is one line that begins with
// its path. Thread safety: any threads; HDF5 itself works for one at a time.
#pragma once

#include "common/result.h"
#include "scientific/ligo/strain/strain.h"

#include <cstdint>
#include <optional>
#include <string>

namespace memo::ligo {

// Larger files are refused before memory is asked for: 9 hours at 16384 Hz.
inline constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 29U;

struct StrainHeader {
    std::string detector;
    double gps_start = 0;
    double rate = 0;  // Hz, of the file
    std::uint64_t samples = 0;

    [[nodiscard]] double seconds() const { return static_cast<double>(samples) / rate; }
};

// Without the samples.
[[nodiscard]] Result<StrainHeader> read_strain_header(const std::string& path);

// The same after all has been looked at that read_strain reads, but for the samples, of which their places
// are looked up. It may crash on a damaged file: file_probe.h.
[[nodiscard]] Result<StrainHeader> try_strain(const std::string& path);

[[nodiscard]] Result<Strain> read_strain(const std::string& path);

// A file that `read_strain` reads, of 64-bit numbers, NaN outside the good ranges, compressed or not. Under
// another name first, renamed at the end: a full disk leaves the old file, or none.
[[nodiscard]] std::optional<Error> write_strain(const std::string& path, const Strain& strain,
                                                bool compressed = true);

}  // namespace memo::ligo
