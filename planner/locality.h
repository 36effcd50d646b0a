// Of two plans of equal height, which one is kinder to the caches? How long ago the bytes that a block gets
// were last in use, and whether blocks used together contend for the same cache sets; and a search that makes
// a plan better at both without making it higher.
//
// Time here is counted in bytes requested: each block moves it on by its size when it is born. How much was
// requested since a byte was last in use says how much has been touched since, and so which cache may still
// hold it: a reuse distance (Mattson et al., "Evaluation techniques for storage hierarchies", IBM Systems
// Journal 9(2), 1970) that needs the plan alone, no run of the program.
//
// The mean of these distances is what people ask for, but little can be done about it: the waits at one byte
// add up to the time from its first birth to its last death less the time that it is occupied, and occupation
// summed over all bytes is the same in every plan. What a plan can choose is how unequal the waits are: many
// short and a few long ones (hot bytes used again and again) or all alike. A cache rewards the former, since
// a miss costs the same however long the wait was. Hence `coldness`, which a further doubling makes worse by
// as much at every distance, as further levels of a memory hierarchy do.
//
// All functions need a valid problem for which `is_plain`, and a valid packing of it. Moments order blocks of
// one birth by index, and deaths come before births. Thread safety: pure functions.
#pragma once

#include "planner/problem.h"
#include "planner/solution.h"
#include "planner/strategy.h"

namespace memo::planner {

struct Locality {
    // Bytes requested between the death of a byte's last occupant and the birth of its next one, the mean
    // over all bytes of all blocks but those that are fresh; 0 where there are none, and for the first block
    // born after a death.
    double reuse_distance = 0;
    // Bytes never occupied before: the bytes of the arena that are ever used.
    Bytes fresh;
    // The mean over all bytes of all blocks of log2(1 + distance / kNearby); the distance of a fresh byte is
    // the sum of all sizes, for a plan replayed round after round leaves it untouched for up to that long.
    double coldness = 0;
    // Of the pairs of a block and up to kUsedTogether that were born last before it and are alive at its
    // birth, the share (0 to 1, weighted by the smaller size) whose offsets differ by less than a cache line
    // modulo 4 KiB. Walked side by side, such blocks compete for the same sets of a first-level cache, whose
    // ways are a page each, and loads seem to depend on stores to the other block, which the processor
    // compares by their low 12 bits (Intel 64 and IA-32 Optimization Reference Manual, "4-KByte aliasing").
    double aliased = 0;

    bool operator==(const Locality&) const = default;
};

inline constexpr Bytes kNearby{32768};  // a first-level cache: all distances well below are alike
inline constexpr std::size_t kUsedTogether = 4;

// What `improve_locality` makes smaller: the coldness, and a quarter of a doubling for aliasing. Lower is
// better, and 0 the least.
[[nodiscard]] double locality_cost(const Locality& locality);

// O(n log n).
[[nodiscard]] Locality measure_locality(const Problem& problem, const Packing& packing);

// A packing at most as high (as the highest end) and with at most the cost: the same packing, where nothing
// better is found. Takes out one block after the other, in order of birth, and puts it where it costs least,
// itself and whoever comes to its old and new bytes later; blocks that lie at their hints stay there. Ends
// after a few passes, after an amount of work (well under a second), or with the budget; what the work allows
// does not depend on time, so the result depends on the problem and the packing alone unless the budget runs
// out. Of more than kMaxImproved blocks nothing is moved. A round of a few hundred blocks takes milliseconds.
[[nodiscard]] Packing improve_locality(const Problem& problem, const Packing& packing, const Budget& budget);

inline constexpr std::size_t kMaxImproved = 50'000;

}  // namespace memo::planner
