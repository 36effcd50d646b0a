// The complete search against brute force: whether there is a packing, and whether the one it gives is one.
// Small problems at capacities around their least height, where a claim of impossibility can be wrong; the
// slack that makes it so comes from alignments, from obstacles, and from planted cores.
#include "planner/niche_search.h"

#include "planner/floors.h"
#include "planner/restarts.h"
#include "planner/search_part.h"
#include "planner/sections.h"
#include "tests/planner/brute_force.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <optional>
#include <random>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

using testing::draw;
using testing::once_in;

// In sections for moments; obstacles become fixed blocks after the others.
Problem as_problem(const SectionProblem& part) {
    Problem problem;
    for (const SectionBlock& block : part.blocks) {
        problem.blocks.push_back({{block.size}, {block.alignment}, {{block.first}, {block.last}}});
    }
    problem.fixed.resize(part.blocks.size());
    for (const Obstacle& obstacle : part.obstacles) {
        problem.blocks.push_back({{obstacle.end - obstacle.begin}, {1}, {{obstacle.first}, {obstacle.last}}});
        problem.fixed.emplace_back(Offset{obstacle.begin});
    }
    return problem;
}

bool is_packing(const SectionProblem& part, std::uint64_t capacity, std::span<const std::uint64_t> offsets) {
    Packing packing;
    packing.height = {capacity};
    for (const std::uint64_t offset : offsets) packing.offsets.push_back({offset});
    for (const Obstacle& obstacle : part.obstacles) packing.offsets.push_back({obstacle.begin});
    return testing::valid_by_definition(as_problem(part), packing);
}

std::vector<SectionProblem> parts_of(const Problem& problem) {
    std::vector<std::uint32_t> all(problem.blocks.size());
    std::iota(all.begin(), all.end(), 0);
    return section_parts(problem, all, 1);
}

void add_obstacles(std::mt19937_64& random, SectionProblem& part) {
    for (std::uint64_t tries = draw(random, 1, 4); tries > 0; --tries) {
        Obstacle rock;
        rock.first = static_cast<std::uint32_t>(draw(random, 0, part.sections - 1));
        rock.last = static_cast<std::uint32_t>(draw(random, rock.first + 1, part.sections));
        rock.begin = draw(random, 0, 8);
        rock.end = rock.begin + draw(random, 1, 4);
        bool free = true;
        for (const Obstacle& other : part.obstacles) {
            free = free && (rock.last <= other.first || other.last <= rock.first || rock.end <= other.begin ||
                            other.end <= rock.begin);
        }
        if (free) part.obstacles.push_back(rock);
    }
}

SearchRun random_run(std::mt19937_64& random) {
    SearchRun run;
    run.values = ValueOrder(draw(random, 0, kValueOrders - 1));
    run.sections = SectionRule(draw(random, 0, kSectionRules - 1));
    run.seed = once_in(random, 2) ? 0 : random();
    return run;
}

// Restarts first, so that what runs leave behind is tested too.
SearchResult search(std::mt19937_64& random, NicheSearch& niche_search) {
    for (std::uint64_t restarts = draw(random, 0, 3); restarts > 0; --restarts) {
        SearchRun run = random_run(random);
        run.node_limit = draw(random, 0, 12);
        const SearchResult result = niche_search.run(run);
        if (result != SearchResult::stopped) return result;
    }
    return niche_search.run(random_run(random));
}

struct Tally {
    int loose = 0;  // the optimum is above the max load
    int wrong = 0;
};

void check(std::mt19937_64& random, const SectionProblem& part, std::uint64_t optimum, Tally& tally) {
    const std::uint64_t load = max_load(part);
    if (optimum > load) ++tally.loose;
    for (const std::uint64_t capacity : {optimum - 1, optimum, optimum + 1}) {
        NicheSearch niche_search(part, capacity, once_in(random, 2) ? 0 : 2);
        const SearchResult result = search(random, niche_search);
        const SearchResult expected = capacity < optimum ? SearchResult::impossible : SearchResult::found;
        const bool right = result == expected && (result != SearchResult::found ||
                                                  is_packing(part, capacity, niche_search.offsets()));
        if (right) continue;
        ++tally.wrong;
        UNSCOPED_INFO(part.blocks.size() << " blocks, optimum " << optimum << ", capacity " << capacity);
    }
}

