// Reading the clock, and learning what looks cost (allocator/learning_budget.h).
#include "allocator/learning_budget.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace memo {

bool LearningBudget::affords(std::uint64_t nanoseconds, bool likely) const {
    if (is_unlimited()) return true;
    const int saved_errno = errno;
    timespec used{};
    const bool known = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0;
    errno = saved_errno;
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const std::uint64_t process =
        static_cast<std::uint64_t>(used.tv_sec) * kSecond + static_cast<std::uint64_t>(used.tv_nsec);
    return !known || spent_.load(std::memory_order_relaxed) + nanoseconds <= allowance(process, likely);
}

// Half of the new figure: looks at the same sequence cost the more a request the longer it is.
void LearningBudget::spend_on_look(std::uint64_t nanoseconds, std::uint64_t requests) {
    spend(nanoseconds);
    const std::uint64_t now = nanoseconds / std::max<std::uint64_t>(requests, 1);
    look_ns_.store(std::max<std::uint64_t>((a_request() + now) / 2, 1), std::memory_order_relaxed);
}

}  // namespace memo
