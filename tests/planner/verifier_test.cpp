// The verifier accepts what is valid by definition, and catches everything planted, with the right blocks and
// moment.
#include "planner/verifier.h"

#include "planner/greedy.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

Conflict conflict_in(const Problem& problem, const Packing& packing) {
    const auto conflict = find_conflict(problem, packing);
    REQUIRE(conflict);
    return *conflict;
}

Packing by_size(const Problem& problem) {
    return place_in_order(problem, placement_order(problem, Order::size), GapRule::first);
}

TEST_CASE("a packing without conflict is accepted") {
    CHECK_FALSE(find_conflict({}, {}));
    const Problem problem{{block(4, 0, 5), block(4, 5, 9), block(4, 4, 6)}, {}};
    CHECK_FALSE(find_conflict(problem, {{{0}, {0}, {4}}, {8}}));
    CHECK_FALSE(find_conflict(problem, {{{0}, {4}, {8}}, {100}}));  // higher than needed is no conflict
}

TEST_CASE("an overlap names both blocks, their bytes and their lifetimes") {
    const Problem problem{{block(4, 0, 5), block(4, 4, 9)}, {"a", "b"}};
    const Conflict conflict = conflict_in(problem, {{{0}, {3}}, {8}});
    CHECK(conflict.kind == ConflictKind::overlap);
    CHECK(conflict.moment == EventIndex{4});
    CHECK(conflict.block == 1);
    CHECK(conflict.other == 0);
    CHECK(conflict.message ==
          "block 1 \"b\" (offset 3, size 4, lifetime [4, 9)): overlaps block 0 \"a\" (offset 0, size 4, "
          "lifetime [0, 5))");
}

TEST_CASE("each kind of conflict is told apart") {
    const Problem one{{block(4, 2, 5, 4)}, {}};
    CHECK(conflict_in(one, {{}, {8}}).kind == ConflictKind::count);
    CHECK(conflict_in(one, {{}, {8}}).message == "0 offsets for 1 blocks");

    const Conflict low = conflict_in(one, {{{4}}, {7}});
    CHECK(low.kind == ConflictKind::out_of_bounds);
    CHECK(low.moment == EventIndex{2});
    CHECK(low.message == "block 0 (offset 4, size 4, lifetime [2, 5)): ends above the height 7");
    CHECK(conflict_in(one, {{{0}}, {3}}).kind == ConflictKind::out_of_bounds);
    CHECK(conflict_in(one, {{{UINT64_MAX - 3}}, {UINT64_MAX}}).kind == ConflictKind::out_of_bounds);

    const Conflict crooked = conflict_in(one, {{{2}}, {8}});
    CHECK(crooked.kind == ConflictKind::misaligned);
    CHECK(crooked.message == "block 0 (offset 2, size 4, lifetime [2, 5)): is not aligned to 4");

    CHECK(conflict_in({{block(4, 5, 5)}, {}}, {{{0}}, {8}}).kind == ConflictKind::malformed);
    CHECK(conflict_in({{block(0, 0, 5)}, {}}, {{{0}}, {8}}).kind == ConflictKind::malformed);
    CHECK(conflict_in({{block(4, 0, 5, 0)}, {}}, {{{0}}, {8}}).kind == ConflictKind::malformed);
}

TEST_CASE("fixed offsets and aliases are held to") {
    Problem problem{{block(4, 0, 5), block(4, 2, 9)}, {"a", "b"}};
    problem.aliases = {6, 6};
    problem.fixed = {{}, Offset{4}};
    CHECK_FALSE(find_conflict(problem, {{{4}, {4}}, {8}}));

    const Conflict moved = conflict_in(problem, {{{0}, {0}}, {8}});
    CHECK(moved.kind == ConflictKind::moved);
    CHECK(moved.block == 1);
    CHECK(moved.message == "block 1 \"b\" (offset 0, size 4, lifetime [2, 9)): must be at offset 4");

    const Conflict apart = conflict_in(problem, {{{0}, {4}}, {8}});
    CHECK(apart.kind == ConflictKind::alias);
    CHECK(apart.moment == EventIndex{2});
    CHECK(apart.block == 1);
    CHECK(apart.other == 0);
    CHECK(apart.message ==
          "block 1 \"b\" (offset 4, size 4, lifetime [2, 9)): must be at the offset of block 0 \"a\" (offset "
          "0, size 4, lifetime [0, 5))");
}

