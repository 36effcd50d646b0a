// What the command line of `dog` says.
#pragma once

#include "scientific/imaging/detector.h"
#include "scientific/imaging/image_file.h"

#include <optional>
#include <string>
#include <vector>

namespace memo::dog {

// Exit codes, those of all programs of the project.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;    // an output that cannot be written
inline constexpr int kBadUsage = 2;  // a wrong command line, or an image that cannot be used

struct Options {
    imaging::DetectorOptions detector;
    std::vector<std::string> inputs;  // files and folders; "-" is a raw stream on standard input
    std::string watch;                // a folder
    std::optional<imaging::RawFormat> raw;
    double rate = 0;     // images a second that inputs are offered at; 0: as fast as they are done
    unsigned queue = 4;  // images that may wait in live mode
    unsigned repeat = 1;
    std::size_t limit = 0;  // images, then it ends; 0: none

    double pixel_size = 0;  // of `unit`; 0: not calibrated
    std::string unit = "um";

    std::string csv;
    std::string json;
    std::string plot;
    std::string overlay;
    std::string timings;
    bool quiet = false;

    [[nodiscard]] bool live() const {
        return rate > 0 || !watch.empty() || inputs == std::vector<std::string>{"-"};
    }
};

}  // namespace memo::dog
