// The plan file: one flat, versioned, checksummed block that the allocator seals read-only and uses as it
// stands (docs/plan-format.md). This header is the byte layout; common/plan_view.h checks a block field by
// field and gives access to it; planner/plan_builder.h writes one.
//
//   +-------------------+ 0
//   | PlanHeader        |  fixed size; says where everything else lies
//   +-------------------+ slots_at          (every section starts at a multiple of 8)
//   | PlanSlot[]        |  one a planned allocation of the period, in program order
//   +-------------------+ predecessors_at
//   | uint32[]          |  slot indices; each slot has a run of them
//   +-------------------+ callers_at
//   | PlanCaller[]      |  distinct return addresses: module and offset
//   +-------------------+ starts_at
//   | uint64[]          |  the distinct offsets at which blocks start, ascending
//   +-------------------+ buckets_at
//   | uint32[]          |  open-addressing hash table: offset -> index into starts, plus one (0: empty)
//   +-------------------+ strings_at
//   | char[]            |  names, each ended by a zero byte; the first byte is a zero (the empty name)
//   +-------------------+ frames_at          (these two are there only where frame_count is not 0)
//   | PlanFrame[]       |  the slots' call stacks, as a tree
//   +-------------------+ stacks_at
//   | uint32[]          |  for each slot its innermost frame, plus one (0: none)
//   +-------------------+ file_bytes
//
// Numbers are little-endian. Units: bytes, and indices of allocations within the period for lifetimes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memo {

inline constexpr char kPlanMagic[8] = {'M', 'E', 'M', 'O', 'P', 'L', 'A', 'N'};
inline constexpr std::uint32_t kPlanVersion = 2;
inline constexpr std::uint32_t kOldestPlanVersion = 1;  // that is still read: it has no call stacks

// Limits that keep every sum in 64 bits and every check fast.
inline constexpr std::uint32_t kMaxPlanSlots = 1U << 20;
inline constexpr std::uint32_t kMaxPlanFrames = 1U << 22;
inline constexpr std::uint64_t kMaxPlanHeight = std::uint64_t{1} << 40;
inline constexpr std::uint32_t kMaxPlanAlignment = 1U << 21;  // arenas start at multiples of this

struct PlanHeader {
    char magic[8];
    std::uint32_t version;
    std::uint32_t checksum;  // CRC-32C of the whole file with this field zero
    std::uint64_t file_bytes;
    std::uint64_t height;           // bytes of an arena
    std::uint64_t max_load;         // most bytes live at once among the planned slots: no plan can be lower
    std::uint64_t min_size;         // requests below this many bytes are left to the next allocator
    std::uint64_t period_requests;  // allocations in a round, planned or not
    std::uint64_t period_bytes;     // bytes asked for in a round, planned or not
    std::uint32_t slot_count;
    std::uint32_t predecessor_count;
    std::uint32_t caller_count;
    std::uint32_t start_count;
    std::uint32_t bucket_count;  // a power of two, at least twice start_count
    std::uint32_t string_bytes;
    std::uint64_t slots_at;
    std::uint64_t predecessors_at;
    std::uint64_t callers_at;
    std::uint64_t starts_at;
    std::uint64_t buckets_at;
    std::uint64_t strings_at;
    std::uint32_t program;  // string: path of the program the plan is for; empty: any program
    std::uint32_t program_build_id;
    std::uint32_t strategy;  // string: the planner's strategy that won
    std::uint32_t tool_version;
    std::uint32_t proven_optimal;  // 0 or 1
    std::uint32_t frame_count;     // 0: the plan has no call stacks
    std::uint64_t frames_at;
    std::uint64_t stacks_at;
    std::uint32_t reserved[4];  // zero
};
static_assert(sizeof(PlanHeader) == 192);

// A slot with this flag is matched, so that replay keeps its place, but served by the next allocator: its
// blocks outlive the round. It has no bytes, no predecessors and no start.
inline constexpr std::uint32_t kSlotLeftOut = 1;

// A slot with this flag serves requests of any size up to its own: they are matched by their place in the
// sequence, their caller and their alignment. A block that it served has all of the slot's bytes.
inline constexpr std::uint32_t kSlotVariable = 2;

struct PlanSlot {
    std::uint64_t size;       // bytes asked for, matched exactly unless the slot is variable
    std::uint64_t offset;     // in the arena
    std::uint32_t alignment;  // as asked for, matched exactly; 0 where the entry point has none
    std::uint32_t caller;     // index into the callers
    std::uint32_t first_predecessor;
    std::uint32_t predecessor_count;
    std::uint32_t start;  // index into the starts
    std::uint32_t flags;
    std::uint32_t lower;  // lifetime [lower, upper) in allocations of the period
    std::uint32_t upper;
    std::uint32_t tag;       // string: the op tag; may be empty
    std::uint32_t position;  // which allocation of the period this is, planned or not
};
static_assert(sizeof(PlanSlot) == 56);

struct PlanCaller {
    std::uint64_t offset;  // of the return address from the module's load bias
    std::uint32_t module;  // string: the file name of the module, without directories
    std::uint32_t reserved;
};
static_assert(sizeof(PlanCaller) == 16);

// One frame of the slots' call stacks: nothing but reports reads them.
struct PlanFrame {
    std::uint64_t
        offset;  // of the return address from the module's load bias; the address if there is no module
    std::uint32_t module;    // string: the file name of the module, without directories; may be empty
    std::uint32_t function;  // string: its name, without parameters; may be empty
    std::uint32_t outer;     // the frame outside of it, which comes before it, plus one; 0: none
    std::uint32_t reserved;
};
static_assert(sizeof(PlanFrame) == 24);

// Where a block that starts at `offset` is looked for first in `bucket_count` buckets.
[[nodiscard]] constexpr std::uint32_t plan_bucket(std::uint64_t offset, std::uint32_t bucket_count) {
    return static_cast<std::uint32_t>((offset * 0x9e3779b97f4a7c15ULL) >> 32) & (bucket_count - 1);
}

// Slots are placed at multiples of this at least, which is what malloc promises.
inline constexpr std::uint32_t kMinSlotAlignment = 16;

[[nodiscard]] constexpr std::uint32_t placed_alignment(std::uint32_t asked) {
    return asked < kMinSlotAlignment ? kMinSlotAlignment : asked;
}

}  // namespace memo
