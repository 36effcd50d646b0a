// Sections: which moments are one, where a problem falls apart, and what its unit is.
#include "planner/sections.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <vector>

namespace memo::planner {
namespace {

std::vector<SectionProblem> parts_of(const Problem& problem, std::uint64_t unit = 1) {
    std::vector<std::uint32_t> all(problem.blocks.size());
    std::iota(all.begin(), all.end(), 0);
    return section_parts(problem, all, unit);
}

}  // namespace

TEST_CASE("the unit divides every size, and alignments are whole units or none") {
    CHECK(common_unit({}) == 1);
    const std::vector<Block> pages{{{8192}, {4096}, {{0}, {1}}}, {{12288}, {64}, {{0}, {1}}}};
    CHECK(common_unit(pages) == 4096);
    const std::vector<Block> odd{{{6}, {1}, {{0}, {1}}}, {{9}, {1}, {{0}, {1}}}};
    CHECK(common_unit(odd) == 3);
    // 12 is no multiple of 8 and does not divide it: only units of 4 have whole alignments.
    const std::vector<Block> between{{{24}, {8}, {{0}, {1}}}, {{36}, {1}, {{0}, {1}}}};
    CHECK(common_unit(between) == 4);

    std::mt19937_64 random(1);
    for (int round = 0; round < 500; ++round) {
        const Problem problem = testing::random_problem(random, {3, 5, 60, true});
        const std::uint64_t unit = common_unit(problem.blocks);
        for (const Block& block : problem.blocks) {
            CHECK(block.size.value % unit == 0);
            CHECK((block.alignment.value % unit == 0 || unit % block.alignment.value == 0));
        }
    }
}

TEST_CASE("sections are the maximal sets that live together") {
    // a: [0, 10), b: [2, 4), c: [4, 6), d: [5, 6): {a, b} and {a, c, d}.
    Problem problem;
    problem.blocks = {
        {{8}, {1}, {{0}, {10}}}, {{8}, {1}, {{2}, {4}}}, {{16}, {1}, {{4}, {6}}}, {{8}, {16}, {{5}, {6}}}};
    const auto parts = parts_of(problem, 8);
    REQUIRE(parts.size() == 1);
    CHECK(parts[0].sections == 2);
    // By first, then last, then the larger: b, a, c, d.
    CHECK(parts[0].blocks ==
          std::vector<SectionBlock>{{1, 1, 0, 1, 1}, {1, 1, 0, 2, 0}, {2, 1, 1, 2, 2}, {1, 2, 1, 2, 3}});
    CHECK(max_load(parts[0]) == 4);
}

TEST_CASE("a problem falls apart where nothing lives on") {
    Problem problem;
    problem.blocks = {{{1}, {1}, {{0}, {2}}}, {{1}, {1}, {{2}, {5}}}, {{1}, {1}, {{7}, {9}}}};
    const auto parts = parts_of(problem);
    REQUIRE(parts.size() == 3);
    for (std::uint32_t k = 0; k < 3; ++k)
        CHECK(parts[k].blocks == std::vector<SectionBlock>{{1, 1, 0, 1, k}});
    CHECK(parts_of(Problem{}).empty());
}

TEST_CASE("two blocks share a section if and only if their lifetimes overlap, and the load is the same") {
    std::mt19937_64 random(2);
    for (int round = 0; round < 500; ++round) {
        const Problem problem = testing::random_problem(random, {8, 12, 9, false});
        const auto parts = parts_of(problem);
        std::vector<SectionBlock> at(problem.blocks.size());
        std::vector<std::size_t> part_of(problem.blocks.size());
        std::set<std::uint32_t> seen;
        std::uint64_t load = 0;
        for (std::size_t part = 0; part < parts.size(); ++part) {
            load = std::max(load, max_load(parts[part]));
            CHECK(parts[part].sections <= parts[part].blocks.size());
            for (const SectionBlock& block : parts[part].blocks) {
                at[block.block] = block;
                part_of[block.block] = part;
                seen.insert(block.block);
                CHECK(block.first < block.last);
                CHECK(block.last <= parts[part].sections);
            }
        }
        CHECK(seen.size() == problem.blocks.size());
        std::uint64_t expected = 0;
        for (std::uint64_t moment = 0; moment < 12; ++moment) {
            std::uint64_t live = 0;
            for (const Block& block : problem.blocks) {
                if (block.life.lower.value <= moment && moment < block.life.upper.value)
                    live += block.size.value;
            }
            expected = std::max(expected, live);
        }
        CHECK(load == expected);
        for (std::size_t a = 0; a < at.size(); ++a) {
            for (std::size_t b = 0; b < a; ++b) {
                const bool together =
                    part_of[a] == part_of[b] && at[a].first < at[b].last && at[b].first < at[a].last;
                CHECK(together == problem.blocks[a].life.overlaps(problem.blocks[b].life));
            }
        }
    }
}

TEST_CASE("obstacles count to the load") {
    SectionProblem part;
    part.sections = 2;
    part.blocks = {{5, 1, 0, 1, 0}, {2, 1, 0, 2, 1}};
    CHECK(max_load(part) == 7);
    part.obstacles = {{10, 16, 1, 2}};
    CHECK(max_load(part) == 8);
}

}  // namespace memo::planner
