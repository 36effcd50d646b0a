// The walk (common/block_replay.h).
#include "common/block_replay.h"

#include <optional>
#include <vector>

namespace memo {
namespace {

constexpr std::uint64_t kNever = UINT64_MAX;

class Replay {
  public:
    Replay(Requesters& requesters, std::initializer_list<BlockVisitor*> visitors)
        : requesters_(requesters), visitors_(visitors) {}

    void take(const Event& event) {
        const std::uint64_t index = count_.events++;
        Thread& thread = thread_of(event);
        if (event.kind == EventKind::free) {
            release(event, index, thread);
        } else {
            ++count_.allocations;
            allocate(event, index, thread);
        }
        thread.last = index;
    }

    EventCount finish() {
        for (BlockVisitor* visitor : visitors_) {
            live_.for_each([&](const Block& block) { visitor->kept(block); });
        }
        return count_;
    }

  private:
    struct Thread {
        std::uint64_t last = kNever;  // index of its last event
        std::uint32_t allocations = 0;
        std::uint64_t moving_address = 0;  // released by a reallocation that has not allocated yet; 0: none
        std::optional<Block> moving;       // the block there, if there was one
    };

    Thread& thread_of(const Event& event) {
        if (event.thread >= threads_.size()) threads_.resize(std::size_t{event.thread} + 1);
        return threads_[event.thread];
    }

    void end(const Block& block, std::uint64_t at, bool temporary) {
        for (BlockVisitor* visitor : visitors_) visitor->ended(block, at, temporary);
    }

    void release(const Event& event, std::uint64_t index, Thread& thread) {
        if (event.address == 0) return;
        const std::optional<Block> block = live_.take(event.address);
        if (event.to_move) {
            thread.moving = block;
            thread.moving_address = event.address;
        } else if (block) {
            end(*block, index, block->birth == thread.last);
        }
    }

    void allocate(const Event& event, std::uint64_t index, Thread& thread) {
        const std::uint32_t requester = requesters_.index_of({event.site, event.context, event.thread});
        const std::uint32_t ordinal = thread.allocations++;
        const bool makes_block = event.address != 0;
        std::optional<Block> moved;
        if (makes_block && event.old_address != 0) {
            if (thread.moving_address == event.old_address) {
                moved = thread.moving;
            } else {
                moved = live_.take(event.old_address);
            }
            thread.moving_address = 0;
        }
        if (makes_block) {
            if (const std::optional<Block> lost = live_.take(event.address)) end(*lost, index - 1, false);
        }
        const Allocation allocation{event, index, requester, ordinal, makes_block};
        for (BlockVisitor* visitor : visitors_) visitor->allocated(allocation);
        if (makes_block) live_.insert({event.address, event.size, index, requester, ordinal});
        if (moved) end(*moved, index, false);
    }

    Requesters& requesters_;
    std::initializer_list<BlockVisitor*> visitors_;
    LiveBlocks live_;
    std::vector<Thread> threads_;
    EventCount count_;
};

}  // namespace

EventCount replay(TraceSource& source, Requesters& requesters,
                  std::initializer_list<BlockVisitor*> visitors) {
    Replay walk(requesters, visitors);
    source.for_each([&](std::span<const Event> events) {
        for (const Event& event : events) walk.take(event);
    });
    return walk.finish();
}

}  // namespace memo