// As above, for random problems of a shape; the optimum is brute force's.
Tally check_random(std::uint64_t seed, int problems, const testing::Shape& shape, bool obstacles) {
    std::mt19937_64 random(seed);
    Tally tally;
    for (int round = 0; round < problems; ++round) {
        for (SectionProblem& part : parts_of(testing::random_problem(random, shape))) {
            if (obstacles) add_obstacles(random, part);
            const auto optimum = testing::least_height(as_problem(part));
            REQUIRE(optimum);
            check(random, part, optimum->value, tally);
        }
    }
    return tally;
}

}  // namespace

TEST_CASE("the search agrees with brute force on small problems") {
    const Tally tally = check_random(1, 1500, {7, 8, 5, false}, false);
    CHECK(tally.wrong == 0);
}

TEST_CASE("the search agrees with brute force where blocks are aligned") {
    const Tally tally = check_random(2, 1500, {7, 7, 6, true}, false);
    CHECK(tally.wrong == 0);
    CHECK(tally.loose > 500);
}

TEST_CASE("the search agrees with brute force where obstacles lie about") {
    const Tally tally = check_random(3, 1500, {6, 7, 5, false}, true);
    CHECK(tally.wrong == 0);
    CHECK(tally.loose > 300);
}

TEST_CASE("the search agrees with brute force where aligned blocks lie among obstacles") {
    const Tally tally = check_random(4, 1500, {6, 7, 5, true}, true);
    CHECK(tally.wrong == 0);
    CHECK(tally.loose > 500);
}

// Some of these take too long: other problems in time hang together with the core by blocks that live
// throughout, and the order of a run may have it solve those again and again.
TEST_CASE("the search never takes a planted optimum above the max load for too low or too high") {
    std::mt19937_64 random(5);
    int decided = 0;
    int wrong = 0;
    for (const testing::Planted& core : testing::planted_cores(random, 100)) {
        for (int round = 0; round < 10; ++round) {
            const testing::Planted planted = testing::enlarged(random, core);
            const SectionProblem part = parts_of(planted.problem).front();
            for (const std::uint64_t capacity : {planted.optimum.value - 1, planted.optimum.value}) {
                NicheSearch niche_search(part, capacity);
                SearchRun run = random_run(random);
                run.node_limit = 5000;
                const SearchResult result = niche_search.run(run);
                if (result == SearchResult::stopped) continue;
                ++decided;
                const bool found = result == SearchResult::found;
                if (found && !is_packing(part, capacity, niche_search.offsets())) ++wrong;
                // Where no block lives throughout the core is a part of its own, and not always the first.
                const bool whole = part.blocks.size() == planted.problem.blocks.size();
                if (whole && found != (capacity == planted.optimum.value)) ++wrong;
                if (!found && capacity == planted.optimum.value) ++wrong;
            }
        }
    }
    CHECK(wrong == 0);
    CHECK(decided > 1000);
}

// A packing cut from a full rectangle is known to exist, so a search that claims otherwise is wrong. Larger
// than brute force can do, and with slack taken away at random: states recur by different ways.
TEST_CASE("the search finds room in problems cut from a packing") {
    std::mt19937_64 random(6);
    int claims = 0;
    for (int round = 0; round < 300; ++round) {
        struct Box {
            std::uint64_t begin, end, first, last;
        };
        const std::uint64_t height = draw(random, 10, 40);
        std::vector<Box> boxes{{0, height, 0, draw(random, 10, 30)}};
        while (boxes.size() < 30) {
            Box& box = boxes[draw(random, 0, boxes.size() - 1)];
            Box other = box;
            if (once_in(random, 2) && box.end - box.begin > 1) {
                box.end = other.begin = draw(random, box.begin + 1, box.end - 1);
            } else if (box.last - box.first > 1) {
                box.last = other.first = draw(random, box.first + 1, box.last - 1);
            } else {
                continue;
            }
            boxes.push_back(other);
        }
        Problem problem;
        for (const Box& box : boxes) {
            if (once_in(random, 12)) continue;
            problem.blocks.push_back({{box.end - box.begin}, {1}, {{box.first}, {box.last}}});
        }
        for (const SectionProblem& part : parts_of(problem)) {
            NicheSearch niche_search(part, height);
            SearchRun run = random_run(random);
            run.node_limit = 20'000;
            const SearchResult result = niche_search.run(run);
            if (result == SearchResult::impossible) ++claims;
            if (result == SearchResult::found) CHECK(is_packing(part, height, niche_search.offsets()));
        }
    }
    CHECK(claims == 0);
}