TEST_CASE("only blocks of one arena conflict") {
    Problem problem{{block(4, 0, 5), block(4, 2, 9), block(4, 3, 4)}, {}};
    problem.arena_of = {0, 1, 0};
    problem.arenas = {"x", "y"};
    CHECK_FALSE(find_conflict(problem, {{{0}, {0}, {4}}, {8}}));
    const Conflict conflict = conflict_in(problem, {{{0}, {0}, {3}}, {8}});
    CHECK(conflict.block == 2);
    CHECK(conflict.other == 0);
}

TEST_CASE("a block that comes back after a gap finds what has taken its place") {
    Problem problem{{block(8, 0, 9), block(4, 3, 7)}, {}};
    problem.gaps = {{{{{3}, {7}}, {0}, {4}}}, {}};
    CHECK_FALSE(find_conflict(problem, {{{0}, {4}}, {8}}));
    CHECK(conflict_in(problem, {{{0}, {3}}, {8}}).moment == EventIndex{3});
    problem.gaps[0][0].life.upper = {6};
    const Conflict conflict = conflict_in(problem, {{{0}, {4}}, {8}});
    CHECK(conflict.kind == ConflictKind::overlap);
    CHECK(conflict.moment == EventIndex{6});
    CHECK(conflict.block == 0);
    CHECK(conflict.other == 1);
    CHECK(conflict.message ==
          "block 0 (offset 0, size 8, lifetime [0, 9)): overlaps block 1 (offset 4, size 4, lifetime [3, 7)) "
          "from 6 on");
}

TEST_CASE("a block is held to height and alignment in its gaps too") {
    Problem problem{{block(8, 0, 9, 4)}, {}};
    problem.gaps = {{{{{0}, {9}}, {0}, {0}}}};
    CHECK_FALSE(find_conflict(problem, {{{4}}, {12}}));
    CHECK(conflict_in(problem, {{{4}}, {11}}).kind == ConflictKind::out_of_bounds);
    CHECK(conflict_in(problem, {{{2}}, {12}}).kind == ConflictKind::misaligned);
}

TEST_CASE("gaps out of place and lists of another length are called so") {
    Problem problem{{block(8, 2, 9)}, {}};
    const auto kind_with = [&](std::vector<Gap> gaps) {
        problem.gaps = {std::move(gaps)};
        return conflict_in(problem, {{{0}}, {8}}).kind;
    };
    CHECK(kind_with({{{{1}, {4}}, {}, {}}}) == ConflictKind::malformed);
    CHECK(kind_with({{{{4}, {10}}, {}, {}}}) == ConflictKind::malformed);
    CHECK(kind_with({{{{4}, {4}}, {}, {}}}) == ConflictKind::malformed);
    CHECK(kind_with({{{{4}, {6}}, {}, {}}, {{{5}, {7}}, {}, {}}}) == ConflictKind::malformed);
    CHECK(kind_with({{{{4}, {6}}, {4}, {3}}}) == ConflictKind::malformed);
    CHECK(kind_with({{{{4}, {6}}, {4}, {9}}}) == ConflictKind::malformed);
    problem.gaps = {{}, {}};
    CHECK(conflict_in(problem, {{{0}}, {8}}).message == "2 lists of gaps for 1 blocks");
}

