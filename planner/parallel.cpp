// Threads that draw the next number until there is none left.
#include "planner/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace memo::planner {
namespace {

// Calls work(0) ... work(threads - 1), the first on the calling thread, and ends when all have ended. What
// one of them throws is thrown here, the first of several. Where no more threads can be had, the calling one
// does their share too.
void on_threads(std::size_t threads, const std::function<void(std::size_t)>& work) {
    std::vector<std::exception_ptr> thrown(threads);
    const auto guarded = [&](std::size_t thread) {
        try {
            work(thread);
        } catch (...) {
            thrown[thread] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    others.reserve(threads);
    std::size_t started = 1;
    try {
        for (; started < threads; ++started) others.emplace_back(guarded, started);
    } catch (const std::system_error&) {
    }
    guarded(0);
    for (; started < threads; ++started) guarded(started);
    for (std::thread& other : others) other.join();
    for (const std::exception_ptr& exception : thrown) {
        if (exception) std::rethrow_exception(exception);
    }
}

}  // namespace

void for_each_task(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next{0};
    on_threads(std::min<std::size_t>(threads, count), [&](std::size_t) {
        for (std::size_t number = next++; number < count; number = next++) task(number);
    });
}

std::optional<std::size_t> first_success(
    std::size_t count, unsigned threads,
    const std::function<bool(std::size_t, std::size_t, const std::function<bool()>&)>& task) {
    std::atomic<std::size_t> winner{count};
    const std::size_t stride = std::min<std::size_t>(threads, count);
    on_threads(stride, [&](std::size_t thread) {
        for (std::size_t number = thread; number < winner; number += stride) {
            if (!task(thread, number, [&] { return winner < number; })) continue;
            std::size_t before = winner;
            while (number < before && !winner.compare_exchange_weak(before, number)) {
            }
        }
    });
    return winner < count ? std::optional{winner.load()} : std::nullopt;
}

}  // namespace memo::planner
