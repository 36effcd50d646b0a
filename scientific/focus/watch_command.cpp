// focus watch: images as they appear in a folder (commands.h).
//
// A row is in the CSV when its latency is taken; the page follows when nothing waits, or a second after the
// last.
#include "scientific/focus/commands.h"
#include "scientific/focus/page.h"
#include "scientific/imaging/frame_queue.h"
#include "scientific/imaging/latencies.h"
#include "scientific/imaging/write_file.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

namespace memo::focus {

namespace {

constexpr double kPageEvery = 1000;  // ms, while images wait
constexpr std::size_t kNamedDrops = 8;

// What has been seen, and what is shown of it.
class Watching {
  public:
    Watching(const WatchCommand& options, std::optional<Usual> given)
        : options_(options), baseline_(options.limit, given), scorer_(options.words.file) {
        session_.folder = options.folder;
        session_.limit = options.limit;
        session_.running = true;
    }
    ~Watching() {
        if (csv_ != nullptr) std::fclose(csv_);
    }
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

    // False if an output cannot be written.
    [[nodiscard]] bool open() {
        csv_ = std::fopen(options_.csv.c_str(), "we");
        return csv_ != nullptr && std::fputs(kCsvHead, csv_) >= 0 && std::fflush(csv_) == 0 ? write_page()
                                                                                            : csv_failed();
    }

    [[nodiscard]] bool look_at(const imaging::Frame& frame) {
        const imaging::Moment begin = std::chrono::steady_clock::now();
        Row row = frame.image
                      ? scorer_.score(frame.name, *frame.image, imaging::ms_between(frame.arrival, begin))
                      : Row{frame.name, frame.image.error(), {}, 0, 0};
        if (!row.ok()) {
            say(row.error);
            ++session_.failed;
            return true;
        }
        if (session_.images == 0 && !scorer_.scorer().remark().empty()) say(scorer_.scorer().remark());
        const Judged judged{row, baseline_.judge(row.score.log_features())};
        if (std::fputs(csv_of(judged).c_str(), csv_) < 0 || std::fflush(csv_) != 0) return csv_failed();
        latencies_.push_back(imaging::ms_between(frame.arrival, std::chrono::steady_clock::now()));
        if (!options_.quiet) print(judged);
        keep(judged, *frame.image);
        return true;
    }

    [[nodiscard]] bool page_is_due(bool idle) const {
        return idle || imaging::ms_between(written_, std::chrono::steady_clock::now()) > kPageEvery;
    }

    [[nodiscard]] bool write_page() {
        session_.usual = baseline_.usual();
        session_.drift = drift_of(recent_);
        session_.latency_p50 = imaging::percentile(latencies_, 0.5);
        session_.latency_p99 = imaging::percentile(latencies_, 0.99);
        if (!options_.html.empty()) {
            if (const auto error = imaging::write_file(options_.html, html_of(session_)))
                return say(error->message), false;
        }
        written_ = std::chrono::steady_clock::now();
        return true;
    }

    [[nodiscard]] bool end(const std::vector<std::string>& dropped) {
        session_.running = false;
        const auto share = [&](double part) { return imaging::percentile(latencies_, part); };
        say(fmt::format(
            "{} images, {} out of focus; latency p50 {:.1f} ms, p95 {:.1f} ms, p99 {:.1f} ms, most {:.1f} ms",
            session_.images, session_.out_of_focus, share(0.5), share(0.95), share(0.99), share(1.0)));
        if (!dropped.empty()) {
            std::string names;
            for (std::size_t i = 0; i < dropped.size() && i < kNamedDrops; ++i)
                names += (i == 0 ? "" : ", ") + dropped[i];
            say(fmt::format("could not keep up: {} images dropped: {}{}; focus score does them",
                            dropped.size(), names, dropped.size() > kNamedDrops ? ", ..." : ""));
        }
        return write_page();
    }

    [[nodiscard]] std::size_t images() const { return session_.images; }
    [[nodiscard]] bool all_used() const { return session_.failed == 0; }

  private:
    [[nodiscard]] bool csv_failed() const { return say(options_.csv + ": " + std::strerror(errno)), false; }