TEST_CASE("the verifier agrees with the definition on random packings of mixed problems") {
    std::mt19937_64 random(16);
    int valid = 0;
    int invalid = 0;
    for (int round = 0; round < 60000; ++round) {
        const Problem problem =
            testing::mixed_problem(random, {testing::draw(random, 1, 7), 10, 6, round % 4 == 0});
        Packing packing;
        packing.height = {testing::draw(random, 6, 40)};
        // Mostly where aliases and fixed offsets want them, so that other things are what goes wrong.
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            std::size_t first = 0;
            while (first < b && !testing::one_alias(problem, first, b)) ++first;
            packing.offsets.push_back({testing::draw(random, 0, packing.height.value - 4)});
            if (testing::once_in(random, 20)) continue;
            if (first < b) packing.offsets[b] = packing.offsets[first];
            if (!problem.fixed.empty() && problem.fixed[b]) packing.offsets[b] = *problem.fixed[b];
        }
        const bool expected = testing::valid_by_definition(problem, packing);
        ++(expected ? valid : invalid);
        REQUIRE(find_conflict(problem, packing).has_value() != expected);
    }
    CHECK(valid > 3000);
    CHECK(invalid > 3000);
}

TEST_CASE("many blocks of one alias hide nothing that lies among them") {
    // Ranges of one alias nest and follow one another; a block of none is dropped in at every place.
    std::mt19937_64 random(17);
    int valid = 0;
    for (int round = 0; round < 5000; ++round) {
        Problem problem;
        Packing packing{{}, {40}};
        for (std::uint64_t b = testing::draw(random, 1, 9); b != 0; --b) {
            const std::uint64_t begin = testing::draw(random, 0, 31);
            const Offset end{testing::draw(random, begin + 1, 32)};
            problem.blocks.push_back(block(32, 0, 9));
            problem.gaps.push_back({{{{0}, {9}}, {begin}, end}});
            problem.aliases.push_back(static_cast<std::uint32_t>(testing::draw(random, 0, 1)));
            packing.offsets.push_back({std::uint64_t{4} * problem.aliases.back()});
        }
        problem.blocks.push_back(block(testing::draw(random, 1, 9), testing::draw(random, 0, 4), 9));
        problem.gaps.emplace_back();
        problem.aliases.push_back(kNoAlias);
        packing.offsets.push_back({testing::draw(random, 0, 31)});
        const bool expected = testing::valid_by_definition(problem, packing);
        valid += expected ? 1 : 0;
        REQUIRE(find_conflict(problem, packing).has_value() != expected);
    }
    CHECK(valid > 300);
    CHECK(valid < 4700);
}

TEST_CASE("a malformed block does not hide an earlier overlap at its offset") {
    // Block 0 'dies' at 1, before it is born at 9: that must not take block 1, which lies at its offset,
    // away.
    const Problem problem{{block(4, 9, 1), block(4, 0, 5), block(4, 2, 5)}, {}};
    const Conflict conflict = conflict_in(problem, {{{0}, {0}, {0}}, {8}});
    CHECK(conflict.kind == ConflictKind::overlap);
    CHECK(conflict.moment == EventIndex{2});
}

TEST_CASE("of several conflicts the first by time is reported") {
    const Problem problem{{block(4, 6, 9), block(4, 6, 9), block(4, 1, 3, 4), block(4, 3, 4)}, {}};
    CHECK(conflict_in(problem, {{{0}, {0}, {2}, {0}}, {8}}).kind == ConflictKind::misaligned);
    CHECK(conflict_in(problem, {{{0}, {0}, {4}, {6}}, {8}}).block == 3);
    CHECK(conflict_in(problem, {{{0}, {0}, {4}, {4}}, {8}}).moment == EventIndex{6});
}

TEST_CASE("the verifier agrees with the definition on random packings") {
    std::mt19937_64 random(6);
    int valid = 0;
    int invalid = 0;
    for (int round = 0; round < 20000; ++round) {
        const Problem problem =
            testing::random_problem(random, {testing::draw(random, 1, 6), 14, 6, round % 4 == 0});
        Packing packing;
        packing.height = {testing::draw(random, 10, 40)};
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            packing.offsets.push_back({testing::draw(random, 0, packing.height.value - 4)});
        }
        const bool expected = testing::valid_by_definition(problem, packing);
        ++(expected ? valid : invalid);
        REQUIRE(find_conflict(problem, packing).has_value() != expected);
    }
    CHECK(valid > 1000);
    CHECK(invalid > 1000);
}

