// A debug mode (MEMO_CANARIES=1): behind every planned block lie 16 bytes that no program should write to,
// and which are looked at when the block is freed, and at the end of each round for those that still live.
// One that was written to ends the program with a line that names the block.
//
// Plans are laid out anew with so many bytes more a block (roomy_plan.h), so the arena is larger than the
// plan says; malloc_usable_size is still what was asked for. The mode costs the others nothing: an arena with
// canaries is always `busy`, and Plans::place_of does not know its blocks, so that every request and every
// free takes the way of the exceptional ones, where the mode is asked for.
//
// What is behind a block depends on its address and on a secret of the process, so that neither a copy of
// other bytes nor a guess looks right. Thread safety: `start` by the library's constructor; everything else
// from any thread. A block's canary is written by the thread that is served it, and stays until its slot's
// bytes are served again.
#pragma once

#include "allocator/plans.h"

#include <cstddef>
#include <cstdint>

namespace memo {

class Canaries {
  public:
    static constexpr std::size_t kBytes = 16;

    // Reads MEMO_CANARIES and, if it is set, finds a secret.
    void start();

    [[nodiscard]] bool on() const { return on_; }
    // What a planned block takes beside its own bytes.
    [[nodiscard]] std::size_t bytes() const { return on_ ? kBytes : 0; }

    // A block was served whose slot ends at `end`.
    void plant(std::uintptr_t end) const;

    // Aborts with one line if the canary of a live block was written to. `when`: the end of that line.
    void check(const Arena& arena, std::uint32_t slot, const char* when) const;
    // The same for all live blocks of an arena.
    void check_all(const Arena& arena, const char* when) const;

    // Gives back a block after a look at its canary; what Replay::release says.
    [[nodiscard]] Release release(const Plans& plans, const void* block) const;

  private:
    struct Words {
        std::uint64_t word[kBytes / sizeof(std::uint64_t)];
    };
    [[nodiscard]] Words words_at(std::uintptr_t canary) const;

    bool on_ = false;
    Words secret_ = {};
};

extern Canaries canaries;

}  // namespace memo
