// Sampling: recording an allocation now and then, so that the chance is the same for every byte asked for.
//
// The gaps between samples, in bytes, are drawn from an exponential distribution (a Poisson process), anew
// for each thread; a block of `size` bytes is recorded with probability 1 - exp(-size / mean). Blocks that
// were recorded are remembered, so that their release is recorded too, and no other.
//
// Invariants: the set of remembered blocks is of fixed size; where it is full, the sample is not taken, and
// counted as dropped. No lock, no allocation. Thread safety: functions, from any thread; a Gaps belongs to
// one thread.
#pragma once

#include <cstdint>

namespace memo::tracer {

class Gaps {
  public:
    // `seed` is the thread's own.
    explicit Gaps(std::uint64_t seed = 1) : state_(seed * 0x9e3779b97f4a7c15 | 1) {}
    // Bytes to the next sample.
    [[nodiscard]] std::int64_t draw(std::uint64_t mean);

  private:
    std::uint64_t state_;
};

namespace sampled {

// Remembers a block; false where there is no room for it.
[[nodiscard]] bool remember(const void* block);
// Forgets a block that is released; false if it is not one of them.
[[nodiscard]] bool forget(const void* block);
// In the child of a fork: the parent's file has them, ours does not.
void forget_all();

}  // namespace sampled
}  // namespace memo::tracer
