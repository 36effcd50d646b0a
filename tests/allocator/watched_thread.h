// Made-up threads for the tests of the learner: rounds of requests whose blocks live for so many requests,
// the thread as it would have been watched, everything that is promised of a lesson, and a replay of its
// plan.
#pragma once

#include "allocator/learn.h"
#include "allocator/replay.h"
#include "checked_plan.h"
#include "random_plan.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace memo::testing {

inline constexpr std::uint32_t kForever = UINT32_MAX;

// A request and for how many requests, itself included, its block lives.
struct Step {
    std::uint64_t size = 0;
    std::uint64_t caller = 0;  // module * kModuleBytes + offset; no module is below kModuleBytes
    std::uint32_t alignment = 0;
    std::uint32_t life = 1;
};
using Steps = std::vector<Step>;

inline constexpr std::uint64_t kModuleBytes = 1 << 20;

inline const void* address_of(std::uint64_t caller) {
    return reinterpret_cast<const void*>(caller);
}

inline std::optional<planner::PlannedCaller> place_of(const void* address) {
    const auto caller = reinterpret_cast<std::uintptr_t>(address);
    if (caller < kModuleBytes) return std::nullopt;
    return planner::PlannedCaller{"lib" + std::to_string(caller / kModuleBytes) + ".so",
                                  caller % kModuleBytes};
}

inline constexpr LearnOptions kOptions{.budget = std::chrono::milliseconds{4}, .place_of = place_of};

// What a watched thread has done, up to now.
class Thread {
  public:
    void run(const Steps& steps, std::size_t times = 1) {
        for (std::size_t i = 0; i < times; ++i) steps_.insert(steps_.end(), steps.begin(), steps.end());
    }

    [[nodiscard]] std::size_t size() const { return steps_.size(); }
    [[nodiscard]] const Steps& steps() const { return steps_; }

    // As it was watched when `count` requests had been made.
    [[nodiscard]] std::vector<WatchedRequest> watched(std::size_t count) const {
        std::vector<WatchedRequest> requests;
        for (std::size_t i = 0; i < count; ++i) {
            const Step& step = steps_[i];
            const std::uint64_t end = i + std::uint64_t{step.life};
            requests.push_back(
                {.size = step.size,
                 .caller = address_of(step.caller),
                 .alignment = step.alignment,
                 .freed_at = end <= count ? static_cast<std::uint32_t>(end) : WatchedRequest::kAlive});
        }
        return requests;
    }
    [[nodiscard]] std::vector<WatchedRequest> watched() const { return watched(size()); }

  private:
    Steps steps_;
};

inline Step random_step(std::mt19937_64& random, std::uint64_t module) {
    return {.size = 4096 + draw(random, 1 << 20),
            .caller = module * kModuleBytes + 1 + draw(random, 5000),
            .alignment = chance(random, 90000) ? 0 : 16U << draw(random, 4),
            .life = static_cast<std::uint32_t>(1 + draw(random, 12))};
}

inline Steps random_steps(std::mt19937_64& random, std::size_t count, std::uint64_t module = 1) {
    Steps steps;
    for (std::size_t i = 0; i < count; ++i) steps.push_back(random_step(random, module));
    return steps;
}

// Nothing outlives the round, and its first block, an input, lives through all of it: there is one quietest
// place to begin.
inline Steps as_round(Steps steps) {
    const auto length = static_cast<std::uint32_t>(steps.size());
    for (std::uint32_t i = 0; i < length; ++i) steps[i].life = std::min(steps[i].life, length - i);
    steps.front().life = length;
    return steps;
}

inline Steps random_round(std::mt19937_64& random, std::size_t length) {
    return as_round(random_steps(random, length));
}

// Head, equal layers, tail.
inline Steps layered_round(std::mt19937_64& random, std::size_t head, std::size_t layers, std::size_t layer,
                           std::size_t tail) {
    Steps round = random_steps(random, head);
    const Steps one = random_steps(random, layer);
    for (std::size_t i = 0; i < layers; ++i) round.insert(round.end(), one.begin(), one.end());
    const Steps end = random_steps(random, tail);
    round.insert(round.end(), end.begin(), end.end());
    return as_round(std::move(round));
}