// The earliest birth at which the packing stops being valid, by definition: drop later blocks until it is.
EventIndex first_trouble(const Problem& problem, const Packing& packing) {
    std::vector<EventIndex> births;
    for (const Block& b : problem.blocks) births.push_back(b.life.lower);
    std::sort(births.begin(), births.end());
    for (const EventIndex moment : births) {
        Problem so_far;
        Packing places{{}, packing.height};
        for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
            if (problem.blocks[b].life.lower > moment) continue;
            so_far.blocks.push_back(problem.blocks[b]);
            places.offsets.push_back(packing.offsets[b]);
        }
        if (!testing::valid_by_definition(so_far, places)) return moment;
    }
    FAIL("the packing is valid");
    return {};
}

TEST_CASE("one block moved onto another is caught, at its moment and with its blocks") {
    std::mt19937_64 random(7);
    int planted = 0;
    for (int round = 0; round < 2000; ++round) {
        const Problem problem =
            testing::random_problem(random, {testing::draw(random, 2, 40), 30, 50, false});
        const auto& blocks = problem.blocks;
        Packing packing = by_size(problem);
        REQUIRE_FALSE(find_conflict(problem, packing));

        const std::size_t victim = testing::draw(random, 0, blocks.size() - 1);
        const std::size_t mutant = testing::draw(random, 0, blocks.size() - 1);
        if (victim == mutant || !blocks[victim].life.overlaps(blocks[mutant].life)) continue;
        // Any offset from where the mutant's last byte meets the victim's first to the reverse.
        const std::uint64_t begin = packing.offsets[victim].value;
        const std::uint64_t reach = std::min(begin, blocks[mutant].size.value - 1);
        packing.offsets[mutant] = {
            testing::draw(random, begin - reach, begin + blocks[victim].size.value - 1)};
        packing.height = {packing.height.value + 100};  // so that only the overlap is wrong
        ++planted;

        const Conflict conflict = conflict_in(problem, packing);
        REQUIRE(conflict.kind == ConflictKind::overlap);
        REQUIRE((conflict.block == mutant || conflict.other == mutant));
        REQUIRE(conflict.moment == blocks[conflict.block].life.lower);
        REQUIRE(conflict.moment == first_trouble(problem, packing));
        REQUIRE(blocks[conflict.block].life.overlaps(blocks[conflict.other].life));
    }
    CHECK(planted > 500);
}

TEST_CASE("one block lifted by a byte is caught as misaligned, a lowered height as out of bounds") {
    std::mt19937_64 random(8);
    for (int round = 0; round < 500; ++round) {
        Problem problem = testing::random_problem(random, {20, 30, 50, false});
        for (Block& b : problem.blocks) b.alignment = {16};
        const Packing packing = by_size(problem);
        REQUIRE_FALSE(find_conflict(problem, packing));

        Packing lower = packing;
        lower.height = {packing.height.value - 1};
        REQUIRE(conflict_in(problem, lower).kind == ConflictKind::out_of_bounds);

        // The earliest block, so that no overlap can come first.
        const auto& blocks = problem.blocks;
        const auto first = static_cast<std::size_t>(
            std::min_element(blocks.begin(), blocks.end(),
                             [](const Block& a, const Block& b) { return a.life.lower < b.life.lower; }) -
            blocks.begin());
        Packing crooked = packing;
        crooked.offsets[first] = crooked.offsets[first] + Bytes{1};
        crooked.height += Bytes{1};
        const Conflict conflict = conflict_in(problem, crooked);
        REQUIRE(conflict.kind == ConflictKind::misaligned);
        REQUIRE(conflict.block == first);
    }
}

}  // namespace
}  // namespace memo::planner
