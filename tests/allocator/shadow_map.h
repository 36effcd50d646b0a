// What lives in an arena, kept apart from replay's own bookkeeping: disjoint half-open ranges of bytes, and a
// way to drive a replay with arbitrary steps while this map watches every block it hands out.
#pragma once

#include "allocator/replay.h"

#include <cstdint>
#include <iterator>
#include <map>

namespace memo::testing {

class ShadowMap {
  public:
    // False if some of [offset, offset + size) is in use.
    bool place(std::uint64_t offset, std::uint64_t size) {
        const auto after = ends_.lower_bound(offset);
        if (after != ends_.end() && after->first < offset + size) return false;
        if (after != ends_.begin() && std::prev(after)->second > offset) return false;
        ends_.emplace_hint(after, offset, offset + size);
        return true;
    }
    void remove(std::uint64_t offset) { ends_.erase(offset); }

    // Bytes of the block that starts at `offset`; 0 if there is none.
    [[nodiscard]] std::uint64_t size_at(std::uint64_t offset) const {
        const auto found = ends_.find(offset);
        return found == ends_.end() ? 0 : found->second - offset;
    }
    [[nodiscard]] bool empty() const { return ends_.empty(); }
    [[nodiscard]] std::size_t count() const { return ends_.size(); }

    // The start of the first block at or after `offset`, else of the first of all. There must be one.
    [[nodiscard]] std::uint64_t block_near(std::uint64_t offset) const {
        const auto found = ends_.lower_bound(offset);
        return found == ends_.end() ? ends_.begin()->first : found->first;
    }

  private:
    std::map<std::uint64_t, std::uint64_t> ends_;  // start of a block -> its end
};

// A replay and its shadow. Each step returns nullptr, or what was not as promised.
class WatchedReplay {
  public:
    WatchedReplay(const PlanView& plan, void* memory) : replay_(plan, memory) {}

    // A request equal to the slot's; `answer` says how it went.
    const char* request(const PlanSlot& slot, Answer& answer) {
        answer = replay_.request(slot.size, slot.alignment,
                                 [&](std::uint32_t caller) { return caller == slot.caller; });
        if (answer.miss != Miss::none) return nullptr;
        const PlanHeader& header = replay_.plan().header();
        const std::uint64_t held = replay_.size_at(answer.offset);  // all of the slot, where its size varies
        if (held < slot.size) return "served less than was asked for";
        if (held > header.height || answer.offset > header.height - held) return "served beyond the arena";
        if (answer.offset % placed_alignment(slot.alignment) != 0) return "served out of alignment";
        return shadow_.place(answer.offset, held) ? nullptr : "served on a live block";
    }

    // A free of the address at `offset`, which may be no block's.
    const char* release(std::uint64_t offset) {
        const std::uint64_t size = shadow_.size_at(offset);
        if (replay_.size_at(offset) != size) return "a block's size is wrong";
        const bool done = replay_.release(offset) == Release::done;
        shadow_.remove(offset);
        return done == (size != 0) ? nullptr : "a free was taken for something else";
    }

    const char* release_all() {
        while (!shadow_.empty()) {
            if (const char* wrong = release(shadow_.block_near(0))) return wrong;
        }
        return nullptr;
    }

    // Any steps: `draw(n)` answers a number below n. Requests go mostly forward, as programs do.
    template <class Draw>
    const char* wander(std::uint64_t steps, Draw draw) {
        const auto slots = replay_.plan().slots();
        const auto starts = replay_.plan().starts();
        PlanSlot foreign = slots[0];
        foreign.caller = ~0U;
        for (; steps != 0; --steps) {
            const char* wrong = nullptr;
            Answer answer;
            switch (draw(8)) {
                case 0:
                    wrong = request(slots[draw(slots.size())], answer);
                    break;
                case 1:
                    wrong = request(slots[0], answer);
                    break;
                case 2:
                    wrong = request(slots[(replay_.cursor() + draw(4)) % slots.size()], answer);
                    break;
                case 3:
                    wrong = request(foreign, answer);
                    break;
                case 4:
                    if (!starts.empty()) wrong = release(starts[draw(starts.size())] + draw(2));
                    break;
                case 5:
                    if (!shadow_.empty()) wrong = release(shadow_.block_near(starts[draw(starts.size())]));
                    break;
                case 6:
                    if (draw(8) == 0) replay_.restart();
                    break;
                default:
                    wrong = request(slots[replay_.cursor()], answer);
                    break;
            }
            if (wrong != nullptr) return wrong;
        }
        return nullptr;
    }

    [[nodiscard]] Replay& replay() { return replay_; }
    [[nodiscard]] const ShadowMap& shadow() const { return shadow_; }

  private:
    Replay replay_;
    ShadowMap shadow_;
};

}  // namespace memo::testing
