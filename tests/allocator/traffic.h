// Real blocks in real arenas, passed between threads. A block is filled with its own number when it is
// served, and whoever frees it first checks that nobody else has written there, writes another pattern and
// checks that as well. Two blocks on the same bytes cannot both pass.
//
// Mailboxes hand blocks from owners to other threads and order nothing in the other direction: what orders a
// remote free before the next use of its bytes is replay alone, so that ThreadSanitizer would see it missing.
#pragma once

#include "allocator/arenas.h"
#include "allocator/replay.h"
#include "common/plan_view.h"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>

namespace memo::testing {

// Fills a block of at least 16 bytes: its number, its size, then its number's low byte.
inline void fill(char* block, std::uint64_t size, std::uint64_t number) {
    std::memcpy(block, &number, sizeof number);
    std::memcpy(block + 8, &size, sizeof size);
    std::memset(block + 16, static_cast<int>(number & 0xff), size - 16);
}

[[nodiscard]] inline bool is_filled(const char* block, std::uint64_t size, std::uint64_t number) {
    std::uint64_t words[2];
    std::memcpy(words, block, sizeof words);
    if (words[0] != number || words[1] != size) return false;
    const char expected = static_cast<char>(number & 0xff);
    for (std::uint64_t i = 16; i < size; ++i) {
        if (block[i] != expected) return false;
    }
    return true;
}

// Frees a block as any thread would; false if it was damaged or was not what the arena takes for a block.
[[nodiscard]] inline bool verify_and_free(const Arenas& arenas, char* block) {
    if (!arenas.owns(block)) return false;
    Replay& replay = arenas.arena_of(block)->replay;
    const std::uint64_t offset = arenas.offset_of(block);
    const std::uint64_t size = replay.size_at(offset);
    if (size < 16) return false;
    std::uint64_t number = 0;
    std::memcpy(&number, block, sizeof number);
    if (!is_filled(block, size, number)) return false;
    fill(block, size, ~number);
    return is_filled(block, size, ~number) && replay.release(offset) == Release::done;
}

// One reader; any number of writers.
class Mailbox {
  public:
    // False if the cell drawn is taken.
    bool post(char* block, std::uint64_t random) {
        char* none = nullptr;
        return cells_[random % kCells].compare_exchange_strong(none, block, std::memory_order_release,
                                                               std::memory_order_relaxed);
    }
    // Calls `take` with every block that has come.
    template <class Take>
    void collect(Take take) {
        for (std::atomic<char*>& cell : cells_) {
            if (char* const block = cell.load(std::memory_order_acquire)) {
                cell.store(nullptr, std::memory_order_relaxed);
                take(block);
            }
        }
    }

  private:
    static constexpr std::size_t kCells = 64;
    std::atomic<char*> cells_[kCells] = {};
};

// The owner of an arena, running rounds of the plan with noise. Allocates nothing, so that a forked child can
// use it.
class Owner {
  public:
    Owner(const Arenas& arenas, Arena& arena, std::uint64_t seed)
        : arenas_(arenas), arena_(arena), slots_(arena.replay.plan().slots()), random_(seed) {}

    // `post(block)` hands a block on to be freed elsewhere; where it answers false the block is kept for a
    // while.
    template <class Post>
    void round(Post post) {
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (random_() % 64 == 0) ++i;
            if (random_() % 256 == 0) request(slots_[random_() % slots_.size()], post);
            if (random_() % 1024 == 0) break;
            if (i < slots_.size()) request(slots_[i], post);
        }
        if (random_() % 4 != 0) let_go();
    }

    // Frees what was kept.
    void let_go() {
        for (char*& block : kept_) free_kept(block);
    }

    [[nodiscard]] std::uint64_t hits() const { return hits_; }
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

  private:
    static constexpr std::size_t kKept = 8;

    template <class Post>
    void request(const PlanSlot& slot, Post post) {
        const Answer answer = arena_.replay.request(
            slot.size, slot.alignment, [&](std::uint32_t caller) { return caller == slot.caller; });
        if (answer.miss != Miss::none) return;
        ++hits_;
        char* const block = reinterpret_cast<char*>(arena_.base + answer.offset);
        fill(block, slot.size, random_());
        if (random_() % 4 != 0 && post(block)) return;
        char*& place = kept_[random_() % kKept];
        free_kept(place);
        place = block;
    }

    void free_kept(char*& block) {
        if (block != nullptr && !verify_and_free(arenas_, block)) ++failures_;
        block = nullptr;
    }

    const Arenas& arenas_;
    Arena& arena_;
    std::span<const PlanSlot> slots_;
    std::mt19937_64 random_;
    char* kept_[kKept] = {};
    std::uint64_t hits_ = 0;
    std::uint64_t failures_ = 0;
};

}  // namespace memo::testing