    void print(const Judged& judged) const {
        const char* verdict = !judged.verdict            ? "learning"
                              : judged.verdict->in_focus ? "in focus"
                                                         : "OUT OF FOCUS";
        std::fputs(fmt::format("{}  {} features  {}  latency {:.1f} ms\n", judged.row.image,
                               judged.row.score.features.total(), verdict, latencies_.back())
                       .c_str(),
                   stdout);
        std::fflush(stdout);
    }

    void keep(const Judged& judged, const imaging::Image& image) {
        const bool out = judged.verdict && !judged.verdict->in_focus;
        ++session_.images;
        session_.out_of_focus += out ? 1 : 0;
        recent_.push_back(judged.row.score.log_features());
        if (recent_.size() > kRemembered) recent_.erase(recent_.begin());
        session_.curve.push_back(judged);
        if (session_.curve.size() > kCurvePoints) session_.curve.pop_front();
        if (options_.html.empty()) return;
        // Of the image as it is, so that it costs little: the stretch is for the score.
        const auto crop = scorer_.crop_of(judged.row.image);
        const auto part = crop && *crop ? **crop : imaging::Rectangle{0, 0, image.width(), image.height()};
        ScoreOptions small = options_.words.file.score;
        const int longer = std::max(part.width, part.height);
        small.width = std::max(3, part.width * kThumbnailSide / longer);
        small.height = std::max(3, part.height * kThumbnailSide / longer);
        const auto shown = prepared(image, part, small);
        if (!shown) return;
        const Thumbnail thumbnail{judged, thumbnail_of(*shown)};
        const auto add = [&](std::deque<Thumbnail>& to) {
            to.push_front(thumbnail);
            if (to.size() > kThumbnails) to.pop_back();
        };
        add(session_.latest);
        if (out) add(session_.suspicious);
    }

    WatchCommand options_;
    RunningBaseline baseline_;
    FileScorer scorer_;
    Session session_;
    std::vector<double> latencies_;
    std::vector<double> recent_;
    imaging::Moment written_;
    std::FILE* csv_ = nullptr;
};

}  // namespace

void add_watch(CLI::App& command, WatchCommand& options) {
    command.add_option("DIR", options.folder, "The folder in which images appear")->required();
    add_score_options(command, options.words);
    command.add_option("--limit", options.limit, "Out of focus below so many spreads under the usual score")
        ->capture_default_str();
    command.add_option("--csv", options.csv, "Write scores as they come")
        ->type_name("FILE")
        ->capture_default_str();
    command.add_option("--html", options.html, "Write a page with the curve and thumbnails; '' for none")
        ->type_name("FILE")
        ->capture_default_str();
    command
        .add_option("--baseline", options.baseline, "Judge by this baseline; else by the images seen so far")
        ->type_name("FILE");
    command.add_option("--queue", options.queue, "Images that may wait; then the oldest is dropped")
        ->capture_default_str();
    command.add_option("--most", options.most, "End after so many images");
    command.add_flag("-q,--quiet", options.quiet, "No line an image");
}

int run_watch(WatchCommand& options) {
    if (const std::string wrong = understand(options.words); !wrong.empty()) return refuse(wrong);
    if (!(options.limit > 0 && options.limit < 1e6)) return refuse("the limit must be above 0");
    if (options.queue == 0) return refuse("--queue must be at least 1");
    const auto given = read_baseline(options.baseline);
    if (!given) return refuse(given.error());
    const auto source = imaging::open_source({{}, options.folder, options.words.file.raw});
    if (!source) return refuse(source.error());
    imaging::listen_to_signals();
    Watching watching(options, *given);
    if (!watching.open()) return kFailed;
    imaging::FrameQueue queue(options.queue);
    std::jthread reader([&] {
        while (auto frame = (*source)->next()) queue.offer(*std::move(frame));
        queue.end();
    });
    bool written = true;
    while (written && (options.most == 0 || watching.images() < options.most)) {
        const auto frame = queue.take();
        if (!frame) break;
        written = watching.look_at(*frame);
        if (written && watching.page_is_due(queue.empty())) written = watching.write_page();
    }
    (*source)->stop();
    reader.join();
    written = watching.end(queue.dropped()) && written;
    if (!written) return kFailed;
    return watching.all_used() ? kDone : kBadUsage;
}

}  // namespace memo::focus
