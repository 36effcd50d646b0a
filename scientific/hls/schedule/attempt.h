// One try to place a whole graph at one interval (scheduler.h says how). Thread safety: one thread an object.
#pragma once

#include "scientific/hls/graph/schedule.h"
#include "scientific/hls/schedule/reservations.h"
#include "scientific/hls/schedule/scheduler.h"
#include "scientific/hls/schedule/segments.h"
#include "scientific/hls/schedule/shares.h"
#include "scientific/hls/schedule/tasks.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace memo::hls {

// What all tries have in common.
struct Placement {
    const Graph& graph;
    const ScheduleOptions& options;
    const std::vector<Task>& tasks;
    const std::vector<std::uint32_t>& latest;  // by node: starts of ALAP
};

// Elements, those with the least work first.
class Pool {
  public:
    Pool(std::uint32_t begin, std::uint32_t end, std::uint32_t capacity);
    // The element with the least work, if it has room for `size` more; else kNowhere.
    [[nodiscard]] std::uint32_t least(std::size_t size) const;
    // Likewise, the one with the most work that has room, and whose rest is one of `wanted` if there is such.
    [[nodiscard]] std::uint32_t fullest(std::size_t size, const std::vector<bool>& wanted) const;
    void add(std::uint32_t element, std::uint32_t load, std::size_t size);
    // Elements with room, the emptiest first, until `use` says that it has seen enough.
    template <class Use>
    void each(const Use& use) const {
        for (const auto& [load, element] : order_)
            if (load >= capacity_ || use(element)) return;
    }

  private:
    std::size_t capacity_;
    std::set<std::pair<std::size_t, std::uint32_t>> order_;
};

class Attempt {
  public:
    // `slots` is the interval, or a horizon long enough for one sample. The small segments are placed first,
    // as if they began in the cycles `anchors`, and moved by whole intervals to where their operands are
    // there.
    Attempt(const Placement& placement, std::uint32_t slots, const Shares& shares, const Segments& segments,
            std::vector<std::uint32_t> anchors);

    // Empty if all found a slot, else the node that did not.
    std::optional<NodeId> run();

    [[nodiscard]] const Schedule& result() const { return result_; }
    Schedule take() && { return std::move(result_); }
    // Anchors with which the small segments would begin `margin` cycles after they can, had nothing else
    // moved.
    [[nodiscard]] std::vector<std::uint32_t> better_anchors(std::uint32_t margin) const;

  private:
    Pool& pool(Kind kind);
    void give(std::uint32_t element, Kind kind, std::size_t size);
    void clear();
    void find_sums_of_chains();
    [[nodiscard]] std::uint32_t element_for(std::size_t size);
    std::optional<NodeId> share_out();
    std::optional<NodeId> share_out(const Task& task);
    std::optional<NodeId> place_segment(std::uint32_t segment);
    std::optional<NodeId> place(const Task& task);
    void move_segment(std::uint32_t segment);
    [[nodiscard]] std::uint32_t segment_of(NodeId node) const {
        return segments_.of_layer[graph_[node].layer];
    }
    [[nodiscard]] std::uint64_t earliest_start(NodeId node) const;
    // From `cycle` on, within one turn of the slots and before `end`; else UINT64_MAX.
    [[nodiscard]] std::uint64_t find_start(NodeId node, std::uint32_t element, std::uint64_t cycle,
                                           std::uint64_t end = UINT64_MAX) const;
    [[nodiscard]] std::uint32_t bank(NodeId node, std::size_t operand) const;
    [[nodiscard]] bool can_read(NodeId node, std::uint64_t cycle) const;
    void commit(NodeId node, std::uint64_t cycle);

    const Graph& graph_;
    const Latencies& latencies_;
    const std::vector<Task>& tasks_;
    const std::vector<std::uint32_t>& latest_;
    const Segments& segments_;
    std::vector<std::uint32_t> anchors_;
    std::vector<std::uint64_t> waits_;  // by segment: cycles that it begins later than it could
    Reservations reservations_;
    std::vector<std::uint32_t> load_;  // by element: operations given to it
    Shares shares_;
    bool tight_ = false;                  // chains fill elements up, instead of keeping them equally full
    std::vector<bool> filled_by_chains_;  // by slots: whether chains of this graph are together as long
    std::vector<Pool> pools_;             // by Class
    Schedule result_;
};

}  // namespace memo::hls
