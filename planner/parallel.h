// Loops over independent tasks on several threads.
//
// Thread safety: `task` is called from several threads at once, for each number at most once. What a task
// throws is thrown to the caller when all threads have ended.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

namespace memo::planner {

// Calls task(0) ... task(count - 1), in no order.
void for_each_task(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& task);

// The lowest number whose task succeeds, as if they had been tried one after the other: later ones are only
// speculation. Thread t of T takes the numbers t, t + T, t + 2 T, ... in this order, so what a task learns
// from those before it on its thread depends on nothing but T. `cancelled` tells a running task that its
// answer can no longer matter. Nothing if none succeeds.
[[nodiscard]] std::optional<std::size_t> first_success(
    std::size_t count, unsigned threads,
    const std::function<bool(std::size_t thread, std::size_t number, const std::function<bool()>& cancelled)>&
        task);

}  // namespace memo::planner
