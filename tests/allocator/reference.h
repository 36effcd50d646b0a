// The replay protocol of docs/safety.md written a second time, straight from its text and with none of the
// machinery of allocator/replay.h: "the last slot passed that covers this granule" is looked for where the
// text says so, there are no predecessor lists, no table of starts, and wrapping compares all pairs. It
// agrees with `memo::Replay` step by step (the model check says so), and its rules can be broken on purpose,
// to show that the check would see it.
#pragma once

#include "allocator/replay.h"
#include "small_plan.h"

#include <array>
#include <cstdint>

namespace memo::testing {

enum class Rules : std::uint8_t {
    protocol,
    wrap_marks_nothing,      // mutant: a wrap frees every slot that is not live and blocks none
    pass_always_says_free,   // mutant: a slot passed without being served never becomes blocked
    serve_checks_only_self,  // mutant: a slot is served whenever its own last block is gone
};

class Reference {
  public:
    Reference(const SmallPlan& plan, Rules rules) : plan_(&plan), rules_(rules) {}

    Answer request(std::uint64_t bytes, unsigned caller) {
        if ((*plan_)[cursor_].fits(bytes, caller)) return take();
        for (unsigned slot = cursor_ + 1; slot < count(); ++slot) {
            if (!(*plan_)[slot].equals(bytes, caller)) continue;
            while (cursor_ < slot) pass();
            return take();
        }
        if ((*plan_)[cursor_].variable && (*plan_)[cursor_].caller == caller) {
            pass();
            return {0, Miss::unmatched};
        }
        for (unsigned slot = cursor_ + 1; slot < count() && slot <= cursor_ + Replay::kVariableWindow;
             ++slot) {
            if (!(*plan_)[slot].fits(bytes, caller)) continue;
            while (cursor_ < slot) pass();
            return take();
        }
        if (!(*plan_)[0].equals(bytes, caller)) return {0, Miss::unmatched};
        restart();
        return take();
    }

    static Answer foreign_request() { return {0, Miss::unmatched}; }

    // Passes the slot at the cursor without a request for it.
    void pass() {
        if (!(*plan_)[cursor_].left_out) mark_unserved(cursor_);
        advance();
    }

    void restart() {
        while (cursor_ != 0) pass();
    }

    void go_to(unsigned slot) {
        cursor_ = slot;
        settle();
    }

    // Frees the block that starts at granule `first`.
    Release release(unsigned first) {
        for (unsigned slot = 0; slot < count(); ++slot) {
            if (states_[slot] != SlotState::live || (*plan_)[slot].first != first) continue;
            states_[slot] = SlotState::free;
            return Release::done;
        }
        return Release::not_live;
    }

    [[nodiscard]] unsigned cursor() const { return cursor_; }
    [[nodiscard]] SlotState state(unsigned slot) const { return states_[slot]; }

    // For every granule: if the last slot passed that covers it is free, no live slot covers it.
    [[nodiscard]] bool invariant_holds() const {
        for (unsigned granule = 0; granule < kMostGranules; ++granule) {
            if (!is_covered(granule) || states_[last_passed(cursor_, granule)] != SlotState::free) continue;
            for (unsigned slot = 0; slot < count(); ++slot) {
                if ((*plan_)[slot].covers(granule) && states_[slot] == SlotState::live) return false;
            }
        }
        return true;
    }

    // Everything the future depends on.
    [[nodiscard]] std::uint64_t key() const {
        std::uint64_t key = cursor_;
        for (unsigned slot = 0; slot < count(); ++slot) key = key * 4 + static_cast<unsigned>(states_[slot]);
        return key;
    }

    struct Snapshot {
        unsigned cursor;
        std::array<SlotState, kMostSmallSlots> states;
    };
    [[nodiscard]] Snapshot save() const { return {cursor_, states_}; }
    void restore(const Snapshot& snapshot) { cursor_ = snapshot.cursor, states_ = snapshot.states; }

  private:
    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(plan_->size()); }

    [[nodiscard]] bool is_covered(unsigned granule) const {
        for (const SmallSlot& slot : *plan_) {
            if (slot.covers(granule)) return true;
        }
        return false;
    }

    // The last slot before `cursor`, in cyclic order, that covers the granule; one must.
    [[nodiscard]] unsigned last_passed(unsigned cursor, unsigned granule) const {
        unsigned slot = cursor;
        do {
            slot = (slot == 0 ? count() : slot) - 1;
        } while (!(*plan_)[slot].covers(granule));
        return slot;
    }

    [[nodiscard]] bool can_serve(unsigned slot) const {
        if (states_[slot] == SlotState::live) return false;
        if (rules_ == Rules::serve_checks_only_self) return true;
        for (unsigned granule = (*plan_)[slot].first; granule < (*plan_)[slot].end; ++granule) {
            if (states_[last_passed(slot, granule)] != SlotState::free) return false;
        }
        return true;
    }

    void mark_unserved(unsigned slot) {
        if (states_[slot] == SlotState::live) return;
        const bool says_free = can_serve(slot) || rules_ == Rules::pass_always_says_free;
        states_[slot] = says_free ? SlotState::free : SlotState::blocked;
    }

    Answer take() {
        const unsigned slot = cursor_;
        if ((*plan_)[slot].left_out) return advance(), Answer{0, Miss::left_out};
        if (!can_serve(slot)) return mark_unserved(slot), advance(), Answer{0, Miss::occupied};
        states_[slot] = SlotState::live;
        advance();
        return {(*plan_)[slot].first * kGranule, Miss::none};
    }

    void advance() {
        if (++cursor_ < count()) return;
        cursor_ = 0;
        bool any_blocked = false;
        for (unsigned slot = 0; slot < count(); ++slot) any_blocked |= states_[slot] == SlotState::blocked;
        if (any_blocked) settle();
    }

    // What is known at the end of a lap that ends at the cursor.
    void settle() {
        for (unsigned slot = 0; slot < count(); ++slot) {
            if (states_[slot] != SlotState::live) states_[slot] = SlotState::free;
        }
        if (rules_ == Rules::wrap_marks_nothing) return;
        for (unsigned live = 0; live < count(); ++live) {
            if (states_[live] != SlotState::live) continue;
            for (unsigned later = (live + 1) % count(); later != cursor_; later = (later + 1) % count()) {
                if ((*plan_)[later].overlaps((*plan_)[live])) states_[later] = SlotState::blocked;
            }
        }
    }

    const SmallPlan* plan_;
    Rules rules_;
    unsigned cursor_ = 0;
    std::array<SlotState, kMostSmallSlots> states_{};
};

}  // namespace memo::testing
