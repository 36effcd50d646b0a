// Exhaustive exploration of one small plan: from the start state, every step a program can make, in every
// state that such steps lead to. There are finitely many states, so this covers every program of every
// length: requests for any slot (in order, leaving some out, beginning again), smaller and larger ones where
// sizes vary, foreign requests, frees of any live block, a thread that finds itself anywhere else in the
// plan, and another thread taking the arena over.
//
// What is live is kept in a map of granules that knows nothing of the machine under test; a block handed out
// on granules that this map holds to be in use is an overlap. The map is part of each state's identity.
//
// A machine answers request(bytes, caller), foreign_request(), restart(), go_to(slot), release(granule),
// cursor(), state(slot), invariant_holds(), key(), save() and restore(). One that can also pass() a single
// slot is explored with frees falling between any two slots of a jump, as other threads' frees do.
#pragma once

#include "reference.h"
#include "small_plan.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace memo::testing {

struct Findings {
    std::uint64_t states = 0;
    std::uint64_t steps = 0;
    std::uint64_t overlaps = 0;
    unsigned slowest_recovery = 0;  // clean rounds with a miss in them, after everything was freed
    std::string wrong;              // the first thing that was not as promised, overlaps aside

    void operator+=(const Findings& other) {
        states += other.states;
        steps += other.steps;
        overlaps += other.overlaps;
        slowest_recovery =
            slowest_recovery < other.slowest_recovery ? other.slowest_recovery : slowest_recovery;
        if (wrong.empty()) wrong = other.wrong;
    }
};

// Which slot's block is on each granule.
class Shadow {
  public:
    static constexpr std::uint8_t kNothing = 0xff;

    Shadow() { on_.fill(kNothing); }

    // False if something is there already.
    bool place(const SmallSlot& slot, unsigned index) {
        for (unsigned granule = slot.first; granule < slot.end; ++granule) {
            if (on_[granule] != kNothing) return false;
            on_[granule] = static_cast<std::uint8_t>(index);
        }
        return true;
    }
    void remove(unsigned index) {
        for (std::uint8_t& granule : on_) {
            if (granule == index) granule = kNothing;
        }
    }
    // The slot whose block starts at this granule.
    [[nodiscard]] std::uint8_t starting_at(unsigned granule) const {
        return granule != 0 && on_[granule - 1] == on_[granule] ? kNothing : on_[granule];
    }
    [[nodiscard]] bool empty() const {
        for (const std::uint8_t granule : on_) {
            if (granule != kNothing) return false;
        }
        return true;
    }
    bool operator==(const Shadow&) const = default;
    [[nodiscard]] std::uint64_t key() const {
        std::uint64_t key = 0;
        for (const std::uint8_t granule : on_) key = key * 8 + (granule & 7U);
        return key;
    }

  private:
    std::array<std::uint8_t, kMostGranules> on_{};
};

template <class Machine>
class Explorer {
  public:
    Explorer(const SmallPlan& plan, Machine& machine) : plan_(plan), machine_(machine) {}

    // Stops at the first overlap. `recovery`: also check that replay finds its way back (distinct keys only).
    Findings run(bool recovery) {
        reach();
        for (std::size_t next = 0;
             next < states_.size() && findings_.overlaps == 0 && findings_.wrong.empty(); ++next) {
            const State from = states_[next];
            enter(from);
            check(recovery);
            for (unsigned slot = 0; slot < plan_.size(); ++slot) {
                enter(from);
                request(slot);
                reach();
                enter(from);
                machine_.go_to(slot);
                reach();
                if (!plan_[slot].variable) continue;
                for (const std::uint64_t bytes :
                     {plan_[slot].size() - kGranule / 2, plan_[slot].size() + 1}) {
                    enter(from);
                    request(bytes, plan_[slot].caller);
                    reach();
                }
            }
            enter(from);
            machine_.foreign_request();
            reach();
            enter(from);
            machine_.restart();
            reach();
            if constexpr (requires { machine_.pass(); }) {
                enter(from);
                machine_.pass();
                reach();
            }
            for (unsigned granule = 0; granule < kMostGranules; ++granule) {
                enter(from);
                if (release(granule)) reach();
            }
        }
        return findings_;
    }

  private:
    using MachineKey = decltype(std::declval<const Machine&>().key());
    struct State {
        MachineKey key;
        Shadow shadow;
        typename Machine::Snapshot machine;
    };

    [[nodiscard]] static std::uint64_t hash(const MachineKey& key, const Shadow& shadow) {
        std::uint64_t hash = shadow.key();
        const auto mix = [&](std::uint64_t word) {
            hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
            hash ^= hash >> 29;
        };
        if constexpr (requires { key.size(); }) {
            for (const std::uint64_t word : key) mix(word);
        } else {
            mix(key);
        }
        return hash;
    }

