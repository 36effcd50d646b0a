// The one range of addresses that everything of ours lies in, so that "is this pointer ours?" is one
// subtraction and one compare: first what arenas lie in, then the pool, then the pool's records.
//
// Invariants: reserved once, inaccessible until its parts are opened by those who use them; it never moves.
// Where addresses are limited (RLIMIT_AS) there is no pool; where they come to be limited while the program
// runs, before there is a plan, all that is not in use is given back. Thread safety: all functions.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace memo {

class Range {
  public:
    static constexpr unsigned kMostSlices = 256;

    // Reserves the range, with room for at least one arena that takes `stride` addresses, if nobody did
    // before. False if there are no addresses for it.
    bool reserve(std::uint64_t stride);

    // Gives back the addresses where nothing lies: those for arenas, of which there is to be no plan yet, and
    // those of the pool from `pool_used()` bytes on, which says nothing if it cannot tell. From now on
    // nothing is reserved.
    template <class PoolUsed>
    void give_up(PoolUsed pool_used) {
        State reserved = State::reserved;
        if (!state_.compare_exchange_strong(reserved, State::closing)) return;
        const std::optional<std::uint64_t> used = pool_used();
        if (used) unmap(*used);
        state_.store(used ? State::given_up : State::reserved, std::memory_order_release);
    }

    // In a forked child: whoever was reserving or giving up is not here.
    void after_fork() {
        const State state = state_.load(std::memory_order_relaxed);
        if (state == State::begun) state_.store(State::none, std::memory_order_relaxed);
        if (state == State::closing) state_.store(State::given_up, std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint64_t distance(const void* block) const {
        return reinterpret_cast<std::uintptr_t>(block) - base_.load(std::memory_order_relaxed);
    }

    // Whether an address lies where blocks of ours may be.
    [[nodiscard]] bool contains(const void* block) const {
        const std::uint64_t bytes = bytes_.load(std::memory_order_acquire);  // first: with it comes the base
        if (distance(block) >= bytes) [[likely]]
            return false;
        return !arenas_given_up_.load(std::memory_order_relaxed) || is_pool(block);
    }
    // The same of the pool's part, for an address that the range contains.
    [[nodiscard]] bool is_pool(const void* block) const { return distance(block) >= arena_bytes_; }

    // Only once reserved:
    [[nodiscard]] std::uintptr_t base() const { return base_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t arena_bytes() const { return arena_bytes_; }
    [[nodiscard]] std::uint64_t pool_bytes() const { return pool_bytes_; }
    // The part for arenas is handed out in slices of two to the power of this, so that arenas of any size
    // find their place in it.
    [[nodiscard]] unsigned slice_shift() const { return slice_shift_; }

  private:
    bool reserve_now(std::uint64_t stride);
    void unmap(std::uint64_t pool_used);

    enum class State : std::uint8_t { none, begun, reserved, closing, given_up };
    std::atomic<State> state_{State::none};
    std::atomic<std::uintptr_t> base_{0};
    std::atomic<std::uint64_t> bytes_{0};  // 0 until reserved: nothing is ours then
    std::atomic<bool> arenas_given_up_{false};
    std::uint64_t arena_bytes_ = 0;
    std::uint64_t pool_bytes_ = 0;
    unsigned slice_shift_ = 0;
};

}  // namespace memo
