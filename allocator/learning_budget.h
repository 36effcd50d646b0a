// What learning may cost a program from which nothing repeats: a share of the CPU time that the process has
// used so far. Watched requests and looks are paid from it; what it does not afford is left out, and comes
// when the process is older.
//
// A look at a thread whose last requests are several rounds, by a quick scan (`seems_to_repeat`), is likely
// to be the last one, and may cost more. Thread safety: all functions, from any thread; `start` belongs to
// the library's constructor. One system call to ask, none to spend.
#pragma once

#include <atomic>
#include <cstdint>

namespace memo {

class LearningBudget {
  public:
    // One part in so many of the CPU time: in general, of what comes after the first seconds, when most of
    // what repeats has been seen to; and for what is likely to succeed.
    static constexpr std::uint64_t kShare = 80;
    static constexpr std::uint64_t kLateShare = 400;
    static constexpr std::uint64_t kEarly = 5'000'000'000;  // nanoseconds of CPU time
    static constexpr std::uint64_t kLikelyShare = 20;
    // Nanoseconds a request: to record it and its free (a guess on the safe side), and to look at it, before
    // any look was measured.
    static constexpr std::uint64_t kWatched = 50;
    static constexpr std::uint64_t kFirstGuess = 1000;

    // Without a limit, if the user wants a plan as soon as there can be one.
    void set_unlimited() { unlimited_.store(true, std::memory_order_relaxed); }

    [[nodiscard]] bool is_unlimited() const { return unlimited_.load(std::memory_order_relaxed); }

    // What a look at so many requests will cost, in nanoseconds, by the looks before.
    [[nodiscard]] std::uint64_t cost_of_look(std::uint64_t requests) const { return requests * a_request(); }
    // What may be spent in all of a process that has used so much CPU time, in nanoseconds.
    [[nodiscard]] static constexpr std::uint64_t allowance(std::uint64_t used, bool likely) {
        if (likely) return used / kLikelyShare;
        return used < kEarly ? used / kShare : kEarly / kShare + (used - kEarly) / kLateShare;
    }
    // Whether that many nanoseconds more are within that.
    [[nodiscard]] bool affords(std::uint64_t nanoseconds, bool likely = false) const;

    void spend(std::uint64_t nanoseconds) { spent_.fetch_add(nanoseconds, std::memory_order_relaxed); }
    // A look at so many requests took that long.
    void spend_on_look(std::uint64_t nanoseconds, std::uint64_t requests);

  private:
    [[nodiscard]] std::uint64_t a_request() const {
        const std::uint64_t measured = look_ns_.load(std::memory_order_relaxed);
        return measured == 0 ? kFirstGuess : measured;
    }

    std::atomic<std::uint64_t> spent_{0};
    std::atomic<std::uint64_t> look_ns_{0};  // a request; 0: none was measured
    std::atomic<bool> unlimited_{false};
};

}  // namespace memo
