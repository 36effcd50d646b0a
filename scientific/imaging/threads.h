// Loops over rows or slices on several threads.
//
// Invariants: every index is visited once; results do not depend on the number of threads, since the work of
// an index does not. With one thread nothing is started.
#pragma once

#include <algorithm>
#include <thread>
#include <vector>

namespace memo::imaging {

// Calls work(begin, end) on disjoint ranges that make up [0, count), one a thread; returns when all have.
template <class Work>
void for_ranges(unsigned threads, int count, const Work& work) {
    const int parts = std::clamp(static_cast<int>(threads), 1, std::max(count, 1));
    const auto from = [&](int part) { return static_cast<int>(static_cast<long>(count) * part / parts); };
    std::vector<std::jthread> others;  // joined before what they use goes
    others.reserve(static_cast<std::size_t>(parts - 1));
    for (int part = 1; part < parts; ++part) {
        others.emplace_back([&, part] { work(from(part), from(part + 1)); });
    }
    work(0, from(1));
}

}  // namespace memo::imaging
