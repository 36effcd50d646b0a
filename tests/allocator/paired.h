// `memo::Replay`, the class that runs in production, in lockstep with the reference: every step is made by
// both, and any difference in an answer, a state or the cursor is remembered. Its states can be saved and
// restored, so that an explorer can go back and try another step.
//
// Saving relies on two facts: a Replay is plain data (the compiler checks it), and all else that it changes
// is the memory it was given.
#pragma once

#include "checked_plan.h"
#include "reference.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace memo::testing {

class Paired {
  public:
    // Both must outlive the pair.
    Paired(const SmallPlan& plan, const PlanView& view)
        : plan_(&plan),
          memory_(replay_memory(view)),
          replay_(view, memory_.data()),
          reference_(plan, Rules::protocol) {}

    Answer request(std::uint64_t bytes, unsigned caller) {
        return compare(ask(bytes, caller), reference_.request(bytes, caller));
    }

    // A request of the right size from a caller that the plan does not know.
    Answer foreign_request() {
        return compare(ask((*plan_)[0].size(), kNobody), Reference::foreign_request());
    }

    void restart() {
        const std::uint64_t rounds = replay_.counts().rounds;
        replay_.restart();
        reference_.restart();
        note_blocked(rounds);
        compare({}, {});
    }

    void go_to(unsigned slot) {
        const std::uint64_t rounds = replay_.counts().rounds;
        replay_.go_to(slot);
        reference_.go_to(slot);
        note_blocked(rounds);
        compare({}, {});
    }

    Release release(unsigned first) {
        const Release outcome = replay_.release(first * kGranule);
        differs_ |= (reference_.release(first) == Release::done) != (outcome == Release::done);
        compare({}, {});
        return outcome;
    }

    [[nodiscard]] unsigned cursor() const { return replay_.cursor(); }
    [[nodiscard]] SlotState state(unsigned slot) const { return replay_.state(slot); }
    [[nodiscard]] bool invariant_holds() const {
        return !differs_ && replay_.invariant_holds() && reference_.invariant_holds();
    }
    [[nodiscard]] std::uint64_t size_at(unsigned first) const { return replay_.size_at(first * kGranule); }

    // Everything the future depends on: the memory, the cursor, and whether a slot was blocked since the last
    // wrap.
    using Key = std::array<std::uint64_t, 8>;
    [[nodiscard]] Key key() const {
        Key key{};
        std::copy(memory_.begin(), memory_.end(), key.begin());
        key.back() = replay_.cursor() * 2 + (blocked_since_wrap_ ? 1U : 0U);
        return key;
    }

    struct Snapshot {
        Replay replay;
        Reference::Snapshot reference;
        Key key;
    };
    static_assert(std::is_trivially_copyable_v<Replay>);

    [[nodiscard]] Snapshot save() const { return {replay_, reference_.save(), key()}; }
    void restore(const Snapshot& snapshot) {
        replay_ = snapshot.replay;
        reference_.restore(snapshot.reference);
        std::copy_n(snapshot.key.begin(), memory_.size(), memory_.begin());
        blocked_since_wrap_ = snapshot.key.back() % 2 != 0;
    }

  private:
    static constexpr unsigned kNobody = ~0U;

    // The builder numbers callers in the order of their first slots, which is how small plans number them.
    Answer ask(std::uint64_t size, unsigned caller) {
        const std::uint64_t rounds = replay_.counts().rounds;
        const Answer answer = replay_.request(size, 0, [&](std::uint32_t index) { return index == caller; });
        note_blocked(rounds);
        return answer;
    }

    void note_blocked(std::uint64_t rounds_before) {
        if (replay_.counts().rounds != rounds_before) blocked_since_wrap_ = false;
        for (unsigned slot = 0; slot < plan_->size(); ++slot) {
            blocked_since_wrap_ |= replay_.state(slot) == SlotState::blocked;
        }
    }

    Answer compare(const Answer& mine, const Answer& expected) {
        differs_ |= mine.miss != expected.miss || mine.offset != expected.offset;
        differs_ |= replay_.cursor() != reference_.cursor();
        for (unsigned slot = 0; slot < plan_->size(); ++slot) {
            differs_ |= replay_.state(slot) != reference_.state(slot);
        }
        return mine;
    }

    const SmallPlan* plan_;
    std::vector<std::uint64_t> memory_;
    Replay replay_;
    Reference reference_;
    bool blocked_since_wrap_ = false;
    bool differs_ = false;
};

}  // namespace memo::testing
