// Chrome's trace events (cli/export/exports.h), which Perfetto and chrome://tracing open: counters of live
// bytes, a slice a round on its thread's track, and the blocks with the most bytes x time as slices of their
// own. "ts" is the event's number.
#include "cli/endings.h"
#include "cli/export/exports.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rounds.h"
#include "cli/timeline.h"
#include "common/lifetimes.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kShownTags = 15;        // more tracks than that nobody reads
constexpr std::size_t kShownBlocks = 10'000;  // the viewers stay quick
constexpr std::size_t kShownFrames = 12;

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
    void event(const char* phase, std::size_t ts, std::uint64_t thread, Json own) {
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
        const Timeline timeline = timeline_of(what_.trace, what_.ends, what_.tags);
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
        for (const ThreadRounds& thread : rounds_of_threads(what_.trace, what_.ends)) {
            if (!thread.period) continue;
            const auto& positions = thread.requests.events;
            for (std::size_t i = 0; i < thread.period->rounds.size(); ++i) {
                const Round& round = thread.period->rounds[i];
                if (round.begin >= round.end) continue;
                const std::size_t begin = positions[round.begin];
                event("X", begin, what_.trace.threads[thread.thread].system_id,
                      {{"name", fmt::format("round {}", i)},
                       {"dur", positions[round.end - 1] - begin + 1},
                       {"args", Json{{"exact", round.exact}}}});
            }
        }
    }

    [[nodiscard]] std::size_t end_of(std::size_t block) const {
        return what_.ends[block] == kNeverReleased ? what_.trace.events.size() : what_.ends[block];
    }

    [[nodiscard]] std::vector<std::uint32_t> largest_blocks() const {
        std::vector<std::pair<double, std::uint32_t>> areas;
        for (std::size_t i = 0; i < what_.trace.events.size(); ++i) {
            if (!makes_block(what_.trace, what_.ends, i)) continue;
            areas.emplace_back(
                static_cast<double>(what_.trace.events[i].size) * static_cast<double>(end_of(i) - i),
                static_cast<std::uint32_t>(i));
        }
        const std::size_t kept = std::min(areas.size(), kShownBlocks);
        std::nth_element(areas.begin(), areas.begin() + static_cast<std::ptrdiff_t>(kept), areas.end(),
                         std::greater<>());
        std::vector<std::uint32_t> blocks;
        for (std::size_t i = 0; i < kept; ++i) blocks.push_back(areas[i].second);
        std::sort(blocks.begin(), blocks.end());
        return blocks;
    }

    void blocks() {
        for (const std::uint32_t block : largest_blocks()) {
            const Event& event_of = what_.trace.events[block];
            const std::uint64_t thread = what_.trace.threads[event_of.thread].system_id;
            const std::string& tag = what_.tags.tag_of(event_of);
            const Json common = {
                {"name", (tag.empty() ? "untagged" : tag) + ", " + format_bytes(event_of.size)},
                {"cat", "block"},
                {"id", block}};
            Json begin = common;
            Json stack = Json::array();
            const auto frames = what_.frames.stack(event_of.site);
            for (std::size_t i = 0; i < std::min(frames.size(), kShownFrames); ++i)
                stack.push_back(what_.frames.functions()[what_.frames.frames()[frames[i]].function].name);
            begin["args"] = {{"bytes", event_of.size}, {"stack", std::move(stack)}};
            event("b", block, thread, std::move(begin));
            event("e", end_of(block), thread, common);
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
