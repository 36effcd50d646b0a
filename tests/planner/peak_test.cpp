// The peak and its blame against their definitions: loads summed up moment by moment, and again without a
// block.
#include "planner/peak.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace memo::planner;
using memo::Bytes;
using memo::EventIndex;
using memo::Lifetime;
using memo::Offset;

namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper) {
    return {Bytes{size}, Bytes{1}, Lifetime{EventIndex{lower}, EventIndex{upper}}};
}

Problem problem_of(std::vector<Block> blocks) {
    Problem problem;
    problem.blocks = std::move(blocks);
    return problem;
}

// What block `index` keeps at a moment.
std::uint64_t kept_at(const Problem& problem, std::size_t index, std::uint64_t moment) {
    const Block& one = problem.blocks[index];
    if (moment < one.life.lower.value || moment >= one.life.upper.value) return 0;
    if (!problem.gaps.empty()) {
        for (const Gap& gap : problem.gaps[index]) {
            if (gap.life.lower.value <= moment && moment < gap.life.upper.value)
                return (gap.end - gap.begin).value;
        }
    }
    return one.size.value;
}

// From which moment on each block is dead; all its life by default, never where it is 0.
using Deaths = std::vector<std::uint64_t>;

std::uint64_t load_at(const Problem& problem, const Deaths& deaths, std::uint32_t arena,
                      std::uint64_t moment) {
    std::uint64_t load = 0;
    std::map<std::uint32_t, std::uint64_t> aliases;
    for (std::size_t i = 0; i < problem.blocks.size(); ++i) {
        if (!problem.arena_of.empty() && problem.arena_of[i] != arena) continue;
        const std::uint64_t kept = moment < deaths[i] ? kept_at(problem, i, moment) : 0;
        if (!problem.aliases.empty() && problem.aliases[i] != kNoAlias) {
            auto& most = aliases[problem.aliases[i]];
            most = std::max(most, kept);
        } else {
            load += kept;
        }
    }
    for (const auto& [alias, most] : aliases) load += most;
    return load;
}

std::uint64_t arenas_of(const Problem& problem) {
    return std::max<std::uint64_t>(problem.arenas.size(), 1);
}

constexpr std::uint64_t kMoments = 12;

std::uint64_t max_load_by_definition(const Problem& problem, const Deaths& deaths) {
    std::uint64_t most = 0;
    for (std::uint32_t arena = 0; arena < arenas_of(problem); ++arena) {
        for (std::uint64_t moment = 0; moment < kMoments; ++moment)
            most = std::max(most, load_at(problem, deaths, arena, moment));
    }
    return most;
}

using testing::draw;

// All options mixed.
Problem mixed_problem(std::mt19937_64& random) {
    testing::Shape shape;
    shape.blocks = draw(random, 1, 9);
    shape.moments = kMoments;
    shape.max_size = draw(random, 1, 2) == 1 ? 3 : 20;  // ties, or hardly any
    Problem problem = testing::random_problem(random, shape);
    const std::size_t count = problem.blocks.size();
    if (draw(random, 0, 1) == 1) {
        problem.arenas = {"low", "high"};
        for (std::size_t i = 0; i < count; ++i)
            problem.arena_of.push_back(static_cast<std::uint32_t>(draw(random, 0, 1)));
    }
    if (draw(random, 0, 1) == 1) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint32_t arena = problem.arena_of.empty() ? 0 : problem.arena_of[i];
            const auto alias = static_cast<std::uint32_t>(draw(random, 0, 2));
            problem.aliases.push_back(alias == 0 ? kNoAlias : 2 * alias + arena);
        }
    }
    if (draw(random, 0, 1) == 1) {
        problem.gaps.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            const Block& one = problem.blocks[i];
            for (std::uint64_t at = one.life.lower.value; at < one.life.upper.value;) {
                const std::uint64_t end = draw(random, at + 1, one.life.upper.value);
                if (draw(random, 0, 2) == 0) {
                    const std::uint64_t high = draw(random, 0, one.size.value);
                    const std::uint64_t low = draw(random, 0, high);
                    problem.gaps[i].push_back(
                        {Lifetime{EventIndex{at}, EventIndex{end}}, Offset{low}, Offset{high}});
                }
                at = end;
            }
        }
    }
    return problem;
}

std::vector<std::string> random_tags(std::mt19937_64& random, std::size_t count) {
    std::vector<std::string> tags;
    for (std::size_t i = 0; i < count; ++i) tags.push_back(std::string(1, "abc"[draw(random, 0, 2)]));
    return tags;
}

}  // namespace

TEST_CASE("blame is bounded by the second-highest stretch") {
    // 100 + 50 at [4, 6), 120 at [8, 9).
    const Problem problem = problem_of({block(100, 0, 6), block(50, 4, 7), block(120, 8, 9)});
    const Peak peak = find_peak(problem, std::vector<std::string>{"x", "y", "x"});
    CHECK(peak.max_load == Bytes{150});
    CHECK(peak.stretches == std::vector{Lifetime{EventIndex{4}, EventIndex{6}}});
    REQUIRE(peak.blocks.size() == 2);
    CHECK(peak.blocks[0].block == 0);
    CHECK(peak.blocks[0].bytes == Bytes{100});
    CHECK(peak.blocks[0].saved == Blame{Bytes{30}, Bytes{30}});
    CHECK(peak.blocks[1].block == 1);
    CHECK(peak.blocks[1].saved == Blame{Bytes{30}, Bytes{30}});
    REQUIRE(peak.tags.size() == 2);
    CHECK(peak.tags[0].tag == "x");
    CHECK(peak.tags[0].blocks == 1);
    CHECK(peak.tags[0].saved == Blame{Bytes{30}, Bytes{100}});  // dropped, only y's 50 bytes are left
    CHECK(peak.tags[1].saved == Blame{Bytes{30}, Bytes{30}});
}

