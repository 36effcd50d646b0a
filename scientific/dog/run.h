// The two ways to go through a source of images: all of them, or as they come.
#pragma once

#include "scientific/dog/report.h"
#include "scientific/imaging/frames.h"

namespace memo::dog {

void say(const std::string& line);  // "dog: LINE" on standard error

// Looks at one image after another. Those that cannot be used are said and passed over; the exit code tells.
[[nodiscard]] int run_batch(const Options& options, imaging::FrameSource& source, imaging::Detector& detector,
                            Report& report, RunSummary& summary);

// A thread reads, this one detects; at most options.queue images wait, and the oldest one is dropped for one
// more. Ends with the source, or at SIGINT and SIGTERM. Prints rate, latencies from arrival to detections,
// and what was dropped.
[[nodiscard]] int run_live(const Options& options, imaging::FrameSource& source, imaging::Detector& detector,
                           Report& report, RunSummary& summary);

}  // namespace memo::dog