TEST_CASE("a search that may not go on says stopped, and can go on later") {
    std::mt19937_64 random(7);
    const SectionProblem part = parts_of(testing::random_problem(random, {200, 40, 50, false})).front();
    NicheSearch niche_search(part, max_load(part) * 2);
    SearchRun run;
    run.node_limit = 10;
    CHECK(niche_search.run(run) == SearchResult::stopped);
    CHECK(niche_search.nodes() == 11);
    run.node_limit = UINT64_MAX;
    run.expired = [] { return true; };
    const SearchResult result = niche_search.run(run);
    CHECK(result != SearchResult::impossible);
    run.expired = nullptr;
    CHECK(niche_search.run(run) == SearchResult::found);
    CHECK(is_packing(part, 2 * max_load(part), niche_search.offsets()));
}

TEST_CASE("a run depends on nothing but the problem and what it is asked") {
    std::mt19937_64 random(8);
    for (int round = 0; round < 20; ++round) {
        const auto parts = parts_of(testing::random_problem(random, {60, 30, 20, once_in(random, 2)}));
        const SearchRun run = random_run(random);
        NicheSearch one(parts.front(), max_load(parts.front()) * 5 / 4);
        NicheSearch other(parts.front(), max_load(parts.front()) * 5 / 4);
        SearchRun limited = run;
        limited.node_limit = 5000;
        CHECK(one.run(limited) == other.run(limited));
        CHECK(one.nodes() == other.nodes());
        CHECK(std::vector(one.offsets().begin(), one.offsets().end()) ==
              std::vector(other.offsets().begin(), other.offsets().end()));
    }
}

// As wide and as deep as a part gets: as many frames at once as there are blocks.
TEST_CASE("a part of thousands of blocks is searched without recursion") {
    std::mt19937_64 random(9);
    Problem problem;
    for (int block = 0; block < 5000; ++block) {
        const std::uint64_t lower = draw(random, 0, 2999);
        problem.blocks.push_back({{draw(random, 1, 1000)}, {1}, {{lower}, {lower + draw(random, 2, 20)}}});
    }
    problem.blocks.push_back({{1}, {1}, {{0}, {3020}}});
    const SectionProblem part = parts_of(problem).front();
    REQUIRE(part.sections > 1500);
    const PartAnswer answer = search_part(part, 2 * max_load(part), {}, {});
    REQUIRE(answer.result == SearchResult::found);
    const auto& offsets = answer.offsets;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> live;  // of one section
    for (std::uint32_t section = 0; section < part.sections; section += 97) {
        live.clear();
        for (std::size_t entry = 0; entry < part.blocks.size(); ++entry) {
            const SectionBlock& block = part.blocks[entry];
            if (section < block.first || block.last <= section) continue;
            live.emplace_back(offsets[entry], offsets[entry] + block.size);
        }
        std::sort(live.begin(), live.end());
        for (std::size_t k = 1; k < live.size(); ++k) REQUIRE(live[k - 1].second <= live[k].first);
        if (!live.empty()) REQUIRE(live.back().second <= 2 * max_load(part));
    }
}

TEST_CASE("restarts go on until they know, and say the same for the same seed") {
    std::mt19937_64 random(10);
    int impossible = 0;
    for (int round = 0; round < 300; ++round) {
        for (const SectionProblem& part : parts_of(testing::random_problem(random, {7, 7, 6, true}))) {
            const auto optimum = testing::least_height(as_problem(part));
            REQUIRE(optimum);
            const std::uint64_t capacity = optimum->value - draw(random, 0, 1);
            const PartAnswer one = search_part(part, capacity, {}, {});
            const PartAnswer other = search_part(part, capacity, {}, {});
            CHECK(one.result == (capacity < optimum->value ? SearchResult::impossible : SearchResult::found));
            CHECK(one.result == other.result);
            CHECK(one.offsets == other.offsets);
            if (one.result == SearchResult::impossible) ++impossible;
        }
    }
    CHECK(impossible > 100);
}

TEST_CASE("restarts keep to the runs and the time that they are given") {
    std::mt19937_64 random(11);
    const SectionProblem part = parts_of(testing::random_problem(random, {300, 60, 50, false})).front();
    CHECK(search_part(part, max_load(part), {0, 1, true}, {}).result == SearchResult::stopped);
    Budget spent;
    spent.deadline = std::chrono::steady_clock::now();
    CHECK(search_part(part, max_load(part), {}, spent).result == SearchResult::stopped);
}

