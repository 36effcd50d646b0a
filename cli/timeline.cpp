// Binning (cli/timeline.h), in one walk: what a row had live at a bin's highest moment is remembered when the
// row first changes after that.
#include "cli/timeline.h"

#include <algorithm>
#include <numeric>

namespace memo::cli {

namespace {

// The row of each requester, and what the rows are called.
struct Rows {
    std::vector<std::uint32_t> of_requester;
    std::vector<std::string> names;
};

[[nodiscard]] Rows rows_of(const Summary& summary, const Requesters& requesters, const OpTags& tags) {
    const auto tag_of = [&](const Requester& one) { return tags.index_of(one.site, one.context); };
    std::vector<std::uint64_t> bytes(tags.tags().size(), 0);
    for (const Group& group : summary.groups()) bytes[tag_of(requesters[group.key])] += group.bytes;
    std::vector<std::uint32_t> order(bytes.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return bytes[a] > bytes[b]; });
    Rows rows;
    std::vector<std::uint32_t> of_tag(order.size());
    const std::size_t named = order.size() <= kTimelineRows ? order.size() : kTimelineRows - 1;
    for (std::size_t i = 0; i < order.size(); ++i) {
        of_tag[order[i]] = static_cast<std::uint32_t>(std::min(i, named));
        if (i < named) rows.names.push_back(order[i] == 0 ? "untagged" : tags.tags()[order[i]]);
    }
    if (named < order.size()) rows.names.push_back(std::to_string(order.size() - named) + " others");
    for (const Requester& requester : requesters.all())
        rows.of_requester.push_back(of_tag[tag_of(requester)]);
    return rows;
}

class Binning final : public BlockVisitor {
  public:
    Binning(std::uint64_t events, const Rows& rows)
        : events_(events),
          count_(std::min<std::uint64_t>(events, kTimelineBins)),
          rows_(rows),
          live_(rows.names.size()),
          cells_(rows.names.size()) {
        if (count_ > 0) begin_bin();
    }

    void allocated(const Allocation& allocation) override {
        go_to(allocation.index);
        const std::uint64_t size = allocation.event.size;
        const std::uint32_t row = rows_.of_requester[allocation.requester];
        cells_[row].bytes += size;
        ++cells_[row].allocations;
        if (!allocation.makes_block) return;
        Live& live = about_to_change(row);
        live.bytes += size;
        ++live.blocks;
        live_bytes_ += size;
        TimelineBin& bin = timeline_.bins.back();
        if (live_bytes_ > bin.peak_bytes) {
            bin.peak_bytes = live_bytes_;
            bin.peak_event = allocation.index;
            ++peaks_;
        }
    }

    void ended(const Block& block, std::uint64_t end, bool temporary) override {
        go_to(end);
        const std::uint32_t row = rows_.of_requester[block.requester];
        cells_[row].freed_bytes += block.size;
        ++cells_[row].frees;
        if (temporary) mark_temporary(block, row);
        Live& live = about_to_change(row);
        live.bytes -= block.size;
        --live.blocks;
        live_bytes_ -= block.size;
    }

    [[nodiscard]] Timeline finish(std::vector<std::string> names) {
        if (count_ > 0) {
            go_to(events_ - 1);
            end_bin();
        }
        timeline_.events = events_;
        timeline_.rows = std::move(names);
        return std::move(timeline_);
    }

  private:
    struct Live {
        std::uint64_t bytes = 0;
        std::uint64_t blocks = 0;
        std::uint64_t seen = 0;  // how many highest moments had been passed when it last changed
    };

    [[nodiscard]] std::uint64_t begin_of(std::uint64_t bin) const { return bin * events_ / count_; }

    // The load that a bin begins with is its highest, unless a higher one is met.
    void begin_bin() {
        const std::uint64_t begin = begin_of(timeline_.bins.size());
        timeline_.bins.push_back({begin, live_bytes_, begin});
        next_ = begin_of(timeline_.bins.size());
        ++peaks_;
    }

    Live& about_to_change(std::uint32_t row) {
        Live& live = live_[row];
        if (live.seen != peaks_) {
            cells_[row].live_bytes = live.bytes;
            cells_[row].live_blocks = live.blocks;
            live.seen = peaks_;
        }
        return live;
    }

    void end_bin() {
        for (std::uint32_t row = 0; row < cells_.size(); ++row) {
            (void)about_to_change(row);
            TimelineCell& cell = cells_[row];
            if (cell.allocations != 0 || cell.frees != 0 || cell.live_blocks != 0) {
                cell.bin = static_cast<std::uint32_t>(timeline_.bins.size() - 1);
                cell.row = row;
                timeline_.cells.push_back(cell);
            }
            cell = {};
        }
    }

    void go_to(std::uint64_t event) {
        while (event >= next_) {
            end_bin();
            begin_bin();
        }
    }

    // Temporary counts where the block was allocated: in this bin, or in one before it.
    void mark_temporary(const Block& block, std::uint32_t row) {
        TimelineCell* cell = &cells_[row];
        if (block.birth < timeline_.bins.back().begin) {
            const auto after = std::upper_bound(
                timeline_.bins.begin(), timeline_.bins.end(), block.birth,
                [](std::uint64_t event, const TimelineBin& bin) { return event < bin.begin; });
            const auto bin = static_cast<std::uint32_t>(after - timeline_.bins.begin() - 1);
            const auto found = std::lower_bound(
                timeline_.cells.begin(), timeline_.cells.end(), std::pair(bin, row),
                [](const TimelineCell& one, const auto& key) { return std::pair(one.bin, one.row) < key; });
            cell = &*found;  // there is one: it counts the allocation
        }
        cell->temporary_bytes += block.size;
        ++cell->temporary_allocations;
    }

    std::uint64_t events_;
    std::uint64_t count_;  // of bins
    const Rows& rows_;
    std::uint64_t next_ = 0;  // first event of the next bin
    std::uint64_t live_bytes_ = 0;
    std::uint64_t peaks_ = 0;  // highest moments passed, the beginnings of bins too
    std::vector<Live> live_;   // by row
    std::vector<TimelineCell> cells_;
    Timeline timeline_;
};

}  // namespace

Timeline timeline_of(TraceSource& source, std::uint64_t events, const Summary& summary,
                     Requesters& requesters, const OpTags& tags) {
    Rows rows = rows_of(summary, requesters, tags);
    Binning binning(events, rows);
    replay(source, requesters, {&binning});
    return binning.finish(std::move(rows.names));
}

}  // namespace memo::cli