TEST_CASE("freeing early saves nothing of what lived before") {
    const Problem problem = problem_of({block(100, 0, 9), block(10, 2, 3), block(20, 5, 6)});
    const Peak peak = find_peak(problem);
    CHECK(peak.max_load == Bytes{120});
    REQUIRE(peak.blocks.size() == 2);
    CHECK(peak.blocks[0].saved == Blame{Bytes{10}, Bytes{100}});
    CHECK(peak.tags.empty());
}

TEST_CASE("a peak that comes twice is told as two stretches, and only who spans both is to blame") {
    const Problem problem =
        problem_of({block(5, 0, 10), block(7, 1, 3), block(3, 5, 6), block(4, 5, 7), block(3, 6, 7)});
    const Peak peak = find_peak(problem);
    CHECK(peak.max_load == Bytes{12});
    CHECK(peak.stretches ==
          std::vector{Lifetime{EventIndex{1}, EventIndex{3}}, Lifetime{EventIndex{5}, EventIndex{7}}});
    REQUIRE(peak.blocks.size() == 2);
    CHECK(peak.blocks[0].block == 0);
    CHECK(peak.blocks[0].saved == Blame{Bytes{5}, Bytes{5}});
    CHECK(peak.blocks[1].saved == Blame{});
}

TEST_CASE("nothing has no peak") {
    const Peak peak = find_peak({});
    CHECK(peak.max_load == Bytes{});
    CHECK(peak.blocks.empty());
    CHECK(peak.stretches.empty());
    CHECK(load_curve({}).empty());
}

TEST_CASE("load curves, peaks and blame are what their definitions say, all options mixed") {
    std::mt19937_64 random(20);
    for (int round = 0; round < 3000; ++round) {
        const Problem problem = mixed_problem(random);
        const std::size_t count = problem.blocks.size();
        const std::vector<std::string> tags = random_tags(random, count);
        const Deaths alive(count, UINT64_MAX);
        const std::uint64_t most = max_load_by_definition(problem, alive);
        INFO("round " << round);

        for (std::uint32_t arena = 0; arena < arenas_of(problem); ++arena) {
            const auto curve = load_curve(problem, arena);
            for (std::uint64_t moment = 0; moment < kMoments; ++moment) {
                const auto after =
                    std::partition_point(curve.begin(), curve.end(),
                                         [&](const LoadStep& step) { return step.moment.value <= moment; });
                const Bytes load = after == curve.begin() ? Bytes{} : std::prev(after)->load;
                REQUIRE(load.value == load_at(problem, alive, arena, moment));
            }
        }

        const Peak peak = find_peak(problem, tags);
        REQUIRE(peak.max_load.value == most);
        REQUIRE(max_load(problem).value == most);
        if (most == 0) continue;
        std::vector<std::uint64_t> at_peak;
        for (std::uint64_t moment = 0; moment < kMoments; ++moment) {
            if (load_at(problem, alive, peak.arena, moment) == most) at_peak.push_back(moment);
        }
        std::vector<std::uint64_t> in_stretches;
        for (const Lifetime& stretch : peak.stretches) {
            for (std::uint64_t m = stretch.lower.value; m < stretch.upper.value; ++m)
                in_stretches.push_back(m);
        }
        REQUIRE(in_stretches == at_peak);

        const std::uint64_t moment = at_peak.front();
        const auto lives = [&](std::size_t i) {
            return (problem.arena_of.empty() || problem.arena_of[i] == peak.arena) &&
                   kept_at(problem, i, moment) > 0;
        };
        std::size_t expected = 0;
        for (std::size_t i = 0; i < count; ++i) expected += lives(i) ? 1 : 0;
        REQUIRE(peak.blocks.size() == expected);
        std::uint64_t sum = 0;
        for (const PeakBlock& one : peak.blocks) {
            REQUIRE(lives(one.block));
            sum += one.bytes.value;
            Deaths deaths = alive;
            deaths[one.block] = moment;
            REQUIRE(one.saved.freed_early.value == most - max_load_by_definition(problem, deaths));
            deaths[one.block] = 0;
            REQUIRE(one.saved.dropped.value == most - max_load_by_definition(problem, deaths));
        }
        REQUIRE(sum == most);

        sum = 0;
        std::size_t tagged = 0;
        for (const PeakTag& one : peak.tags) {
            sum += one.bytes.value;
            tagged += one.blocks;
            Deaths early = alive;
            Deaths dropped = alive;
            for (std::size_t i = 0; i < count; ++i) {
                if (tags[i] != one.tag) continue;
                dropped[i] = 0;
                if (lives(i)) early[i] = moment;
            }
            REQUIRE(one.saved.freed_early.value == most - max_load_by_definition(problem, early));
            REQUIRE(one.saved.dropped.value == most - max_load_by_definition(problem, dropped));
        }
        REQUIRE(sum == most);
        REQUIRE(tagged == expected);
    }
}

TEST_CASE("the peak is the max load of larger problems too") {
    std::mt19937_64 random(21);
    const testing::Shape shape{.blocks = 5000, .moments = 4000, .max_size = 1 << 20, .aligned = false};
    const Problem problem = testing::random_problem(random, shape);
    const Peak peak = find_peak(problem);
    CHECK(peak.max_load == max_load(problem));
    for (std::size_t i = 0; i < peak.blocks.size(); i += 97) {
        Problem without = problem;
        without.blocks.erase(without.blocks.begin() + peak.blocks[i].block);
        CHECK(peak.max_load - peak.blocks[i].saved.dropped == max_load(without));
    }
}
