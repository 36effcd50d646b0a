// The named strategies of the literature and our own, one by one, for comparison and for the portfolio.
//
// A strategy is a name, a line for people and a function from a valid problem to a valid packing. New ones
// join by one row in the table of strategy.cpp. Thread safety: pure functions; the table is constant.
#pragma once

#include "common/pause_point.h"
#include "common/result.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace memo::planner {

// What bounds a run. Thread safety: `expired` from anywhere.
struct Budget {
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    const std::atomic<bool>* stop = nullptr;
    std::uint64_t seed = 1;

    // Asked often by whatever takes long.
    [[nodiscard]] bool expired() const {
        pause_point();
        return (stop != nullptr && stop->load(std::memory_order_relaxed)) ||
               std::chrono::steady_clock::now() >= deadline;
    }
};

struct Strategy {
    std::string_view name;
    std::string_view summary;
    // The error says why this strategy cannot do this problem (what it does not support, a tool that is not
    // there). Within the budget strategies that improve step by step end with their best; the constructive
    // ones, fast as they are, look at it now and then at most.
    Result<Packing> (*place)(const Problem&, const Budget&);
};

// All but the portfolio and `exact`.
[[nodiscard]] std::span<const Strategy> strategies();

// Nothing if there is none of that name.
[[nodiscard]] const Strategy* find_strategy(std::string_view name);

}  // namespace memo::planner
