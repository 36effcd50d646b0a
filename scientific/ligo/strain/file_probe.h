// Headers of many files of strain, read by another process: Debian's HDF5 (1.10.8) crashes on some damaged
// files, in its heaps of strings above all, and these must not end the scan of the others.
//
// One process is forked for all files, and a new one where it dies, so that what it costs does not grow with
// their number. Thread safety: while it forks, no other thread may be within HDF5.
#pragma once

#include "scientific/ligo/strain/strain_file.h"

#include <string>
#include <vector>

namespace memo::ligo {

// One each, in order. The error is a line that begins with the path. What `read` gives, or that it crashed.
using ReadHeader = Result<StrainHeader> (*)(const std::string& path);
[[nodiscard]] std::vector<Result<StrainHeader>> probe_strain_files(const std::vector<std::string>& paths,
                                                                   ReadHeader read = try_strain);

}  // namespace memo::ligo
