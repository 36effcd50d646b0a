// Turns slots with offsets into the bytes of a plan file (common/plan_format.h): interns names and callers,
// builds the table of starts, and computes the predecessors.
#pragma once

#include "common/units.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memo::planner {

// A return address: the file name of its module, without directories, and the offset from the module's load
// bias.
struct PlannedCaller {
    std::string module;
    std::uint64_t offset = 0;

    auto operator<=>(const PlannedCaller&) const = default;
};

// A frame of a call stack, and which frame is outside of it.
struct PlannedFrame {
    PlannedCaller place;      // an empty module: the offset is an address
    std::string function;     // may be empty
    std::uint32_t outer = 0;  // index into PlanContents::frames plus one, of an earlier frame; 0: none
};

struct PlannedSlot {
    Bytes size;
    std::uint32_t alignment = 0;  // as the program asks for it; 0 where the entry point has none
    PlannedCaller caller;
    Offset offset;               // ignored for left-out slots
    Lifetime life;               // in allocations of the period, half-open
    std::uint32_t position = 0;  // which allocation of the period
    bool left_out = false;       // matched, but served by the next allocator
    bool variable = false;       // serves requests of up to its size
    std::string tag;
    std::uint32_t stack = 0;  // index into PlanContents::frames, of the innermost one, plus one; 0: none
};

struct PlanContents {
    std::string program;  // path of the executable; empty: any program
    std::string program_build_id;
    std::string strategy;
    bool proven_optimal = false;
    Bytes height;
    Bytes max_load;
    Bytes min_size{1};
    std::uint64_t period_requests = 0;
    Bytes period_bytes;
    std::vector<PlannedSlot> slots;  // in program order
    std::vector<PlannedFrame> frames;
};

// The file's bytes, 8-aligned sections and checksum included. The contents must fit the limits of
// plan_format.h (`check_plan` of the result says whether they did).
[[nodiscard]] std::vector<char> build_plan(const PlanContents& contents);

}  // namespace memo::planner
