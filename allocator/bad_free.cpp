// Finding out what a wrongly freed address is (allocator/bad_free.h).
#include "allocator/bad_free.h"

#include "allocator/canaries.h"
#include "common/file_name.h"

#include <cstdio>
#include <optional>

namespace memo {

namespace {

using Long = unsigned long long;

// The live block whose bytes an offset lies in.
[[nodiscard]] std::optional<std::uint32_t> live_slot_around(const Replay& replay, std::uint64_t offset) {
    const auto slots = replay.plan().slots();
    for (std::uint32_t index = 0; index < slots.size(); ++index) {
        const PlanSlot& slot = slots[index];
        const bool around = (slot.flags & kSlotLeftOut) == 0 && offset - slot.offset < slot.size;
        if (around && replay.state(index) == SlotState::live) return index;
    }
    return std::nullopt;
}

// The slot whose block started here last; nothing if none can have.
[[nodiscard]] std::optional<std::uint32_t> dead_slot_at(const Replay& replay, std::uint64_t offset) {
    const std::int64_t start = find_start(replay.plan(), offset);
    if (start < 0) return std::nullopt;
    const std::uint32_t holder = replay.holder(static_cast<std::uint32_t>(start));
    const bool served = replay.counts().rounds != 0 || holder < replay.cursor();
    return served ? std::optional(holder) : std::nullopt;
}

// ", freed at MODULE+OFFSET", or nothing.
void describe_caller(const char* verb, const void* caller, std::span<char> text) {
    text[0] = '\0';
    const ModulePlace place = caller == nullptr ? ModulePlace{} : module_place(caller, "the program");
    // A return address in this library: one entry point called another.
    const auto own = module_place(reinterpret_cast<const void*>(&describe_bad_free), "the program");
    if (place.module == nullptr || place.module == own.module) return;
    (void)std::snprintf(text.data(), text.size(), ", %s at %.120s+0x%llx", verb, file_name(place.module),
                        Long{place.offset});
}

// Of a heap that knows no more than whether the block was live or is none.
void describe_by(Release outcome, const char* kind, const char* none, const void* block, const void* caller,
                 std::span<char> text) {
    char where[160];
    const bool again = outcome == Release::not_live;
    describe_caller(again ? "freed again" : "freed", caller, where);
    if (again) {
        (void)std::snprintf(text.data(), text.size(), "double free of a %s block at %p%s", kind, block,
                            where);
    } else {
        (void)std::snprintf(text.data(), text.size(), "free of %p, %s%s", block, none, where);
    }
}

}  // namespace

void describe_slot(const PlanView& plan, std::uint32_t slot, std::span<char> text) {
    const PlanSlot& planned = plan.slots()[slot];
    const PlanCaller& caller = plan.callers()[planned.caller];
    const char* tag = plan.string(planned.tag);
    const char* module = plan.string(caller.module);
    char name[100] = "";
    if (*tag != '\0') {  // which one of its tag, as `memo show` counts
        unsigned number = 1;
        for (std::uint32_t i = 0; i < slot; ++i) number += plan.slots()[i].tag == planned.tag ? 1 : 0;
        (void)std::snprintf(name, sizeof name, "%.80s #%u", tag, number);
    }
    const bool tagged = *name != '\0';
    (void)std::snprintf(
        text.data(), text.size(), "%s%sslot %u of %u%s, %llu bytes, allocated at %.120s+0x%llx", name,
        tagged ? " (" : "", slot, plan.header().slot_count, tagged ? ")" : "",
        Long{planned.size - canaries.bytes()}, *module == '\0' ? "the program" : module, Long{caller.offset});
}

void describe_bad_free(const Plans& plans, const void* block, const void* caller, std::span<char> text) {
    char what[300];
    char where[160];
    const Plans::Place place = plans.find(block);
    if (place.arena == nullptr) {
        describe_caller("freed", caller, where);
        (void)std::snprintf(text.data(), text.size(),
                            "free of %p, where no planned block was ever: no arena is there yet%s", block,
                            where);
        return;
    }
    const Replay& replay = place.arena->replay;
    const auto live = live_slot_around(replay, place.offset);
    const auto distance = [&] { return Long{place.offset - replay.plan().slots()[*live].offset}; };
    if (const auto dead = dead_slot_at(replay, place.offset)) {
        describe_slot(replay.plan(), *dead, what);
        describe_caller("freed again", caller, where);
        char now[100] = "";
        if (live) {
            (void)std::snprintf(now, sizeof now,
                                "; its bytes are in a live block now, %llu bytes behind its start",
                                distance());
        }
        (void)std::snprintf(text.data(), text.size(), "double free of a planned block at %p: %s%s%s", block,
                            what, where, now);
        return;
    }
    describe_caller("freed", caller, where);
    if (live) {
        describe_slot(replay.plan(), *live, what);
        (void)std::snprintf(text.data(), text.size(),
                            "free of %p, inside a live planned block, which starts %llu bytes before: %s%s",
                            block, distance(), what, where);
        return;
    }
    (void)std::snprintf(
        text.data(), text.size(),
        "free of %p, where no planned block was ever: %llu bytes into an arena of %llu bytes%s", block,
        Long{place.offset}, Long{replay.plan().header().height}, where);
}

void describe_bad_pool_free(Release outcome, const void* block, const void* caller, std::span<char> text) {
    describe_by(outcome, "pooled", "which is inside the pool but is not the start of a block", block, caller,
                text);
}

void describe_bad_small_free(Release outcome, const void* block, const void* caller, std::span<char> text) {
    describe_by(outcome, "small", "which is among small blocks but is not the start of one in use", block,
                caller, text);
}

}  // namespace memo
