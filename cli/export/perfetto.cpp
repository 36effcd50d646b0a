// Chrome's trace events (cli/export/exports.h), which Perfetto and chrome://tracing open: counters of live
// bytes, a slice a round on its thread's track, and the blocks with the most bytes x time as slices of their
// own. "ts" is the event's number.
#include "cli/export/exports.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rounds.h"
#include "cli/timeline.h"
#include "common/request_log.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kShownTags = 15;        // more tracks than that nobody reads
constexpr std::size_t kShownBlocks = 10'000;  // the viewers stay quick
constexpr std::size_t kShownFrames = 12;

// The blocks with the most bytes x time.
class LargestBlocks final : public BlockVisitor {
  public:
    struct Lived {
        Block block;
        std::uint64_t end = 0;
        [[nodiscard]] double area() const {
            return static_cast<double>(block.size) * static_cast<double>(end - block.birth);
        }
    };

    // `events` are those of the trace: a block that is kept ends with it.
    explicit LargestBlocks(std::uint64_t events) : events_(events) {}

    void allocated(const Allocation& /*allocation*/) override {}
    void ended(const Block& block, std::uint64_t end, bool /*temporary*/) override { add({block, end}); }
    void kept(const Block& block) override { add({block, events_}); }

    // By birth.
    [[nodiscard]] std::vector<Lived> take() {
        keep_largest();
        std::sort(blocks_.begin(), blocks_.end(),
                  [](const Lived& a, const Lived& b) { return a.block.birth < b.block.birth; });
        return std::move(blocks_);
    }

  private:
    void add(const Lived& one) {
        blocks_.push_back(one);
        if (blocks_.size() == 2 * kShownBlocks) keep_largest();
    }
    void keep_largest() {
        if (blocks_.size() <= kShownBlocks) return;
        std::nth_element(blocks_.begin(), blocks_.begin() + kShownBlocks, blocks_.end(),
                         [](const Lived& a, const Lived& b) {
                             return a.area() != b.area() ? a.area() > b.area()
                                                         : a.block.birth > b.block.birth;
                         });
        blocks_.resize(kShownBlocks);
    }

    std::uint64_t events_;
    std::vector<Lived> blocks_;
};

class TraceEvents {
  public:
    TraceEvents(const Exported& what, WholeFile& out)
        : what_(what), out_(out), process_(what.trace.process_id) {}

    void write() {
        out_.write(
            R"({"displayTimeUnit":"ns","otherData":{"time":"the number of the event"},"traceEvents":[)");
        names();
        counters();
        rounds();
        blocks();
        out_.write("]}\n");
    }

  private:
    // Fields every event has, and its own.
    void event(const char* phase, std::uint64_t ts, std::uint64_t thread, Json own) {
        own["ph"] = phase;
        own["ts"] = ts;
        own["pid"] = process_;
        own["tid"] = thread;
        out_.write((first_ ? "\n" : ",\n") + own.dump());
        first_ = false;
    }

    void names() {
        event("M", 0, process_, {{"name", "process_name"}, {"args", Json{{"name", what_.trace.program}}}});
        for (const ThreadInfo& thread : what_.trace.threads) {
            event("M", 0, thread.system_id, {{"name", "thread_name"}, {"args", Json{{"name", thread.name}}}});
        }
    }

    void counters() {
        const Timeline timeline =
            timeline_of(what_.source, what_.count.events, what_.summary, what_.requesters, what_.tags);
        const std::size_t shown = std::min(timeline.rows.size(), kShownTags);
        auto cell = timeline.cells.begin();
        for (std::size_t bin = 0; bin < timeline.bins.size(); ++bin) {
            std::vector<std::uint64_t> live(shown + 1, 0);
            for (; cell != timeline.cells.end() && cell->bin == bin; ++cell)
                live[std::min<std::size_t>(cell->row, shown)] += cell->live_bytes;
            Json tags = Json::object();
            for (std::size_t row = 0; row < shown; ++row) tags[timeline.rows[row]] = live[row];
            if (shown < timeline.rows.size()) tags["others"] = live[shown];
            const TimelineBin& one = timeline.bins[bin];
            event("C", one.peak_event, process_,
                  {{"name", "live bytes"}, {"args", Json{{"bytes", one.peak_bytes}}}});
            event("C", one.peak_event, process_, {{"name", "live bytes by op"}, {"args", std::move(tags)}});
        }
    }

    void rounds() {
        const std::vector<ThreadRequests> requests = requests_of_threads(what_.source);
        for (const ThreadRounds& thread : rounds_of_threads(requests)) {
            if (!thread.period) continue;
            const auto& positions = thread.requests->events;
            for (std::size_t i = 0; i < thread.period->rounds.size(); ++i) {
                const Round& round = thread.period->rounds[i];
                if (round.begin >= round.end) continue;
                const std::uint64_t begin = positions[round.begin];
                event("X", begin, what_.trace.threads[thread.thread].system_id,
                      {{"name", fmt::format("round {}", i)},
                       {"dur", positions[round.end - 1] - begin + 1},
                       {"args", Json{{"exact", round.exact}}}});
            }
        }
    }

    void blocks() {
        LargestBlocks largest(what_.count.events);
        replay(what_.source, what_.requesters, {&largest});
        for (const LargestBlocks::Lived& one : largest.take()) {
            const Requester& requester = what_.requesters[one.block.requester];
            const std::uint64_t thread = what_.trace.threads[requester.thread].system_id;
            const std::string& tag =
                what_.tags.tags()[what_.tags.index_of(requester.site, requester.context)];
            const Json common = {
                {"name", (tag.empty() ? "untagged" : tag) + ", " + format_bytes(one.block.size)},
                {"cat", "block"},
                {"id", one.block.birth}};
            Json begin = common;
            Json stack = Json::array();
            const auto frames = what_.frames.stack(requester.site);
            for (std::size_t i = 0; i < std::min(frames.size(), kShownFrames); ++i)
                stack.push_back(what_.frames.functions()[what_.frames.frames()[frames[i]].function].name);
            begin["args"] = {{"bytes", one.block.size}, {"stack", std::move(stack)}};
            event("b", one.block.birth, thread, std::move(begin));
            event("e", one.end, thread, common);
        }
    }

    const Exported& what_;
    WholeFile& out_;
    std::uint64_t process_;
    bool first_ = true;
};

}  // namespace

void export_perfetto(const Exported& what, WholeFile& out) {
    TraceEvents(what, out).write();
}

}  // namespace memo::cli
