// Lifetimes and boundaries of random programs, against a replay that keeps the set of live blocks.
#include "common/lifetimes.h"
#include "tests/common/traced_program.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace {

using memo::EventKind;
using memo::Period;
using memo::Round;
using memo::RoundLifetimes;
using memo::ThreadRequests;
using memo::Trace;
using memo::test::lifetime;
using Program = memo::test::TracedProgram;
using Random = std::mt19937_64;

// What a replay that keeps the set of live blocks, and looks at it before each request of a round, has seen.
struct Replayed {
    std::vector<std::uint64_t> uppers;
    std::vector<bool> escapes;
    std::size_t boundary = 0;
};

struct Where {
    std::size_t round = 0;
    std::size_t slot = 0;
};

struct Live {
    std::optional<Where> where;
    std::uint64_t size = 0;
    std::uint64_t upper = 0;
    bool escapes = false;
};

class Replay {
  public:
    Replay(const Trace& trace, const ThreadRequests& requests, const Period& period)
        : trace_(trace), last_(period.rounds.size() - 1), live_before_(period.length) {
        while (!period.rounds[first_].exact) ++first_;
        last_counts_ = period.rounds[last_].exact;
        std::vector<Where> missing;  // until the next request that is there
        for (std::size_t r = 0; r <= last_; ++r) {
            for (std::size_t s = 0; s < period.length; ++s) {
                missing.push_back({r, s});
                if (period.rounds[r].positions[s] == SIZE_MAX) continue;
                const std::size_t event = requests.events[period.rounds[r].positions[s]];
                slots_[event] = {r, s};
                for (const Where& where : missing) looks_.emplace(event, where);
                missing.clear();
            }
        }
        if (period.rounds[last_].end < requests.events.size())
            over_ = requests.events[period.rounds[last_].end];
        result_.escapes.assign(period.length, false);
        for (std::size_t s = 0; s < period.length; ++s) result_.uppers.push_back(s + 1);
    }

    Replayed run() && {
        for (std::size_t i = 0; i < trace_.events.size(); ++i) {
            if (trace_.events[i].kind == EventKind::free)
                release(i);
            else
                allocate(i);
        }
        for (const auto& [address, block] : live_) settle(block, false);
        const auto quietest = std::min_element(live_before_.begin(), live_before_.end());
        result_.boundary = static_cast<std::size_t>(quietest - live_before_.begin());
        return std::move(result_);
    }

  private:
    [[nodiscard]] bool settled(std::size_t round) const {
        return round > first_ && (round < last_ || last_counts_);
    }

    void release(std::size_t i) {
        const std::uint64_t address = trace_.events[i].address;
        const auto found = live_.find(address);
        if (found == live_.end()) return;
        const bool is_move = i + 1 < trace_.events.size() && trace_.events[i + 1].old_address == address;
        if (is_move)
            moving_ = found->second;
        else
            settle(found->second, i < over_);
        live_.erase(found);
    }

    void allocate(std::size_t i) {
        std::optional<Where> where;
        if (const auto found = slots_.find(i); found != slots_.end()) where = found->second;
        for (auto& [address, block] : live_) look_at(block, i, where);
        if (moving_) {
            look_at(*moving_, i, where);
            settle(*moving_, i < over_);
            moving_.reset();
        }
        const memo::Event& event = trace_.events[i];
        live_[event.address] = {where, event.size, where ? where->slot + 1 : 0, false};
    }

    void look_at(Live& block, std::size_t event, const std::optional<Where>& where) {
        if (!block.where) return;
        const auto [first, last] = looks_.equal_range(event);
        for (auto look = first; look != last; ++look) {
            if (!settled(look->second.round)) continue;
            live_before_[look->second.slot].first += 1;
            live_before_[look->second.slot].second += block.size;
        }
        if (where && block.where->round == where->round) block.upper = where->slot + 1;
        if (where && block.where->round != where->round) block.escapes = true;
    }

    void settle(const Live& block, bool in_time) {
        if (!block.where || !settled(block.where->round) || (block.where->round == last_ && !in_time)) return;
        std::uint64_t& upper = result_.uppers[block.where->slot];
        upper = std::max(upper, block.upper);
        if (block.escapes) result_.escapes[block.where->slot] = true;
    }