TEST_CASE("a run keeps to the nodes that it is given") {
    std::mt19937_64 random(11);
    const SectionProblem part = parts_of(testing::random_problem(random, {300, 60, 50, false})).front();
    NicheSearch niche_search(part, max_load(part));
    SearchRun run;
    run.node_limit = 100;
    CHECK(niche_search.run(run) == SearchResult::stopped);
    CHECK(niche_search.nodes() <= 102);
}

TEST_CASE("some restart is longer than any search") {
    std::uint64_t longest = 0;
    for (std::uint64_t number = 0; number < 5000; ++number) {
        longest = std::max(longest, restart(number, 100, 1).node_limit);
    }
    CHECK(longest >= std::uint64_t{400} * 2048);
    CHECK(restart(5, 100, 1).node_limit < 1000);
}

// What a niche offers is remembered by its keys, and slack is part of that.
TEST_CASE("sections with equal floors and different slack have different keys") {
    SectionProblem part;
    part.sections = 2;
    part.blocks = {{5, 1, 0, 2, 0}, {3, 1, 0, 2, 1}, {1, 1, 1, 2, 2}};
    Floors floors(part, 12);
    const StateKey start = floors[1].key;
    floors.place(0, 0);
    const Floors::Section tight = floors[1];
    const std::uint64_t floor = floors.floor(1);
    floors.undo_to(0);
    CHECK(floors[1].key == start);
    floors.place(1, 0);
    floors.raise(1, 5);
    CHECK(floors.floor(1) == floor);
    CHECK(floors[1].slack + 2 == tight.slack);
    CHECK_FALSE(floors[1].key == tight.key);
    floors.undo_to(0);
    CHECK(floors[1].key == start);
    CHECK(floors[1].slack == 3);
}

// Two niches of equal depth at the bottom of the arena, nothing beginning in either, once had the same key,
// and the search raised the floor of one of them again and again.
TEST_CASE("niches at the bottom in which nothing begins are told apart") {
    SectionProblem part;
    part.sections = 7;
    part.blocks = {{2, 1, 0, 2, 0}, {1, 1, 0, 7, 1}, {2, 1, 3, 4, 2}, {2, 1, 5, 7, 3}};
    Floors floors(part, 6);
    CHECK_FALSE(floors[2].key == floors[4].key);
    NicheSearch search(part, 6);
    CHECK(search.run({}) == SearchResult::found);
    CHECK(is_packing(part, 6, search.offsets()));
}

// Sections at which only obstacles begin: what a window of a larger problem looks like.
TEST_CASE("the search agrees with brute force where nothing begins at many sections") {
    std::mt19937_64 random(12);
    Tally tally;
    for (int round = 0; round < 1500; ++round) {
        SectionProblem part;
        part.sections = static_cast<std::uint32_t>(draw(random, 4, 14));
        for (std::uint64_t blocks = draw(random, 2, 6); blocks > 0; --blocks) {
            SectionBlock block;
            block.size = draw(random, 1, 5);
            block.first = static_cast<std::uint32_t>(draw(random, 0, part.sections - 1));
            block.last = static_cast<std::uint32_t>(draw(random, block.first + 1, part.sections));
            block.block = static_cast<std::uint32_t>(part.blocks.size());
            part.blocks.push_back(block);
        }
        std::sort(part.blocks.begin(), part.blocks.end(), [](const SectionBlock& a, const SectionBlock& b) {
            return std::tie(a.first, a.last, b.size) < std::tie(b.first, b.last, a.size);
        });
        add_obstacles(random, part);
        const auto optimum = testing::least_height(as_problem(part));
        REQUIRE(optimum);
        check(random, part, optimum->value, tally);
    }
    CHECK(tally.wrong == 0);
}

TEST_CASE("a part that cannot fit from the start is impossible without a node") {
    SectionProblem part;
    part.sections = 1;
    part.blocks = {{5, 1, 0, 1, 0}, {4, 1, 0, 1, 1}};
    NicheSearch overfull(part, 8);
    CHECK(overfull.run({}) == SearchResult::impossible);
    part.blocks.pop_back();
    part.obstacles = {{7, 9, 0, 1}};
    NicheSearch obstructed(part, 8);
    CHECK(obstructed.run({}) == SearchResult::impossible);
    CHECK(obstructed.nodes() == 0);
}

}  // namespace memo::planner
