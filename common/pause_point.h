// Long computations say where they may be left for a while. Inside a served program they run on a core that
// the program may want too: there the allocator's own threads rest at such points (allocator/pace.h).
// Everywhere else a point is one look at a word that is null.
//
// Thread safety: all functions. A rest may be as long as it likes, so no point lies where a lock is held that
// a thread of the program waits for.
#pragma once

#include <atomic>

namespace memo {

// Called at every point, by the thread that is there; null: by nobody.
inline constinit std::atomic<void (*)()> at_pause_point{nullptr};

inline void pause_point() {
    if (const auto rest = at_pause_point.load(std::memory_order_relaxed)) [[unlikely]]
        rest();
}

}  // namespace memo
