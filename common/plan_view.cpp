// Checking a plan block (common/plan_view.h): nothing in the file is believed before it was compared.
#include "common/plan_view.h"

#include "common/crc32c.h"
#include "common/predecessors.h"
#include "common/units.h"

#include <algorithm>
#include <cstring>

namespace memo {

namespace {

[[nodiscard]] PlanHeader copy_header(const void* block) {
    PlanHeader header;
    std::memcpy(&header, block, sizeof header);
    return header;
}

[[nodiscard]] bool section_fits(std::uint64_t at, std::uint64_t count, std::uint64_t item,
                                std::uint64_t size) {
    return at % 8 == 0 && at >= sizeof(PlanHeader) && at <= size && count <= (size - at) / item;
}

[[nodiscard]] const char* check_header(const PlanHeader& header, std::uint64_t size) {
    if (header.file_bytes != size)
        return size < header.file_bytes ? "the plan is cut short" : "bytes after the plan's end";
    if (header.slot_count == 0) return "the plan has no slots";
    if (header.slot_count > kMaxPlanSlots) return "the plan has too many slots";
    if (header.height == 0 || header.height > kMaxPlanHeight) return "the plan's height is out of range";
    if (header.max_load > header.height) return "the plan's height is below its max load";
    if (header.min_size == 0) return "the plan's smallest size is zero";
    if (header.proven_optimal > 1) return "the plan's optimality flag is not 0 or 1";
    for (const std::uint32_t word : header.reserved) {
        if (word != 0) return "a reserved field is not zero";
    }
    if (!section_fits(header.slots_at, header.slot_count, sizeof(PlanSlot), size) ||
        !section_fits(header.predecessors_at, header.predecessor_count, sizeof(std::uint32_t), size) ||
        !section_fits(header.callers_at, header.caller_count, sizeof(PlanCaller), size) ||
        !section_fits(header.starts_at, header.start_count, sizeof(std::uint64_t), size) ||
        !section_fits(header.buckets_at, header.bucket_count, sizeof(std::uint32_t), size) ||
        !section_fits(header.strings_at, header.string_bytes, 1, size)) {
        return "a section lies outside the plan";
    }
    const bool has_frames = header.frame_count != 0;
    if (!has_frames && (header.frames_at != 0 || header.stacks_at != 0))
        return "a reserved field is not zero";
    if (has_frames && header.version == kOldestPlanVersion) return "a reserved field is not zero";
    if (header.frame_count > kMaxPlanFrames) return "the plan has too many frames";
    if (has_frames && (!section_fits(header.frames_at, header.frame_count, sizeof(PlanFrame), size) ||
                       !section_fits(header.stacks_at, header.slot_count, sizeof(std::uint32_t), size))) {
        return "a section lies outside the plan";
    }
    if (header.start_count > header.slot_count) return "the plan has more starts than slots";
    if (!is_power_of_two(header.bucket_count) ||
        header.bucket_count < 2 * std::uint64_t{header.start_count}) {
        return "the plan's hash table has a bad size";
    }
    return nullptr;
}

[[nodiscard]] const char* check_strings(const PlanView& plan) {
    const PlanHeader& header = plan.header();
    const std::uint32_t bytes = header.string_bytes;
    if (bytes == 0 || *plan.string(0) != '\0' || *plan.string(bytes - 1) != '\0')
        return "the plan's names are not ended";
    for (const std::uint32_t name :
         {header.program, header.program_build_id, header.strategy, header.tool_version}) {
        if (name >= bytes) return "a name lies outside the plan";
    }
    for (const PlanCaller& caller : plan.callers()) {
        if (caller.module >= bytes) return "a caller's module lies outside the plan's names";
        if (caller.reserved != 0) return "a reserved field is not zero";
    }
    for (const PlanSlot& slot : plan.slots()) {
        if (slot.tag >= bytes) return "a slot's tag lies outside the plan's names";
    }
    return nullptr;
}

// Frames come after those outside of them, so that every stack ends.
[[nodiscard]] const char* check_stacks(const PlanView& plan) {
    const PlanHeader& header = plan.header();
    std::uint32_t before = 0;
    for (const PlanFrame& frame : plan.frames()) {
        if (frame.module >= header.string_bytes || frame.function >= header.string_bytes)
            return "a frame's name lies outside the plan's names";
        if (frame.outer > before++) return "a frame comes before the one outside of it";
        if (frame.reserved != 0) return "a reserved field is not zero";
    }
    for (const std::uint32_t innermost : plan.stacks()) {
        if (innermost > header.frame_count) return "a slot's call stack is out of range";
    }
    return nullptr;
}

[[nodiscard]] const char* check_slot(const PlanHeader& header, const PlanSlot& slot) {
    if (slot.size < header.min_size) return "a slot is smaller than the plan's smallest size";
    if (slot.caller >= header.caller_count) return "a slot's caller is out of range";
    if (slot.lower >= slot.upper) return "a slot's lifetime is empty";
    if (slot.alignment != 0 && (!is_power_of_two(slot.alignment) || slot.alignment > kMaxPlanAlignment)) {
        return "a slot's alignment is not a power of two in range";
    }
    if ((slot.flags & ~(kSlotLeftOut | kSlotVariable)) != 0) return "a slot has an unknown flag";
    if ((slot.flags & kSlotLeftOut) != 0) {
        return slot.predecessor_count == 0 ? nullptr : "a left-out slot has predecessors";
    }
    if (slot.size > header.height || slot.offset > header.height - slot.size)
        return "a slot lies outside the arena";
    if (slot.offset % placed_alignment(slot.alignment) != 0) return "a slot is not aligned";
    return nullptr;
}

// Starts must be exactly the distinct offsets, each found through the buckets, and no bucket may point
// elsewhere. A start of no slot would make replay look at a slot that lies elsewhere when that address is
// freed.
[[nodiscard]] const char* check_starts(const PlanView& plan, std::span<std::uint64_t> scratch) {
    const PlanHeader& header = plan.header();
    const auto starts = plan.starts();
    for (std::size_t i = 0; i < starts.size(); ++i) {
        if (i > 0 && starts[i] <= starts[i - 1]) return "the plan's starts are not ascending";
    }
    std::uint32_t used = 0;
    for (const std::uint32_t entry : plan.buckets()) {
        if (entry > header.start_count) return "the plan's hash table points outside";
        if (entry != 0) ++used;
    }
    if (used != header.start_count) return "the plan's hash table does not hold every start once";
    for (std::size_t i = 0; i < starts.size(); ++i) {
        if (find_start(plan, starts[i]) != static_cast<std::int64_t>(i))
            return "the plan's hash table misses a start";
    }
    const auto has_slot = scratch.first(starts.size());
    std::fill(has_slot.begin(), has_slot.end(), 0);
    for (const PlanSlot& slot : plan.slots()) {
        if ((slot.flags & kSlotLeftOut) != 0) continue;
        if (slot.start >= header.start_count || starts[slot.start] != slot.offset)
            return "a slot's start is wrong";
        has_slot[slot.start] = 1;
    }
    if (std::find(has_slot.begin(), has_slot.end(), 0) != has_slot.end())
        return "the plan has a start of no slot";
    return nullptr;
}

[[nodiscard]] const char* check_predecessors(const PlanView& plan, std::span<std::uint64_t> scratch) {
    const auto slots = plan.slots();
    const auto stored = plan.predecessors();
    std::uint64_t next = 0;
    for (const PlanSlot& slot : slots) {
        if ((slot.flags & kSlotLeftOut) != 0) continue;
        if (slot.first_predecessor != next || slot.predecessor_count > stored.size() - next) {
            return "a slot's predecessors are out of place";
        }
        next += slot.predecessor_count;
    }
    if (next != stored.size()) return "the plan has predecessors of no slot";
    std::uint64_t index = 0;
    bool sound = true;
    for_each_predecessor(slots, scratch, [&](std::uint32_t slot, std::uint32_t predecessor) {
        sound = sound && index < stored.size() && stored[index] == predecessor &&
                index - slots[slot].first_predecessor < slots[slot].predecessor_count;
        ++index;
    });
    return sound && index == stored.size() ? nullptr : "a slot's predecessors are wrong";
}

}  // namespace

std::size_t plan_check_scratch_words(const void* block, std::uint64_t size) {
    if (size < sizeof(PlanHeader)) return 0;
    const std::uint64_t most = size / sizeof(PlanSlot);
    const std::uint64_t slots = copy_header(block).slot_count;
    return predecessor_scratch_words(static_cast<std::size_t>(slots < most ? slots : most));
}

const char* check_plan(const void* block, std::uint64_t size, std::span<std::uint64_t> scratch) {
    if (size == 0) return "the file is empty";
    if (size < sizeof(PlanHeader)) return "too short for a plan";
    PlanHeader header = copy_header(block);
    if (std::memcmp(header.magic, kPlanMagic, sizeof kPlanMagic) != 0) return "not a MemoMalloc plan";
    if (header.version < kOldestPlanVersion || header.version > kPlanVersion)
        return "a plan of another version of MemoMalloc: plan again from the trace";
    if (const char* wrong = check_header(header, size)) return wrong;

    const std::uint32_t checksum = header.checksum;
    header.checksum = 0;
    std::uint32_t crc = crc32c(&header, sizeof header);
    crc = crc32c(static_cast<const char*>(block) + sizeof header, size - sizeof header, crc);
    if (crc != checksum) return "the checksum does not match: the plan is damaged";

    const PlanView plan(block);
    if (const char* wrong = check_strings(plan)) return wrong;
    if (const char* wrong = check_stacks(plan)) return wrong;
    for (const PlanSlot& slot : plan.slots()) {
        if (const char* wrong = check_slot(plan.header(), slot)) return wrong;
    }
    if (const char* wrong = check_starts(plan, scratch)) return wrong;
    return check_predecessors(plan, scratch);
}

}  // namespace memo
