// Cyclic replay: serving one thread's requests from the fixed offsets of a plan, safely whatever the program
// does. This is the protocol of docs/safety.md, and nothing else: no system call, no allocation, no knowledge
// of malloc, so that the model checker drives exactly the code that runs in production.
//
// The invariant: for every byte of the arena, let p be the last slot passed that covers it. If p's state is
// `free`, no live block covers that byte. A slot is served only if all its predecessors (the last slots to
// cover each of its bytes) are `free`, so a served block never overlaps a live one.
//
// Thread safety: `request` and `restart` belong to the one thread that owns the arena. `release`, `size_at`
// and `is_live` may be called from any thread. A slot's state is written by the owner while it is not `live`,
// and by whoever frees the block while it is; the release store of `free` and the acquire load by the owner
// order the last use of a block before its next.
#pragma once

#include "common/plan_view.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

enum class SlotState : std::uint8_t {
    free,     // passed, and nothing live was on its bytes then
    live,     // its block is with the program
    blocked,  // passed without being served, while something may have been on its bytes: says nothing about
              // them
};

// Why a request was not served from the arena.
enum class Miss : std::uint8_t {
    none,       // it was served
    unmatched,  // no slot at or near the cursor asks for this
    occupied,   // the slot's bytes may still be in use
    left_out,   // the plan leaves this one to the next allocator
};

struct Answer {
    std::uint64_t offset = 0;  // in the arena; only if miss == none
    Miss miss = Miss::none;
};

enum class Release : std::uint8_t { done, not_a_block, not_live };

struct ReplayCounts {
    std::uint64_t rounds = 0;  // times the cursor passed the end of the period
    std::uint64_t hits = 0;
    std::uint64_t unmatched = 0;
    std::uint64_t occupied = 0;
    std::uint64_t left_out = 0;
    std::uint64_t skipped = 0;   // slots passed without a request
    std::uint64_t restarts = 0;  // rounds begun again before the last was through
    std::uint64_t resyncs = 0;   // times a lost thread found its place again (place_finder.h)

    // Differences may be negative: modulo 2^64.
    ReplayCounts& operator-=(const ReplayCounts& other) {
        rounds -= other.rounds;
        hits -= other.hits;
        unmatched -= other.unmatched;
        occupied -= other.occupied;
        left_out -= other.left_out;
        skipped -= other.skipped;
        restarts -= other.restarts;
        resyncs -= other.resyncs;
        return *this;
    }
    ReplayCounts& operator+=(const ReplayCounts& other) {
        rounds += other.rounds;
        hits += other.hits;
        unmatched += other.unmatched;
        occupied += other.occupied;
        left_out += other.left_out;
        skipped += other.skipped;
        restarts += other.restarts;
        resyncs += other.resyncs;
        return *this;
    }
};

class Replay {
  public:
    // How far ahead of the cursor a request may match: what the program may leave out in one go.
    static constexpr std::uint32_t kWindow = 32;
    // The same for a request that is no slot's size, but may be a variable slot's: fewer, because all that
    // tells such slots apart is who asks.
    static constexpr std::uint32_t kVariableWindow = 4;

    // Memory that a replay of `plan` works in; zeroed by the caller before `Replay` is made, owned by the
    // caller.
    [[nodiscard]] static std::size_t memory_needed(const PlanView& plan);

    Replay(const PlanView& plan, void* memory);

    // The next request of the owning thread, if it is what the plan says: the slot at the cursor, now live.
    // nullptr, and nothing changed, where anything is out of the ordinary (the end of the round is); then
    // `request` has the answer. The planned path: no call, no lock, no division.
    template <class CallerMatches>
    [[nodiscard, gnu::always_inline]] const PlanSlot* take_next(std::uint64_t size, std::uint64_t alignment,
                                                                CallerMatches caller_matches) {
        const std::uint32_t index = cursor_;
        const PlanSlot& slot = slots_[index];
        if (slot.size != size || slot.alignment != alignment || !caller_matches(slot.caller)) return nullptr;
        if ((slot.flags & kSlotLeftOut) != 0 || index == last_slot_) return nullptr;
        if (!can_serve(slot, states_[index].load(std::memory_order_acquire))) return nullptr;
        serve(index, slot);
        cursor_ = index + 1;
        return &slot;
    }

