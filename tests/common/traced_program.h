// A program of two threads that writes its own trace: what the tests of lifetimes run instead of a real one.
// Addresses are handed out lowest first, so that they are used again at once.
#pragma once

#include "common/lifetimes.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace memo::test {

[[nodiscard]] inline ThreadRequests requests_of_thread(const Trace& trace, std::uint32_t thread) {
    TraceInMemory source(trace);
    return requests_of_threads(source).at(thread);
}

// For each allocation of a trace, the index of the event that ended its block; its own where it failed, and
// kNeverReleased where no event did. For a free, kNeverReleased too.
[[nodiscard]] inline std::vector<std::uint64_t> block_ends(const Trace& trace) {
    struct Ends final : BlockVisitor {
        std::vector<std::uint64_t> ends;
        void allocated(const Allocation& allocation) override {
            if (!allocation.makes_block) ends[allocation.index] = allocation.index;
        }
        void ended(const Block& block, std::uint64_t end, bool /*temporary*/) override {
            ends[block.birth] = end;
        }
    };
    Ends visitor;
    visitor.ends.assign(trace.events.size(), kNeverReleased);
    TraceInMemory source(trace);
    Requesters requesters;
    replay(source, requesters, {&visitor});
    return std::move(visitor.ends);
}

// A program of two threads that writes its own trace. Sites are numbered as asked for; site s has the caller
// 100 + s.
class TracedProgram {
  public:
    TracedProgram() { trace_.threads.resize(2); }

    std::uint64_t allocate(std::uint64_t size, std::uint32_t site = 0, std::uint32_t thread = 0,
                           std::uint64_t old_address = 0) {
        while (trace_.sites.size() <= site) {
            const Frame caller{.module = 1, .offset = 100 + trace_.sites.size()};
            trace_.sites.add({&caller, 1});
        }
        std::uint64_t address = 0x1000;
        while (live_.contains(address)) address += 0x10;
        live_.insert(address);
        add({.address = address, .old_address = old_address, .size = size, .thread = thread, .site = site});
        return address;
    }

    void release(std::uint64_t address, std::uint32_t thread = 0) {
        live_.erase(address);
        add({.address = address, .thread = thread, .kind = EventKind::free});
    }

    std::uint64_t reallocate(std::uint64_t address, std::uint64_t size, std::uint32_t site = 0) {
        release(address);
        return allocate(size, site, 0, address);
    }

    // A round starts with the next allocation.
    void begin_round() { round_begins_.push_back(trace_.events.size()); }

    [[nodiscard]] const Trace& trace() const { return trace_; }
    [[nodiscard]] ThreadRequests requests() const { return test::requests_of_thread(trace_, 0); }

    // Rounds as the program was told, each with as many requests as the first one; for traces too short to
    // detect.
    [[nodiscard]] Period period() const {
        const ThreadRequests all = requests();
        const auto position = [&](std::size_t event) {
            return static_cast<std::size_t>(std::lower_bound(all.events.begin(), all.events.end(), event) -
                                            all.events.begin());
        };
        Period period;
        period.length = position(round_begins_[1]) - position(round_begins_[0]);
        for (const std::size_t event : round_begins_) {
            Round round{position(event), position(event) + period.length, true, {}};
            for (std::size_t i = round.begin; i < round.end; ++i) round.positions.push_back(i);
            period.rounds.push_back(round);
        }
        period.warm_up = period.rounds.front().begin;
        for (std::size_t i = 0; i < period.length; ++i) period.requests.push_back(all[period.warm_up + i]);
        return period;
    }

    [[nodiscard]] RoundLifetimes lifetimes() const { return memo::round_lifetimes(requests(), period()); }
    [[nodiscard]] std::size_t boundary() const { return memo::quietest_boundary(requests(), period()); }

  private:
    void add(memo::Event event) {
        event.sequence = trace_.events.size();
        trace_.events.push_back(event);
    }

    Trace trace_;
    std::set<std::uint64_t> live_;
    std::vector<std::size_t> round_begins_;
};

[[nodiscard]] inline Lifetime lifetime(std::uint64_t lower, std::uint64_t upper) {
    return {{lower}, {upper}};
}

}  // namespace memo::test
