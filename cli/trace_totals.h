// Sums over a trace: what was allocated, how much was live at most and when, and the same by group. What
// `memo info` and `memo top` print. One walk over the trace adds up by requester; groups are sums over those.
// Thread safety: none.
#pragma once

#include "common/block_replay.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace memo::cli {

// One row of `memo top`: what the selected allocations of one key come to. Lifetimes are counted in events of
// the whole trace, from the allocation to what released it.
struct Group {
    std::uint32_t key = 0;
    std::uint64_t bytes = 0;
    std::uint64_t allocations = 0;
    std::uint64_t peak_bytes = 0;  // of this group, live at the moment of the peak
    std::uint64_t peak_allocations = 0;
    std::uint64_t temporary_bytes = 0;  // freed by the next thing that their thread did
    std::uint64_t temporary_allocations = 0;
    std::uint64_t kept_bytes = 0;  // never released in the trace
    std::uint64_t kept_allocations = 0;
    std::uint64_t released = 0;
    std::uint64_t lifetimes = 0;     // summed over those that were released
    std::uint64_t tagged_bytes = 0;  // of `bytes`, those with an op tag

    Group& operator+=(const Group& other);
    // The mean over those that were released; 0 if none was.
    [[nodiscard]] double mean_lifetime() const;
};

// Which allocations count.
struct Selection {
    std::uint32_t thread = 0;
    std::uint64_t begin = 0;  // half-open range of events
    std::uint64_t end = 0;
};

// Adds up as a walk goes by.
class Summary final : public BlockVisitor {
  public:
    // `requesters` are those of the walk. Without a selection, all allocations count.
    explicit Summary(const Requesters& requesters, std::optional<Selection> selection = std::nullopt)
        : requesters_(requesters), selection_(selection) {}

    void allocated(const Allocation& allocation) override;
    void ended(const Block& block, std::uint64_t end, bool temporary) override;
    void kept(const Block& block) override;

    // After the walk. One group a requester, its key; all but `tagged_bytes`.
    [[nodiscard]] std::vector<Group> groups() const;
    [[nodiscard]] std::uint64_t allocations() const { return allocations_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }  // most bytes live at once
    [[nodiscard]] std::uint64_t peak_event() const { return peak_event_; }  // the first after which they were

  private:
    // What one requester has live now, and had at the highest moment before `seen`.
    struct Live {
        std::uint64_t bytes = 0;
        std::uint64_t blocks = 0;
        std::uint64_t seen = 0;  // how many peaks had been passed when `bytes` or `blocks` last changed
    };

    [[nodiscard]] bool counts(std::uint32_t thread, std::uint64_t event) const {
        return !selection_ ||
               (thread == selection_->thread && event >= selection_->begin && event < selection_->end);
    }
    [[nodiscard]] bool counts(const Block& block) const {
        return !selection_ || counts(requesters_[block.requester].thread, block.birth);
    }
    Live& about_to_change(std::uint32_t requester);

    const Requesters& requesters_;
    std::optional<Selection> selection_;
    std::vector<Group> groups_;
    std::vector<Live> live_;
    std::uint64_t allocations_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t live_bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    std::uint64_t peak_event_ = 0;
    std::uint64_t peaks_ = 0;  // how often a new highest moment was met
};

// Sums over groups, by key; most bytes first, then by key. `key` and `is_tagged` are of requesters; groups
// without allocations are left out.
[[nodiscard]] std::vector<Group> group_by(const Summary& summary,
                                          const std::function<std::uint32_t(std::uint32_t)>& key,
                                          const std::function<bool(std::uint32_t)>& is_tagged);

}  // namespace memo::cli
