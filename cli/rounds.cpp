// Rounds of threads (cli/rounds.h).
#include "cli/rounds.h"

#include "planner/round_plan.h"

#include <algorithm>

namespace memo::cli {

std::uint64_t ThreadRounds::round_bytes() const {
    std::uint64_t bytes = 0;
    if (period) {
        for (const Request& request : period->requests) bytes += request.size;
    }
    return bytes;
}

std::size_t ThreadRounds::exact_rounds() const {
    if (!period) return 0;
    return static_cast<std::size_t>(std::count_if(period->rounds.begin(), period->rounds.end(),
                                                  [](const Round& round) { return round.exact; }));
}

const Round& ThreadRounds::steady_round() const {
    const auto& rounds = period->rounds;
    const auto last =
        std::find_if(rounds.rbegin(), rounds.rend(), [](const Round& round) { return round.exact; });
    return last == rounds.rend() ? rounds.back() : *last;
}

std::vector<ThreadRounds> rounds_of_threads(std::span<const ThreadRequests> requests) {
    std::vector<ThreadRounds> threads;
    for (std::uint32_t thread = 0; thread < requests.size(); ++thread)
        threads.push_back({thread, &requests[thread], planner::find_round(requests[thread])});
    return threads;
}

const ThreadRounds* busiest(const std::vector<ThreadRounds>& threads) {
    const ThreadRounds* best = nullptr;
    std::uint64_t most = 0;
    for (const ThreadRounds& candidate : threads) {
        if (!candidate.period) continue;
        const std::uint64_t bytes = candidate.round_bytes() * candidate.period->rounds.size();
        if (best == nullptr || bytes > most) {
            best = &candidate;
            most = bytes;
        }
    }
    return best;
}

}  // namespace memo::cli
