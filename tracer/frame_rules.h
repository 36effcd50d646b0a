// How to get from one call-stack frame to the next, read from a module's .eh_frame: just what call stacks
// need of it, the stack pointer, the frame pointer and the return address.
//
// Invariants: a rule fits in 32 bits; what it cannot say
// (a signal's frame, a linkage stub, code without unwind tables) is `unknown`, never a guess. Only mapped
// unwind tables are read, no lock is taken and nothing is allocated. Thread safety: pure functions.
#pragma once

#include "tracer/modules.h"

#include <cstdint>

namespace memo::tracer {

struct FrameRule {
    enum class Kind : std::uint8_t {
        unknown,
        outermost,    // nothing called this function
        from_sp,      // the frame above begins at stack pointer + begin
        from_fp,      // ... at frame pointer + begin
        saved_by_fp,  // ... at the address held in memory at frame pointer + begin
    };
    enum class FramePointer : std::uint8_t {
        kept,           // the caller's is in the register still
        saved,          // it is in memory, at the beginning of the frame above + fp_offset
        saved_near_fp,  // ... at the frame pointer + fp_offset
    };

    Kind kind = Kind::unknown;
    FramePointer frame_pointer = FramePointer::kept;
    std::int32_t begin = 0;
    std::int32_t fp_offset = 0;

    // Does the frame above depend on the frame pointer? Is the one above's frame pointer this frame's?
    [[nodiscard]] bool uses_frame_pointer() const {
        return kind == Kind::from_fp || kind == Kind::saved_by_fp ||
               frame_pointer == FramePointer::saved_near_fp;
    }
    [[nodiscard]] bool keeps_frame_pointer() const { return frame_pointer == FramePointer::kept; }

    // kind 3 bits | frame_pointer 2 | begin / 8, 17 bits | fp_offset / 8, 10 bits, both in two's complement.
    [[nodiscard]] std::uint32_t packed() const {
        const auto units = [](std::int32_t bytes) { return static_cast<std::uint32_t>(bytes / 8); };
        return static_cast<std::uint32_t>(kind) | static_cast<std::uint32_t>(frame_pointer) << 3U |
               (units(begin) & 0x1ffffU) << 5U | (units(fp_offset) & 0x3ffU) << 22U;
    }
    [[nodiscard]] static FrameRule unpacked(std::uint32_t word) {
        FrameRule rule;
        rule.kind = static_cast<Kind>(word & 7U);
        rule.frame_pointer = static_cast<FramePointer>(word >> 3U & 3U);
        rule.begin = static_cast<std::int32_t>(word << 10U) >> 15U << 3U;
        rule.fp_offset = static_cast<std::int32_t>(word) >> 22U << 3U;
        return rule;
    }
};

// The rule for the frame whose execution goes on at `return_address`, in the module that holds it.
[[nodiscard]] FrameRule frame_rule_at(std::uintptr_t return_address, const ModuleView& module);

}  // namespace memo::tracer
