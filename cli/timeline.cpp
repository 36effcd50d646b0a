// Binning (cli/timeline.h): one walk finds each bin's highest moment, a second one adds up and looks at what
// is live then.
#include "cli/timeline.h"

#include "cli/endings.h"

#include <algorithm>
#include <numeric>

namespace memo::cli {

namespace {

// The row of each op tag, and what the rows are called.
struct Rows {
    std::vector<std::uint32_t> of_tag;
    std::vector<std::string> names;
};

[[nodiscard]] Rows rows_of(const Trace& trace, const OpTags& tags) {
    std::vector<std::uint64_t> bytes(tags.tags().size(), 0);
    for (const Event& event : trace.events) {
        if (event.kind == EventKind::allocate) bytes[tags.index_of(event.site, event.context)] += event.size;
    }
    std::vector<std::uint32_t> order(bytes.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return bytes[a] > bytes[b]; });
    Rows rows;
    rows.of_tag.resize(order.size());
    const std::size_t named = order.size() <= kTimelineRows ? order.size() : kTimelineRows - 1;
    for (std::size_t i = 0; i < order.size(); ++i) {
        rows.of_tag[order[i]] = static_cast<std::uint32_t>(std::min(i, named));
        if (i < named) rows.names.push_back(order[i] == 0 ? "untagged" : tags.tags()[order[i]]);
    }
    if (named < order.size()) rows.names.push_back(std::to_string(order.size() - named) + " others");
    return rows;
}

class Walk {
  public:
    Walk(const Trace& trace, std::span<const std::size_t> ends, const OpTags& tags, const Rows& rows)
        : trace_(trace),
          ends_(ends),
          tags_(tags),
          rows_(rows),
          endings_(trace, ends),
          temporary_(temporary_allocations(trace, ends)) {}

    [[nodiscard]] std::vector<TimelineBin> bins() const {
        const std::size_t events = trace_.events.size();
        const std::size_t count = std::min(events, kTimelineBins);
        std::vector<TimelineBin> bins;
        std::uint64_t live = 0;
        for (std::size_t bin = 0; bin < count; ++bin) {
            bins.push_back({bin * events / count, live, bin * events / count});
            for (std::size_t i = bins.back().begin; i < (bin + 1) * events / count; ++i) {
                if (makes_block(trace_, ends_, i)) live += trace_.events[i].size;
                if (live > bins.back().peak_bytes) {
                    bins.back().peak_bytes = live;
                    bins.back().peak_event = i;
                }
                for (const std::uint32_t block : endings_.at(i)) live -= trace_.events[block].size;
            }
        }
        return bins;
    }

    void fill(Timeline& timeline) {
        live_bytes_.assign(rows_.names.size(), 0);
        live_blocks_.assign(rows_.names.size(), 0);
        for (std::size_t bin = 0; bin < timeline.bins.size(); ++bin) {
            const bool is_last = bin + 1 == timeline.bins.size();
            const std::size_t end = is_last ? trace_.events.size() : timeline.bins[bin + 1].begin;
            std::vector<TimelineCell> cells(rows_.names.size());
            look(cells);  // the load that it began with is its highest, unless a higher one is met
            for (std::size_t i = timeline.bins[bin].begin; i < end; ++i) {
                arrive(i, cells);
                if (i == timeline.bins[bin].peak_event && rises_to(timeline.bins[bin].peak_bytes))
                    look(cells);
                leave(i, cells);
            }
            keep(bin, cells, timeline);
        }
    }

  private:
    [[nodiscard]] std::uint32_t row_of(const Event& event) const {
        return rows_.of_tag[tags_.index_of(event.site, event.context)];
    }
    [[nodiscard]] bool rises_to(std::uint64_t peak) const { return live_ == peak; }

    void look(std::vector<TimelineCell>& cells) const {
        for (std::size_t row = 0; row < cells.size(); ++row) {
            cells[row].live_bytes = live_bytes_[row];
            cells[row].live_blocks = live_blocks_[row];
        }
    }

    void arrive(std::size_t i, std::vector<TimelineCell>& cells) {
        const Event& event = trace_.events[i];
        if (event.kind != EventKind::allocate) return;
        const std::uint32_t row = row_of(event);
        TimelineCell& cell = cells[row];
        cell.bytes += event.size;
        ++cell.allocations;
        if (temporary_[i]) {
            cell.temporary_bytes += event.size;
            ++cell.temporary_allocations;
        }
        if (!makes_block(trace_, ends_, i)) return;
        live_ += event.size;
        live_bytes_[row] += event.size;
        ++live_blocks_[row];
    }

    void leave(std::size_t i, std::vector<TimelineCell>& cells) {
        for (const std::uint32_t block : endings_.at(i)) {
            const Event& event = trace_.events[block];
            const std::uint32_t row = row_of(event);
            cells[row].freed_bytes += event.size;
            ++cells[row].frees;
            live_ -= event.size;
            live_bytes_[row] -= event.size;
            --live_blocks_[row];
        }
    }

    static void keep(std::size_t bin, std::vector<TimelineCell>& cells, Timeline& timeline) {
        for (std::size_t row = 0; row < cells.size(); ++row) {
            TimelineCell& cell = cells[row];
            if (cell.allocations == 0 && cell.frees == 0 && cell.live_blocks == 0) continue;
            cell.bin = static_cast<std::uint32_t>(bin);
            cell.row = static_cast<std::uint32_t>(row);
            timeline.cells.push_back(cell);
        }
    }

    const Trace& trace_;
    std::span<const std::size_t> ends_;
    const OpTags& tags_;
    const Rows& rows_;
    Endings endings_;
    std::vector<bool> temporary_;
    std::uint64_t live_ = 0;
    std::vector<std::uint64_t> live_bytes_;  // by row
    std::vector<std::uint64_t> live_blocks_;
};

}  // namespace

Timeline timeline_of(const Trace& trace, std::span<const std::size_t> ends, const OpTags& tags) {
    Rows rows = rows_of(trace, tags);
    Walk walk(trace, ends, tags, rows);
    Timeline timeline;
    timeline.events = trace.events.size();
    timeline.bins = walk.bins();
    walk.fill(timeline);
    timeline.rows = std::move(rows.names);
    return timeline;
}

}  // namespace memo::cli