    // The next request of the owning thread. `caller_matches(index)` says whether the request comes from the
    // plan's caller `index`; it is asked only where size and alignment agree.
    template <class CallerMatches>
    [[nodiscard]] Answer request(std::uint64_t size, std::uint32_t alignment, CallerMatches caller_matches) {
        if (const PlanSlot* slot = take_next(size, alignment, caller_matches))
            return {slot->offset, Miss::none};
        const auto equals = [&](std::uint32_t index) {
            const PlanSlot& slot = slots_[index];
            return slot.size == size && slot.alignment == alignment && caller_matches(slot.caller);
        };
        const auto is_variable = [&](std::uint32_t index) {
            const PlanSlot& slot = slots_[index];
            return (slot.flags & kSlotVariable) != 0 && slot.alignment == alignment &&
                   caller_matches(slot.caller);
        };
        const auto fits = [&](std::uint32_t index) {
            return size <= slots_[index].size && is_variable(index);
        };
        if (equals(cursor_) || fits(cursor_)) return take_at_cursor();
        if (const std::uint32_t index = first_ahead(kWindow, equals)) {
            pass_until(index);
            return take_at_cursor();
        }
        // Its place, if all goes on as before, but more than there is room for: the place is kept.
        if (is_variable(cursor_)) {
            pass_cursor();
            ++counts_.unmatched;
            return {0, Miss::unmatched};
        }
        if (const std::uint32_t index = first_ahead(kVariableWindow, fits)) {
            pass_until(index);
            return take_at_cursor();
        }
        if (cursor_ != 0 && equals(0)) {
            restart();
            return take_at_cursor();
        }
        ++counts_.unmatched;
        return {0, Miss::unmatched};
    }

    // Passes what is left of the round and begins the next; also how an arena is taken over by another
    // thread.
    void restart();

    // Passes slots up to `slot` (after the cursor, at most the last one), for a thread that comes in
    // mid-round.
    void skip_to(std::uint32_t slot) { pass_until(slot); }

    // `slot` is the next, in this round or, if it lies behind, in the next one. O(slots).
    void go_to(std::uint32_t slot);

    // A lost thread has found its place again, and is there.
    void count_resync() { ++counts_.resyncs; }

    // Whether the last two rounds were both refused more than an eighth of their slots: blocks that stay
    // alive hold the arena's bytes, and the plan would run better in another one.
    [[nodiscard]] bool crowded() const { return crowded_rounds_ >= 2; }

    // Whether no block of this arena is with the program. Any thread.
    [[nodiscard]] bool idle() const;

    // Gives back the block that starts at `offset`.
    [[nodiscard, gnu::always_inline]] Release release(std::uint64_t offset) {
        const std::int64_t start = start_at(offset);
        if (start < 0) return Release::not_a_block;
        std::atomic<SlotState>& state = states_[holders_[start].load(std::memory_order_relaxed)];
        if (state.load(std::memory_order_relaxed) != SlotState::live) return Release::not_live;
        state.store(SlotState::free, std::memory_order_release);
        return Release::done;
    }

    // Bytes of the live block that starts at `offset`; 0 if there is none.
    [[nodiscard]] std::uint64_t size_at(std::uint64_t offset) const;

