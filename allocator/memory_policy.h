// How the memory of arenas is had: on pages of which size, and whether it is locked. Chosen once, from the
// environment, before the first arena is made:
//
//   MEMO_HUGE=auto|never|always   huge pages where an arena fills them; nowhere; for every arena, whose end
//                                 then takes a whole huge page too
//   MEMO_REALTIME=1               whatever a planned path reads or writes is locked in memory and touched
//                                 before a thread is switched over
//
// Invariant: nothing here changes after `start`, so that arenas made before and after look alike. What cannot
// be locked is said once, in one line, and the program goes on without. Thread safety: `start` by the
// library's constructor; everything else from any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo {

enum class HugePages : std::uint8_t { automatic, never, always };

class MemoryPolicy {
  public:
    // Reads the environment. An unknown value of MEMO_HUGE is one line, and then `automatic`.
    void start();

    [[nodiscard]] HugePages huge() const { return huge_; }
    [[nodiscard]] bool realtime() const { return realtime_; }

    // Asks the system for the pages that the policy wants under an arena of `bytes`, which begins at a
    // multiple of a huge page.
    void advise(std::uintptr_t base, std::uint64_t bytes) const;

    // Real-time mode: locks [at, at + bytes) in memory, every page of it touched. Else nothing. Keeps errno.
    void lock(const void* at, std::size_t bytes);

  private:
    void lock_this_library();

    HugePages huge_ = HugePages::automatic;
    bool realtime_ = false;
    std::atomic<bool> complained_{false};
};

extern MemoryPolicy memory_policy;

}  // namespace memo
