// The learner's brain: from the requests that a thread made lately to the plan of the round that they repeat.
// A pure library part: it reads what was watched, places blocks, and returns the bytes of a plan file. Who
// watches, when it is asked, and what becomes of the plan is not known here.
//
// A wrong round costs a replanning and a right one found late costs little, so what counts as a round is
// strict. Layers repeat inside a round, and while a long first round lasts nothing but their number tells
// them apart from a small network. These are the rules, on top of the period detection of common/periods.h:
//   1. The round is at least kMinPeriod requests long. Shorter repeats are loops, which the caches of every
//      general allocator serve well.
//   2. The thread is inside its rounds now: the last stretch of exact rounds has at least
//      LearnOptions::min_rounds and ends less than a round before the last request. No layers in the middle
//      of something, no phase that is over.
//   3. All exact rounds together have at least LearnOptions::min_requests requests: many rounds where they
//      are short, as layers are, and few where they are long.
//      Half as many are enough where the round begins with nothing of the last one alive: between two layers
//      what the first one hands to the second is.
//   4. Stretches of the same rounds that broke before are what layers look like from the second round on: the
//      last one must be longer than all of them, by more than a round. But layers break in the same few ways
//      again and again, so kWaysToBreak different ones mean rounds that something disturbs; and no layers go
//      on for kLongStretch times min_requests.
//
//   5. Where no exact rounds are found, sizes may be left out of the comparison (common/periods_variable.h).
//      Layers look alike then even where their sizes do not, so kVariableCaution times as many rounds and
//      requests are asked for, and they must not have broken before. Slots whose sizes changed are planned
//      for the largest one seen. They are looked for where the sequence, without its sizes, ends in enough
//      rounds that nothing disturbs; anywhere if LearnOptions::thorough.
//
// How long blocks live is taken from the last exact rounds but the first, each block judged once a whole
// further round has been seen after it: a block that is then still alive outlives its round wherever that
// begins. The round begins where the fewest blocks (then bytes) are live, and among equals with the rarest
// request, because replay finds the beginning of a round by it. A block that outlives its round in any of the
// rounds looked at is matched, to keep the place, but left out of the arena.
//
// Thread safety: pure functions, as far as `place_of` is one.
#pragma once

#include "common/units.h"
#include "planner/plan_builder.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace memo {

// One request of a watched thread. Requests that were not recorded, such as those below the threshold, do not
// exist here: indices and counts are of recorded ones.
struct WatchedRequest {
    static constexpr std::uint32_t kAlive = UINT32_MAX;

    std::uint64_t size = 0;
    const void* caller = nullptr;     // return address in the program
    std::uint32_t alignment = 0;      // as asked for; 0 where the entry point has none
    std::uint32_t freed_at = kAlive;  // how many requests had been made when it was freed, more than its own
                                      // index; kAlive: it was not freed yet
};

struct LearnOptions {
    // The module of an address and the offset from its load bias; nothing if it lies in no module. A request
    // from there is not planned.
    using PlaceOf = std::optional<planner::PlannedCaller> (*)(const void* address);

    Bytes min_size{4096};                   // what was recorded: goes into the plan's header
    std::size_t min_rounds = 4;             // at least 3: fewer are taken for 3
    std::size_t min_requests = 1024;        // 12 layers of up to 85 requests, 80 layers of 12
    std::chrono::milliseconds budget{200};  // for placing
    PlaceOf place_of = nullptr;             // asked once for each caller; without it nothing is learnt
    const char* program = "";               // path of the executable, for the plan; empty: any program
    bool thorough = true;  // look for rounds whose sizes change even where nothing says that there are any:
                           // about kThoroughCost a request, most of what learning takes
};

inline constexpr std::size_t kMinPeriod = 4;    // requests
inline constexpr std::size_t kWaysToBreak = 8;  // after how many requests, and at which one
inline constexpr std::size_t kLongStretch = 8;
inline constexpr std::size_t kVariableCaution = 3;
inline constexpr std::chrono::nanoseconds kThoroughCost{3000};

struct Lesson {
    std::vector<char> plan;      // the bytes of a plan file that check_plan accepts
    std::uint64_t period = 0;    // requests of a round, planned or not
    std::uint64_t rounds = 0;    // exact ones in a row that it was seen in
    std::uint64_t height = 0;    // bytes of an arena
    std::uint64_t variable = 0;  // slots that serve requests of any size up to their own
    std::uint64_t left_out = 0;  // slots whose blocks outlive the round
};

// Whether the last requests are rounds at first sight: seven in eight of some 500, or of three rounds if
// those are more, repeat what is a round before them. No promise either way: `learn` filters modules, leaves
// out sizes, and has rules. O(n).
[[nodiscard]] bool seems_to_repeat(std::span<const WatchedRequest> requests);

// The plan of what a thread's requests, the oldest first, repeat. Nothing if they do not repeat (yet), if
// nothing in their round can be planned, or if memory runs out. O(n log n) expected, and the placing.
[[nodiscard]] std::optional<Lesson> learn(std::span<const WatchedRequest> requests,
                                          const LearnOptions& options) noexcept;

}  // namespace memo