    // Where in the table of states seen this one is, or belongs.
    [[nodiscard]] std::size_t place_of(const MachineKey& key, const Shadow& shadow) const {
        for (std::size_t place = hash(key, shadow) % table_.size();; place = (place + 1) % table_.size()) {
            if (table_[place] == 0) return place;
            const State& state = states_[table_[place] - 1];
            if (state.key == key && state.shadow == shadow) return place;
        }
    }

    void enter(const State& state) {
        machine_.restore(state.machine);
        shadow_ = state.shadow;
    }

    void reach() {
        ++findings_.steps;
        const MachineKey key = machine_.key();
        std::size_t place = place_of(key, shadow_);
        if (table_[place] != 0) return;
        if (states_.size() * 2 > table_.size()) {
            table_.assign(table_.size() * 4, 0);
            for (std::uint32_t i = 0; i < states_.size(); ++i) {
                table_[place_of(states_[i].key, states_[i].shadow)] = i + 1;
            }
            place = place_of(key, shadow_);
        }
        ++findings_.states;
        states_.push_back({key, shadow_, machine_.save()});
        table_[place] = static_cast<std::uint32_t>(states_.size());
    }

    // The slot that a served block belongs to is the one just before the cursor.
    Answer request(unsigned like) { return request(plan_[like].size(), plan_[like].caller); }
    Answer request(std::uint64_t bytes, unsigned caller) {
        const Answer answer = machine_.request(bytes, caller);
        if (answer.miss != Miss::none) return answer;
        const auto count = static_cast<unsigned>(plan_.size());
        const unsigned served = (machine_.cursor() + count - 1) % count;
        const SmallSlot& slot = plan_[served];
        if (slot.left_out || !slot.fits(bytes, caller) || answer.offset != slot.first * kGranule) {
            findings_.wrong = "served something else than was asked for";
        } else if (!shadow_.place(slot, served)) {
            ++findings_.overlaps;
        }
        return answer;
    }

    bool release(unsigned granule) {
        const std::uint8_t slot = shadow_.starting_at(granule);
        const bool done = machine_.release(granule) == Release::done;
        if (done != (slot != Shadow::kNothing)) findings_.wrong = "a free was taken for something else";
        if (slot != Shadow::kNothing) shadow_.remove(slot);
        return done;
    }

    void check(bool recovery) {
        if (!machine_.invariant_holds())
            findings_.wrong = "the invariant, or the agreement with the reference, is broken";
        for (unsigned slot = 0; slot < plan_.size(); ++slot) {
            const bool live = !plan_[slot].left_out && shadow_.starting_at(plan_[slot].first) == slot;
            if (live != (machine_.state(slot) == SlotState::live))
                findings_.wrong = "a state is wrong about what lives";
        }
        if constexpr (requires { machine_.size_at(0); }) {
            for (unsigned granule = 0; granule < kMostGranules; ++granule) {
                const std::uint8_t slot = shadow_.starting_at(granule);
                const std::uint64_t size = slot == Shadow::kNothing ? 0 : plan_[slot].size();
                if (machine_.size_at(granule) != size) findings_.wrong = "a block's size is wrong";
            }
        }
        if (!recovery || !shadow_.empty()) return;
        const auto start = machine_.save();
        check_recovery(true);
        machine_.restore(start);
        check_recovery(false);
    }

    // Clean rounds, in which every block lives for as long as the plan allows: until just before the next
    // slot on its bytes is asked for, at the latest at the end of the round, or, `cyclic`, on into the next
    // one.
    void check_recovery(bool cyclic) {
        constexpr unsigned kMostRounds = 4;
        unsigned last_missed = 0;
        for (unsigned round = 1; round <= kMostRounds; ++round) {
            for (unsigned slot = 0; slot < plan_.size(); ++slot) {
                free_all([&](unsigned other) { return plan_[other].overlaps(plan_[slot]); });
                const Answer answer = request(slot);
                if (answer.miss != (plan_[slot].left_out ? Miss::left_out : Miss::none)) last_missed = round;
            }
            if (!cyclic) free_all([](unsigned) { return true; });
        }
        if (last_missed == kMostRounds) findings_.wrong = "replay did not recover";
        if (last_missed > findings_.slowest_recovery) findings_.slowest_recovery = last_missed;
        free_all([](unsigned) { return true; });
    }

    template <class Which>
    void free_all(Which which) {
        for (unsigned granule = 0; granule < kMostGranules; ++granule) {
            const std::uint8_t slot = shadow_.starting_at(granule);
            if (slot != Shadow::kNothing && which(slot)) release(granule);
        }
    }

    const SmallPlan& plan_;
    Machine& machine_;
    Shadow shadow_;
    Findings findings_;
    std::vector<State> states_;  // all seen, in the order they were found
    std::vector<std::uint32_t> table_ =
        std::vector<std::uint32_t>(1024, 0);  // hashed: index into states_, plus one
};

}  // namespace memo::testing
