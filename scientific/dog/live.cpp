// Images as they come (run.h).
#include "scientific/dog/run.h"
#include "scientific/imaging/frame_queue.h"

#include <fmt/core.h>

#include <cstdio>
#include <thread>

namespace memo::dog {

namespace {

constexpr std::size_t kNamedDrops = 8;  // in the line for people; the JSON has all

[[nodiscard]] std::string joined(const std::vector<std::string>& names, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most ? text + ", ..." : text;
}

}  // namespace

int run_live(const Options& options, imaging::FrameSource& source, imaging::Detector& detector,
             Report& report, RunSummary& summary) {
    imaging::listen_to_signals();
    imaging::FrameQueue queue(options.queue);
    std::jthread reader([&] {
        while (auto frame = source.next()) queue.offer(*std::move(frame));
        queue.end();
    });

    int code = kDone;
    std::vector<double>& latencies = summary.latencies_ms;
    std::vector<double>& busy = summary.busy_ms;
    imaging::Moment first;
    imaging::Moment last;
    while (code != kFailed && (options.limit == 0 || latencies.size() < options.limit)) {
        auto frame = queue.take();
        if (!frame) break;
        const imaging::Moment begin = std::chrono::steady_clock::now();
        auto found = frame->image ? detector.detect(*frame->image) : Result<imaging::Detections>(Error{});
        if (!found) {
            say(frame->image ? frame->name + ": " + found.error() : frame->image.error());
            code = kBadUsage;
            continue;
        }
        last = std::chrono::steady_clock::now();
        if (latencies.empty()) {
            first = frame->arrival;
            if (!options.quiet && !detector.remark().empty()) say(detector.remark());
        }
        latencies.push_back(imaging::ms_between(frame->arrival, last));
        busy.push_back(imaging::ms_between(begin, last));
        if (!options.quiet) {
            std::fputs(fmt::format("{}  {} droplets  latency {:.1f} ms\n", frame->name, found->blobs.size(),
                                   latencies.back())
                           .c_str(),
                       stdout);
            std::fflush(stdout);
        }
        if (const auto error = report.add(frame->name, *frame->image, *found)) {
            say(error->message);
            code = kFailed;
        }
    }
    source.stop();
    reader.join();
    summary.dropped = queue.dropped();
    const double seconds = latencies.empty() ? 0 : imaging::ms_between(first, last) / 1e3;
    summary.rate = seconds > 0 ? static_cast<double>(latencies.size()) / seconds : 0;
    say(fmt::format("{} images, {:.1f} a second; latency p50 {:.1f} ms, p99 {:.1f} ms; busy p50 {:.1f} ms",
                    latencies.size(), summary.rate, imaging::percentile(latencies, 0.5),
                    imaging::percentile(latencies, 0.99), imaging::percentile(busy, 0.5)));
    if (!summary.dropped.empty()) {
        say(fmt::format("could not keep up: {} images dropped: {}", summary.dropped.size(),
                        joined(summary.dropped, kNamedDrops)));
    }
    return code;
}

}  // namespace memo::dog