    const Trace& trace_;
    std::size_t first_ = 0;  // exact round
    std::size_t last_;
    bool last_counts_ = false;
    std::size_t over_ = SIZE_MAX;         // the event of the first request after the last round
    std::map<std::size_t, Where> slots_;  // by event
    std::multimap<std::size_t, Where>
        looks_;  // slots_ and the missing slots that would have come just before
    std::vector<std::pair<std::uint64_t, std::uint64_t>> live_before_;  // blocks and bytes, by slot
    std::map<std::uint64_t, Live> live_;                                // by address
    std::optional<Live> moving_;  // taken out by a realloc that has yet to allocate
    Replayed result_;
};

// Rounds of random lifetimes with jitter, frees by the other thread, reallocations, blocks that are kept for
// a while or for ever, and now and then a request that is extra or left out.
Program random_program(Random& random) {
    const auto number = [&](std::size_t low, std::size_t high) {
        return std::uniform_int_distribution<std::size_t>(low, high)(random);
    };
    struct Slot {
        std::uint64_t size;
        std::size_t life;  // in requests
        bool grows;        // the oldest block that is still there
    };
    std::vector<Slot> slots;
    const std::size_t length = number(16, 60);
    for (std::size_t i = 0; i < length; ++i) {
        const std::size_t life = number(0, 30) == 0 ? number(0, 3 * length) : number(0, length / 3);
        slots.push_back({number(1, 1000000), life, number(0, 9) == 0});
    }
    struct Due {
        std::size_t when;
        std::uint64_t address;
    };
    std::vector<Due> dues;
    Program program;
    std::size_t now = 0;
    const auto request = [&](const Slot& slot, std::uint32_t site) {
        for (std::size_t i = 0; i < dues.size();) {
            if (dues[i].when > now) {
                ++i;
                continue;
            }
            program.release(dues[i].address, number(0, 1) == 0 ? 0 : 1);
            dues.erase(dues.begin() + static_cast<std::ptrdiff_t>(i));
        }
        std::uint64_t address = 0;
        if (slot.grows && !dues.empty()) {
            address = program.reallocate(dues.front().address, slot.size, site);
            dues.erase(dues.begin());
        } else {
            address = program.allocate(slot.size, site);
        }
        const std::size_t jitter = number(0, 4) == 0 ? number(0, 5) : 0;
        if (number(0, 99) != 0) dues.push_back({now + slot.life + jitter + 1, address});
        if (number(0, 3) == 0) program.allocate(5, 0, 1);
        ++now;
    };
    for (std::size_t i = number(0, 50); i > 0; --i) request({number(1, 99), number(0, 9), false}, 1);
    for (std::size_t round = number(6, 12); round > 0; --round) {
        const std::size_t odd = number(0, 4) == 0 ? number(0, length - 1) : length;
        for (std::size_t i = 0; i < length; ++i) {
            if (i == odd && number(0, 1) == 0) continue;
            if (i == odd) request({12345678, 2, false}, 2);
            request(slots[i], static_cast<std::uint32_t>(3 + i));
        }
    }
    return program;
}

}  // namespace

TEST_CASE("lifetimes and boundaries of random programs are those of a replay", "[lifetimes]") {
    std::size_t detected = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Program program = random_program(random);
        const ThreadRequests requests = program.requests();
        const auto period = memo::detect_period(requests.sequence, {.min_coverage = 0.1});
        if (!period) continue;
        const std::size_t exact =
            static_cast<std::size_t>(std::find_if(period->rounds.begin(), period->rounds.end(),
                                                  [](const Round& r) { return r.exact; }) -
                                     period->rounds.begin());
        if (exact + 2 >= period->rounds.size()) continue;
        ++detected;
        const RoundLifetimes result = memo::round_lifetimes(requests, *period);
        const Replayed expected = Replay(program.trace(), requests, *period).run();
        for (std::size_t slot = 0; slot < period->length; ++slot) {
            CAPTURE(slot);
            CHECK(result.blocks[slot].lifetime == lifetime(slot, expected.uppers[slot]));
            CHECK(result.blocks[slot].escapes == expected.escapes[slot]);
        }
        CHECK(memo::quietest_boundary(requests, *period) == expected.boundary);
    }
    CHECK(detected > 350);
}
