// From events to blocks: a walk over a trace that says of every allocation what became of it.
//
// A block ends with the free of its address, by any thread; where realloc moved it, with the allocation of
// the new block, since both hold data until then. A free of an unknown address is ignored; an allocation at
// an address that is still live ends the older block, whose free the trace has lost, just before it. A
// request that failed makes no block. Memory: what is live at once, and the requesters. O(events). Thread
// safety: as the source's.
#pragma once

#include "common/live_blocks.h"
#include "common/requesters.h"
#include "common/trace_source.h"

#include <cstdint>
#include <initializer_list>

namespace memo {

struct Allocation {
    const Event& event;
    std::uint64_t index = 0;  // of the event
    std::uint32_t requester = 0;
    std::uint32_t ordinal = 0;  // as Block::ordinal
    bool makes_block = true;
};

// Called in order of what happened. What happens at one event: a block whose free was lost ends (at the event
// before), then the allocation, then the block that realloc moved.
class BlockVisitor {
  public:
    virtual ~BlockVisitor() = default;
    virtual void allocated(const Allocation& allocation) = 0;
    // `end` is the index of an event. Temporary: its end was the next thing that its thread did.
    virtual void ended(const Block& block, std::uint64_t end, bool temporary) = 0;
    // After all events, in no order: never released in the trace.
    virtual void kept(const Block& block) { (void)block; }
};

struct EventCount {
    std::uint64_t events = 0;
    std::uint64_t allocations = 0;
    [[nodiscard]] std::uint64_t frees() const { return events - allocations; }
};

// Walks over the source once. `requesters` may hold those of an earlier walk; it grows by what is new.
EventCount replay(TraceSource& source, Requesters& requesters, std::initializer_list<BlockVisitor*> visitors);

}  // namespace memo
