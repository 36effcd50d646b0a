// Files of two detectors, paired by the times they cover. Thread safety: pure functions but for the file
// system.
#pragma once

#include "common/result.h"
#include "scientific/ligo/strain/strain_file.h"

#include <string>
#include <vector>

namespace memo::ligo {

// One H1 and one L1 file that overlap in time.
struct FilePair {
    std::string first;   // of H1
    std::string second;  // of L1
    double gps_start = 0;
    double gps_end = 0;

    bool operator==(const FilePair&) const = default;
};

struct StrainFile {
    std::string path;
    StrainHeader header;
};

struct Pairing {
    std::vector<FilePair> pairs;        // in order of time
    std::vector<std::string> problems;  // a line each: files that cannot be used, or have no partner
};

// Overlaps shorter than `least` seconds are none.
[[nodiscard]] Pairing pair_up(const std::vector<StrainFile>& files, double least);

// Files, and all *.hdf5, *.h5 and *.hdf of folders, by name; their headers read. The error: an input that is
// not there.
[[nodiscard]] Result<Pairing> find_pairs(const std::vector<std::string>& inputs, double least);

}  // namespace memo::ligo