    [[nodiscard]] SlotState state(std::uint32_t slot) const {
        return states_[slot].load(std::memory_order_acquire);
    }
    // The slot last served at a start of the plan, or the first one that could be.
    [[nodiscard]] std::uint32_t holder(std::uint32_t start) const {
        return holders_[start].load(std::memory_order_relaxed);
    }
    // How often the block of a slot was still with the program when the slot's turn came again, a round
    // later, is counted here from now on, up to 255: one a slot. It has no part in what is served.
    void count_escapes(std::atomic<std::uint8_t>* escapes) { escapes_ = escapes; }
    [[nodiscard]] unsigned escapes(std::uint32_t slot) const {
        return escapes_ == nullptr ? 0 : escapes_[slot].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint32_t cursor() const { return cursor_; }
    [[nodiscard]] const ReplayCounts& counts() const { return counts_; }
    [[nodiscard]] const PlanView& plan() const { return plan_; }

    // The invariant, checked the slow way (O(slots^2) bytes-wise): for tests.
    [[nodiscard]] bool invariant_holds() const;

  private:
    [[nodiscard, gnu::always_inline]] bool can_serve(const PlanSlot& slot, SlotState state) const {
        if (state == SlotState::live) return false;
        const std::atomic<SlotState>* const states = states_;  // the loads below would have it read each time
        const std::uint32_t* predecessor = predecessors_ + slot.first_predecessor;
        for (std::uint32_t left = slot.predecessor_count; left != 0; --left, ++predecessor) {
            if (states[*predecessor].load(std::memory_order_acquire) != SlotState::free) return false;
        }
        return true;
    }

    [[nodiscard]] Answer take_at_cursor() {
        const std::uint32_t index = cursor_;
        const PlanSlot& slot = slots_[index];
        if ((slot.flags & kSlotLeftOut) != 0) [[unlikely]] {
            ++counts_.left_out;
            advance();
            return {0, Miss::left_out};
        }
        const SlotState state = states_[index].load(std::memory_order_acquire);
        if (!can_serve(slot, state)) [[unlikely]] {
            ++counts_.occupied;
            if (state == SlotState::live) note_escape(index);
            mark_passed_unserved(index, state);
            advance();
            return {0, Miss::occupied};
        }
        serve(index, slot);
        advance();
        return {slot.offset, Miss::none};
    }

    [[gnu::always_inline]] void serve(std::uint32_t index, const PlanSlot& slot) {
        holders_[slot.start].store(index, std::memory_order_relaxed);
        states_[index].store(SlotState::live, std::memory_order_relaxed);
        ++counts_.hits;
    }

    // Without a look at the plan's header.
    [[nodiscard, gnu::always_inline]] std::int64_t start_at(std::uint64_t offset) const {
        return find_start(buckets_, starts_, bucket_mask_, offset);
    }

    // The first slot behind the cursor, at most `window` slots on, that `is` so; 0 if none is.
    template <class Is>
    [[nodiscard]] std::uint32_t first_ahead(std::uint32_t window, Is is) const {
        const std::uint32_t left = last_slot_ - cursor_;
        const std::uint32_t end = cursor_ + (left < window ? left : window);
        for (std::uint32_t index = cursor_ + 1; index <= end; ++index) {
            if (is(index)) return index;
        }
        return 0;
    }

    // Passes one slot, the round's last one too.
    void pass_cursor() {
        pass_until(cursor_ + 1);
        if (cursor_ == slot_count_) wrap();
    }

    void advance() {
        if (++cursor_ == slot_count_) [[unlikely]]
            wrap();
    }

    void note_escape(std::uint32_t index);
    void mark_passed_unserved(std::uint32_t index, SlotState state);
    void pass_until(std::uint32_t index);
    void wrap();
    void begin_round();
    void settle();
    void count_skipped(std::uint32_t end);

    PlanView plan_;
    const PlanSlot* slots_;
    const std::uint32_t* predecessors_;
    const std::uint32_t* buckets_;  // the plan's table of starts
    const std::uint64_t* starts_;
    std::uint32_t bucket_mask_;
    std::atomic<SlotState>* states_;       // one a slot
    std::atomic<std::uint32_t>* holders_;  // one a start: the slot last served there
    std::uint32_t* live_by_offset_;        // scratch of settle: live slots in the order of their offsets
    std::uint32_t slot_count_;
    std::uint32_t last_slot_;
    std::uint32_t cursor_ = 0;
    std::uint32_t crowded_rounds_ = 0;  // how many rounds running were refused too often
    std::uint64_t refused_before_ = 0;  // counts_.occupied at the round's start
    bool blocked_about_ = false;        // some slot may be `blocked`
    std::atomic<std::uint8_t>* escapes_ = nullptr;
    ReplayCounts counts_;
};

}  // namespace memo
