// Files of two detectors (pairs.h).
#include "scientific/ligo/search/pairs.h"

#include "scientific/ligo/strain/file_probe.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace memo::ligo {

namespace {

namespace fs = std::filesystem;

[[nodiscard]] bool is_strain_name(const fs::path& path) {
    const auto extension = path.extension();
    return extension == ".hdf5" || extension == ".h5" || extension == ".hdf";
}

[[nodiscard]] Result<std::vector<std::string>> list_files(const std::vector<std::string>& inputs) {
    std::vector<std::string> paths;
    for (const std::string& input : inputs) {
        std::error_code error;
        if (fs::is_directory(input, error)) {
            std::vector<std::string> found;
            for (const auto& entry : fs::directory_iterator(input, error)) {
                if (is_strain_name(entry.path())) found.push_back(entry.path().string());
            }
            if (error) return Error{input + ": " + error.message()};
            if (found.empty()) return Error{input + ": has no strain files (*.hdf5, *.h5, *.hdf)"};
            std::sort(found.begin(), found.end());
            paths.insert(paths.end(), found.begin(), found.end());
        } else if (fs::exists(input, error)) {
            paths.push_back(input);
        } else {
            return Error{input + ": No such file or directory"};
        }
    }
    return paths;
}

}  // namespace

Pairing pair_up(const std::vector<StrainFile>& files, double least) {
    Pairing pairing;
    std::vector<const StrainFile*> of[2];
    for (const StrainFile& file : files) {
        if (file.header.detector == "H1") {
            of[0].push_back(&file);
        } else if (file.header.detector == "L1") {
            of[1].push_back(&file);
        } else {
            pairing.problems.push_back(fmt::format("{}: detector {}: left out, H1 and L1 are looked at",
                                                   file.path, file.header.detector));
        }
    }
    std::set<const StrainFile*> paired;
    for (const StrainFile* first : of[0]) {
        for (const StrainFile* second : of[1]) {
            const double begin = std::max(first->header.gps_start, second->header.gps_start);
            const double end = std::min(first->header.gps_start + first->header.seconds(),
                                        second->header.gps_start + second->header.seconds());
            if (end - begin < least) continue;
            pairing.pairs.push_back({first->path, second->path, begin, end});
            paired.insert(first);
            paired.insert(second);
        }
    }
    for (int detector = 0; detector < 2; ++detector) {
        for (const StrainFile* file : of[detector]) {
            if (paired.contains(file)) continue;
            const char* other = detector == 0 ? "L1" : "H1";
            pairing.problems.push_back(
                of[1 - detector].empty()
                    ? fmt::format("{}: left out: there is no file of {}", file->path, other)
                    : fmt::format("{}: left out: no file of {} covers {:g} s of GPS {:.0f} to {:.0f}",
                                  file->path, other, least, file->header.gps_start,
                                  file->header.gps_start + file->header.seconds()));
        }
    }
    std::stable_sort(pairing.pairs.begin(), pairing.pairs.end(),
                     [](const FilePair& a, const FilePair& b) { return a.gps_start < b.gps_start; });
    return pairing;
}

Result<Pairing> find_pairs(const std::vector<std::string>& inputs, double least) {
    const auto paths = list_files(inputs);
    if (!paths) return Error{paths.error()};
    std::vector<StrainFile> files;
    std::vector<std::string> problems;
    const auto headers = probe_strain_files(*paths);
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto& header = headers[i];
        if (header) {
            files.push_back({(*paths)[i], *header});
        } else {
            problems.push_back(header.error());
        }
    }
    Pairing pairing = pair_up(files, least);
    pairing.problems.insert(pairing.problems.begin(), problems.begin(), problems.end());
    return pairing;
}

}  // namespace memo::ligo
