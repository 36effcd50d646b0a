// All images of a source (run.h).
#include "scientific/dog/run.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace memo::dog {

void say(const std::string& line) {
    std::fputs(("dog: " + line + "\n").c_str(), stderr);
}

int run_batch(const Options& options, imaging::FrameSource& source, imaging::Detector& detector,
              Report& report, RunSummary& summary) {
    std::FILE* timings = nullptr;
    if (!options.timings.empty()) {
        timings = std::fopen(options.timings.c_str(), "ae");
        if (timings == nullptr) return say(options.timings + ": " + std::strerror(errno)), kFailed;
    }
    int code = kDone;
    imaging::Usage before = imaging::Usage::now();
    imaging::Moment begin = std::chrono::steady_clock::now();
    while (code != kFailed && (options.limit == 0 || report.images() < options.limit)) {
        const auto frame = source.next();
        if (!frame) break;
        auto found = frame->image ? detector.detect(*frame->image) : Result<imaging::Detections>(Error{});
        if (!found) {
            say(frame->image ? frame->name + ": " + found.error() : frame->image.error());
            code = kBadUsage;
            continue;
        }
        if (report.images() == 0 && !options.quiet && !detector.remark().empty()) say(detector.remark());
        const imaging::Moment end = std::chrono::steady_clock::now();
        const double ms = imaging::ms_between(begin, end);
        const imaging::Usage after = imaging::Usage::now();
        summary.latencies_ms.push_back(ms);
        if (timings != nullptr) {
            const auto line = fmt::format("{:.4f} {:.4f} {} {}\n", ms, after.cpu_ms - before.cpu_ms,
                                          after.faults - before.faults, after.resident);
            std::fputs(line.c_str(), timings);
        }
        if (!options.quiet) {
            std::fputs((fmt::format("{}  {} droplets  {:.1f} ms (", frame->name, found->blobs.size(), ms) +
                        (found->copying_ms > 0 ? fmt::format("copying {:.2f}, ", found->copying_ms) : "") +
                        fmt::format("preprocessing {:.2f}, scale space {:.2f}, pruning {:.2f})\n",
                                    found->preprocessing_ms, found->scale_space_ms, found->pruning_ms))
                           .c_str(),
                       stdout);
        }
        if (const auto error = report.add(frame->name, *frame->image, *found)) {
            say(error->message);
            code = kFailed;
        }
        before = imaging::Usage::now();
        begin = std::chrono::steady_clock::now();
    }
    if (timings != nullptr && std::fclose(timings) != 0)
        code = (say(options.timings + ": " + std::strerror(errno)), kFailed);
    return code;
}

}  // namespace memo::dog
