// Writing and reading canaries (allocator/canaries.h).
#include "allocator/canaries.h"

#include "allocator/bad_free.h"
#include "allocator/environment.h"
#include "allocator/message.h"

#include <sys/auxv.h>
#include <sys/random.h>

#include <cstdlib>
#include <cstring>

namespace memo {

constinit Canaries canaries;

void Canaries::start() {
    on_ = is_on("MEMO_CANARIES");
    if (!on_ || getrandom(&secret_, sizeof secret_, GRND_NONBLOCK) == sizeof secret_) return;
    // Early at boot, or where a filter forbids it: the bytes that the kernel gave the process.
    const auto* given = reinterpret_cast<const void*>(getauxval(AT_RANDOM));
    if (given != nullptr) std::memcpy(&secret_, given, sizeof secret_);
}

// Each bit of the address and of the secret changes about half of the bits (the finaliser of splitmix64).
Canaries::Words Canaries::words_at(std::uintptr_t canary) const {
    Words words = secret_;
    for (std::uint64_t& word : words.word) {
        word += canary * 0x9e3779b97f4a7c15ULL;
        word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9ULL;
        word = (word ^ word >> 27) * 0x94d049bb133111ebULL;
        word ^= word >> 31;
    }
    return words;
}

void Canaries::plant(std::uintptr_t end) const {
    const Words words = words_at(end - kBytes);
    std::memcpy(reinterpret_cast<void*>(end - kBytes), &words, sizeof words);
}

void Canaries::check(const Arena& arena, std::uint32_t slot, const char* when) const {
    const PlanView& plan = arena.replay.plan();
    const PlanSlot& planned = plan.slots()[slot];
    const std::uintptr_t at = arena.base + planned.offset + planned.size - kBytes;
    const Words expected = words_at(at);
    if (std::memcmp(reinterpret_cast<const void*>(at), &expected, kBytes) == 0) return;
    unsigned char wanted[kBytes];
    unsigned char found[kBytes];
    std::memcpy(wanted, &expected, kBytes);
    std::memcpy(found, reinterpret_cast<const void*>(at), kBytes);
    std::size_t far = kBytes;
    while (far > 1 && wanted[far - 1] == found[far - 1]) --far;
    char what[300];
    describe_slot(plan, slot, what);
    say("write past the end of a planned block at %p: %s; %s%zu bytes too far, seen %s",
        reinterpret_cast<const void*>(arena.base + planned.offset), what, far == kBytes ? "at least " : "",
        far, when);
    std::abort();
}

void Canaries::check_all(const Arena& arena, const char* when) const {
    const std::uint32_t slots = arena.replay.plan().header().slot_count;
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
        if (arena.replay.state(slot) == SlotState::live) check(arena, slot, when);
    }
}

Release Canaries::release(const Plans& plans, const void* block) const {
    const Plans::Place place = plans.find(block);
    if (place.arena == nullptr) return Release::not_a_block;
    Replay& replay = place.arena->replay;
    const std::int64_t start = find_start(replay.plan(), place.offset);
    if (start >= 0) {
        const std::uint32_t slot = replay.holder(static_cast<std::uint32_t>(start));
        if (replay.state(slot) == SlotState::live) check(*place.arena, slot, "when it was freed");
    }
    return replay.release(place.offset);
}

}  // namespace memo
