// Images as they come (run.h).
#include "scientific/dog/run.h"

#include <fmt/core.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>

namespace memo::dog {

namespace {

constexpr std::size_t kNamedDrops = 8;  // in the line for people; the JSON has all

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) {
    interrupted = 1;
}

// Images on their way from the reader to the detector. Thread safety: one thread offers, one takes.
class Queue {
  public:
    explicit Queue(unsigned most) : most_(most) {}

    void offer(Frame frame) {
        const std::lock_guard lock(mutex_);
        if (frames_.size() >= most_) {
            dropped_.push_back(frames_.front().name);
            frames_.pop_front();
        }
        frames_.push_back(std::move(frame));
        changed_.notify_one();
    }
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_one();
    }
    // Nothing at the end, or when a signal asks for it.
    [[nodiscard]] std::optional<Frame> take() {
        std::unique_lock lock(mutex_);
        while (frames_.empty() && !ended_ && interrupted == 0) {
            changed_.wait_for(lock, std::chrono::milliseconds(100));  // a signal wakes nobody
        }
        if (frames_.empty() || interrupted != 0) return std::nullopt;
        Frame frame = std::move(frames_.front());
        frames_.pop_front();
        return frame;
    }
    [[nodiscard]] std::vector<std::string> dropped() {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Frame> frames_;
    std::vector<std::string> dropped_;
    bool ended_ = false;
    unsigned most_;
};

[[nodiscard]] std::string joined(const std::vector<std::string>& names, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most ? text + ", ..." : text;
}

}  // namespace

int run_live(const Options& options, FrameSource& source, imaging::Detector& detector, Report& report,
             RunSummary& summary) {
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    Queue queue(options.queue);
    std::jthread reader([&] {
        while (auto frame = source.next()) queue.offer(*std::move(frame));
        queue.end();
    });

    int code = kDone;
    std::vector<double>& latencies = summary.latencies_ms;
    std::vector<double>& busy = summary.busy_ms;
    Moment first;
    Moment last;
    while (code != kFailed && (options.limit == 0 || latencies.size() < options.limit)) {
        auto frame = queue.take();
        if (!frame) break;
        const Moment begin = std::chrono::steady_clock::now();
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
        latencies.push_back(ms_between(frame->arrival, last));
        busy.push_back(ms_between(begin, last));
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
    const double seconds = latencies.empty() ? 0 : ms_between(first, last) / 1e3;
    summary.rate = seconds > 0 ? static_cast<double>(latencies.size()) / seconds : 0;
    say(fmt::format("{} images, {:.1f} a second; latency p50 {:.1f} ms, p99 {:.1f} ms; busy p50 {:.1f} ms",
                    latencies.size(), summary.rate, percentile(latencies, 0.5), percentile(latencies, 0.99),
                    percentile(busy, 0.5)));
    if (!summary.dropped.empty()) {
        say(fmt::format("could not keep up: {} images dropped: {}", summary.dropped.size(),
                        joined(summary.dropped, kNamedDrops)));
    }
    return code;
}

}  // namespace memo::dog
