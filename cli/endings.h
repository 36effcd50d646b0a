// block_ends turned round: which blocks end at each event. Thread safety: constant once built.
#pragma once

#include "common/trace.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::cli {

// Whether an allocation made a block at all: `ends` of a request that failed is the request itself.
[[nodiscard]] inline bool makes_block(const Trace& trace, std::span<const std::size_t> ends,
                                      std::size_t event) {
    return trace.events[event].kind == EventKind::allocate && ends[event] != event;
}

class Endings {
  public:
    // `ends` is block_ends(trace). O(events); at most 2^32 events.
    Endings(const Trace& trace, std::span<const std::size_t> ends);

    // The allocations (indices into the trace's events) whose blocks end at this event, ascending. A block
    // that realloc moved ends at the allocation of its successor.
    [[nodiscard]] std::span<const std::uint32_t> at(std::size_t event) const {
        return {blocks_.data() + first_[event], blocks_.data() + first_[event + 1]};
    }

  private:
    std::vector<std::uint32_t> first_;  // of each event, and one past the last: index into blocks_
    std::vector<std::uint32_t> blocks_;
};

// Of each event, whether it is a temporary allocation: the next thing that its thread did was to free it.
[[nodiscard]] std::vector<bool> temporary_allocations(const Trace& trace, std::span<const std::size_t> ends);

}  // namespace memo::cli