// A second look at everything that is promised of a lesson.
inline void check_sound(const Lesson& lesson, Bytes min_size = Bytes{4096}) {
    const CheckedPlan plan(lesson.plan);
    REQUIRE(plan.wrong() == nullptr);
    const PlanHeader& header = plan.view().header();
    CHECK(header.height == lesson.height);
    CHECK(header.period_requests == lesson.period);
    CHECK(header.min_size == min_size.value);

    struct Placed {
        std::uint64_t begin, end;
    };
    std::uint64_t sum = 0;
    std::uint64_t left_out = 0;
    std::size_t overlaps = 0;
    std::vector<std::uint64_t> loads(lesson.period, 0);
    std::map<std::uint64_t, std::uint64_t> live;       // offset to end
    std::multimap<std::uint64_t, std::uint64_t> ends;  // moment to offset
    std::uint64_t last_position = 0;
    for (const PlanSlot& slot : plan.view().slots()) {
        REQUIRE(slot.lower == slot.position);
        REQUIRE(slot.upper <= lesson.period);
        REQUIRE((slot.position > last_position || &slot == plan.view().slots().data()));
        last_position = slot.position;
        if ((slot.flags & kSlotLeftOut) != 0) {
            ++left_out;
            continue;
        }
        sum += slot.size + placed_alignment(slot.alignment);
        for (std::uint32_t moment = slot.lower; moment < slot.upper; ++moment) loads[moment] += slot.size;
        for (; !ends.empty() && ends.begin()->first <= slot.lower; ends.erase(ends.begin()))
            live.erase(ends.begin()->second);
        const auto after = live.lower_bound(slot.offset);
        if (after != live.end() && after->first < slot.offset + slot.size) ++overlaps;
        if (after != live.begin() && std::prev(after)->second > slot.offset) ++overlaps;
        live.emplace(slot.offset, slot.offset + slot.size);
        ends.emplace(slot.upper, slot.offset);
    }
    CHECK(overlaps == 0);
    CHECK(left_out == lesson.left_out);
    CHECK(header.max_load == *std::max_element(loads.begin(), loads.end()));
    CHECK(lesson.height >= header.max_load);
    CHECK(lesson.height <= sum);
}

struct Served {
    std::uint64_t hits = 0;
    std::uint64_t unmatched = 0;
    std::uint64_t occupied = 0;
    std::uint64_t left_out = 0;
    bool overlap = false;
};

// Replays the plan over `steps`, which begin where its round does.
inline Served replay(const Lesson& lesson, const Steps& steps) {
    const CheckedPlan plan(lesson.plan);
    REQUIRE(plan.wrong() == nullptr);
    const PlanView view = plan.view();
    std::vector<std::uint64_t> memory = replay_memory(view);
    Replay replay(view, memory.data());
    std::map<std::uint64_t, std::uint64_t> live;       // offset to end
    std::multimap<std::uint64_t, std::uint64_t> ends;  // moment to offset
    Served served;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        for (; !ends.empty() && ends.begin()->first <= i; ends.erase(ends.begin())) {
            live.erase(ends.begin()->second);
            REQUIRE(replay.release(ends.begin()->second) == Release::done);
        }
        const Step& step = steps[i];
        const auto place = place_of(address_of(step.caller));
        const Answer answer = replay.request(step.size, step.alignment, [&](std::uint32_t index) {
            const PlanCaller& caller = view.callers()[index];
            return place && view.string(caller.module) == place->module && caller.offset == place->offset;
        });
        if (answer.miss != Miss::none) continue;
        const auto after = live.lower_bound(answer.offset);
        served.overlap = served.overlap || (after != live.end() && after->first < answer.offset + step.size);
        served.overlap =
            served.overlap || (after != live.begin() && std::prev(after)->second > answer.offset);
        live.emplace(answer.offset, answer.offset + step.size);
        ends.emplace(i + std::uint64_t{step.life}, answer.offset);
    }
    served.hits = replay.counts().hits;
    served.unmatched = replay.counts().unmatched;
    served.occupied = replay.counts().occupied;
    served.left_out = replay.counts().left_out;
    return served;
}

// `steps` from `begin` on, around.
inline Steps rotated(const Steps& steps, std::size_t begin) {
    Steps result(steps.begin() + static_cast<std::ptrdiff_t>(begin), steps.end());
    result.insert(result.end(), steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(begin));
    return result;
}

inline Steps twice(const Steps& steps) {
    Steps result = steps;
    result.insert(result.end(), steps.begin(), steps.end());
    return result;
}

// The first slot of the plan is the request that `steps` begin with.
inline bool begins_with(const Lesson& lesson, const Steps& steps) {
    const CheckedPlan plan(lesson.plan);
    const PlanSlot& first = plan.view().slots().front();
    const PlanCaller& caller = plan.view().callers()[first.caller];
    return first.position == 0 && first.size == steps.front().size &&
           caller.offset == steps.front().caller % kModuleBytes;
}

}  // namespace memo::testing
