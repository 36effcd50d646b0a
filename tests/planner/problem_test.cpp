// Validity of problems, the max load, and the loads it is made of.
#include "planner/problem.h"

#include "planner/loads.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

std::string complaint(const Problem& problem) {
    const auto error = validate(problem);
    return error ? error->message : "";
}

Bytes load_at(const Problem& problem, std::uint64_t moment) {
    Bytes load;
    for (const Block& b : problem.blocks) {
        if (b.life.lower.value <= moment && moment < b.life.upper.value) load += b.size;
    }
    return load;
}

TEST_CASE("a valid problem draws no complaint") {
    CHECK(complaint({}).empty());
    CHECK(complaint({{block(1, 0, 1), block(2, 0, 5, 3)}, {}}).empty());
    CHECK(complaint({{block(1, 0, 1), block(2, 0, 5)}, {"a", "b"}}).empty());
}

TEST_CASE("the complaint names the block and what is wrong with it") {
    CHECK(complaint({{block(1, 0, 1), block(1, 4, 4)}, {}}) == "block 1: its lifetime [4, 4) is empty");
    CHECK(complaint({{block(1, 5, 4)}, {"x"}}) == "block 0 \"x\": its lifetime [5, 4) is empty");
    CHECK(complaint({{block(0, 0, 1)}, {}}) == "block 0: its size is 0");
    CHECK(complaint({{block(1, 0, 1, 0)}, {}}) == "block 0: its alignment is 0");
    CHECK(complaint({{block(1, 0, 1), block(1, 0, 1)}, {"a"}}) == "1 ids for 2 blocks");
    CHECK(complaint({{block(1, 0, 1), block(1, 0, 1), block(1, 0, 1)}, {"a", "b", "a"}}) ==
          "block 2 \"a\": the id is that of block 0 too");
}

TEST_CASE("sums that a height could overflow are refused at the exact byte") {
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 62;
    const std::string expected = "block 1: the sizes so far add up to more than 2^63 - 1 bytes";
    CHECK(complaint({{block(kHalf, 0, 1), block(kHalf - 1, 2, 3)}, {}}).empty());
    CHECK(complaint({{block(kHalf, 0, 1), block(kHalf, 2, 3)}, {}}) == expected);
    CHECK(complaint({{block(kHalf, 0, 1), block(1, 0, 1, kHalf - 1)}, {}}).empty());
    CHECK(complaint({{block(kHalf, 0, 1), block(1, 0, 1, kHalf)}, {}}) == expected);
    CHECK(complaint({{block(1, 0, 1), block(UINT64_MAX, 0, 1)}, {}}) == expected);
    CHECK(complaint({{block(1, 0, 1), block(1, 0, 1, UINT64_MAX)}, {}}) == expected);
}

// Two blocks that live together, aligned to 4 and 6, and whatever the edit adds.
template <class Edit>
std::string complaint_after(Edit edit) {
    Problem problem{{block(8, 0, 10, 4), block(6, 5, 20, 6)}, {}};
    edit(problem);
    return complaint(problem);
}

TEST_CASE("lists are parallel to the blocks or empty") {
    CHECK(complaint_after([](Problem& p) { p.fixed.resize(1); }) == "1 fixed offsets for 2 blocks");
    CHECK(complaint_after([](Problem& p) { p.hints.resize(3); }) == "3 hints for 2 blocks");
    CHECK(complaint_after([](Problem& p) { p.gaps.resize(1); }) == "1 lists of gaps for 2 blocks");
    CHECK(complaint_after([](Problem& p) { p.aliases = {kNoAlias}; }) == "1 aliases for 2 blocks");
    CHECK(complaint_after([](Problem& p) { p.arena_of = {0}; }) == "1 arena indices for 2 blocks");
    CHECK(complaint_after([](Problem& p) { p.arena_of = {0, 0}; }).empty());
    CHECK(complaint_after([](Problem& p) { p.arena_of = {0, 1}; }) == "block 1: there is no arena 1 among 1");
    CHECK(complaint_after([](Problem& p) {
              p.arena_of = {0, 2};
              p.arenas = {"x", "y"};
          }) == "block 1: there is no arena 2 among 2");
}

TEST_CASE("a complaint about a gap names it") {
    const auto with_gaps = [](std::vector<Gap> gaps) {
        return complaint_after([&](Problem& p) { p.gaps = {{}, std::move(gaps)}; });
    };
    CHECK(with_gaps({{{{5}, {7}}, {}, {}}, {{{7}, {20}}, {1}, {6}}}).empty());
    CHECK(with_gaps({{{{7}, {7}}, {}, {}}}) == "block 1: its gap [7, 7) is empty");
    CHECK(with_gaps({{{{4}, {7}}, {}, {}}}) == "block 1: its gap [4, 7) is not within its lifetime [5, 20)");
    CHECK(with_gaps({{{{6}, {21}}, {}, {}}}) ==
          "block 1: its gap [6, 21) is not within its lifetime [5, 20)");
    CHECK(with_gaps({{{{6}, {9}}, {}, {}}, {{{8}, {10}}, {}, {}}}) ==
          "block 1: its gap [8, 10) begins before the last one ends");
    CHECK(with_gaps({{{{6}, {9}}, {3}, {2}}}) == "block 1: its gap [6, 9) keeps bytes [3, 2) of 6");
    CHECK(with_gaps({{{{6}, {9}}, {3}, {7}}}) == "block 1: its gap [6, 9) keeps bytes [3, 7) of 6");
}

TEST_CASE("fixed offsets are aligned, low enough, and not in conflict") {
    const auto fixed = [](std::optional<Offset> first, std::optional<Offset> second) {
        return complaint_after([&](Problem& p) { p.fixed = {first, second}; });
    };
    CHECK(fixed({}, {}).empty());
    CHECK(fixed(Offset{4}, Offset{12}).empty());
    CHECK(fixed(Offset{5}, {}) == "block 0: the fixed offset 5 is not a multiple of its alignment 4");
    CHECK(fixed(Offset{8}, Offset{12}) ==
          "block 1: at its fixed offset it overlaps block 0, which is fixed too");
    CHECK(fixed(Offset{8}, Offset{6}) ==
          "block 1: at its fixed offset it overlaps block 0, which is fixed too");
    CHECK(fixed(Offset{UINT64_MAX - 3}, {}) ==
          "block 0: the fixed offset 18446744073709551612 and all sizes add up to more than 2^63 - 1 bytes");
}

TEST_CASE("gaps, arenas and aliases make room for fixed blocks") {
    const auto together = [](Problem& p) { p.fixed = {Offset{0}, Offset{0}}; };
    CHECK_FALSE(complaint_after(together).empty());
    CHECK(complaint_after([&](Problem& p) {
              together(p);
              p.gaps = {{{{{5}, {10}}, {}, {}}}, {}};
          }).empty());
    CHECK(complaint_after([&](Problem& p) {
              together(p);
              p.gaps = {{{{{5}, {9}}, {}, {}}}, {}};  // back a moment before its death
          }) == "block 0: at its fixed offset it overlaps block 1, which is fixed too");
    CHECK(complaint_after([&](Problem& p) {
              together(p);
              p.arena_of = {0, 1};
              p.arenas = {"x", "y"};
          }).empty());
    CHECK(complaint_after([&](Problem& p) {
              together(p);
              p.aliases = {3, 3};
          }).empty());
}

TEST_CASE("an alias holds together, or the complaint says why not") {
    const auto shared = [](auto edit) {
        return complaint_after([&](Problem& p) {
            p.aliases = {3, 3};
            edit(p);
        });
    };
    CHECK(shared([](Problem&) {}).empty());
    CHECK(shared([](Problem& p) { p.fixed = {Offset{12}, {}}; }).empty());
    CHECK(shared([](Problem& p) {
              p.fixed = {Offset{4}, {}};
          }) == "block 1: the fixed offset 4 of its alias is not a multiple of its alignment 6");
    CHECK(shared([](Problem& p) {
              p.fixed = {Offset{0}, Offset{12}};
          }) == "block 1: the fixed offset 12 is not that of block 0, with which it shares an alias");
    CHECK(shared([](Problem& p) {
              p.arena_of = {1, 0};
              p.arenas = {"x", "y"};
          }) == "block 1: shares an alias with block 0, which lies in another arena");
    CHECK(shared([](Problem& p) {
              p.blocks[0].alignment = {std::uint64_t{1} << 40};
              p.blocks[1].alignment = {847288609443};  // 3^25
          }) == "block 1: the alignments of its alias have no common multiple below 2^63");
}

TEST_CASE("what shares an alias with a fixed block is fixed too") {
    Problem problem{{block(8, 0, 4), block(8, 4, 9), block(8, 6, 7)}, {"a", "b", "c"}};
    problem.aliases = {0, 0, kNoAlias};
    problem.fixed = {Offset{0}, {}, Offset{4}};
    CHECK(complaint(problem) ==
          "block 2 \"c\": at its fixed offset it overlaps block 1 \"b\", which is fixed too");
    problem.fixed[2] = Offset{8};
    CHECK(complaint(problem).empty());
}

TEST_CASE("fixed blocks draw a complaint exactly where two of them clash by definition") {
    std::mt19937_64 random(3);
    int valid = 0;
    int invalid = 0;
    for (int round = 0; round < 10000; ++round) {
        Problem problem = testing::mixed_problem(random, {testing::draw(random, 1, 7), 10, 6, false});
        const std::size_t count = problem.blocks.size();
        problem.fixed.resize(count);
        for (std::size_t b = 0; b < count; ++b) {
            std::size_t first = 0;
            while (first < b && !testing::one_alias(problem, first, b)) ++first;
            problem.fixed[b] = first < b ? problem.fixed[first] : Offset{testing::draw(random, 0, 40)};
        }
        bool clash = false;
        for (std::size_t b = 0; b < count; ++b) {
            for (std::size_t a = 0; a < b; ++a) {
                clash =
                    clash || testing::clash(problem, a, problem.fixed[a]->value, b, problem.fixed[b]->value);
            }
        }
        ++(clash ? invalid : valid);
        REQUIRE(validate(problem).has_value() == clash);
    }
    CHECK(valid > 1000);
    CHECK(invalid > 1000);
}

TEST_CASE("a problem is plain if nothing in its lists says anything") {
    Problem problem{{block(1, 0, 1), block(1, 0, 1)}, {}};
    CHECK(is_plain(problem));
    problem.fixed.resize(2);
    problem.gaps.resize(2);
    problem.aliases = {kNoAlias, kNoAlias};
    problem.arena_of = {1, 1};
    problem.hints = {Offset{1}, {}};
    CHECK(is_plain(problem));
    const auto edited = [&](auto edit) {
        Problem other = problem;
        edit(other);
        return is_plain(other);
    };
    CHECK_FALSE(edited([](Problem& p) { p.fixed[1] = Offset{}; }));
    CHECK_FALSE(edited([](Problem& p) { p.gaps[1] = {{{{0}, {1}}, {}, {}}}; }));
    CHECK_FALSE(edited([](Problem& p) { p.aliases[0] = 0; }));
    CHECK_FALSE(edited([](Problem& p) { p.arena_of[1] = 0; }));
}

TEST_CASE("the first id that occurred before is found, whether ids are numbers or names") {
    using Pair = std::pair<std::size_t, std::size_t>;
    const auto twice = [](std::vector<std::string> ids) { return find_duplicate(ids); };
    CHECK_FALSE(twice({}));
    CHECK_FALSE(twice({"1", "01", "+1", "1 ", "", "one"}));
    CHECK_FALSE(twice({"0", "18446744073709551616", "00"}));  // 2^64, which is no 0
    CHECK(twice({"7", "3", "7", "3"}) == Pair{0, 2});
    CHECK(twice({"5", "x", "5", "x"}) == Pair{0, 2});
    CHECK(twice({"x", "", "y", ""}) == Pair{1, 3});
    CHECK(twice({"999999999999", "5", "999999999999"}) == Pair{0, 2});
}

TEST_CASE("find_duplicate agrees with a look at all pairs") {
    std::mt19937_64 random(4);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::string> ids(testing::draw(random, 0, 30));
        for (std::string& id : ids) {
            id = (round % 3 == 0 && testing::once_in(random, 4) ? "n" : "") +
                 std::to_string(testing::draw(random, 0, 400));
        }
        std::optional<std::pair<std::size_t, std::size_t>> expected;
        for (std::size_t b = 0; b < ids.size() && !expected; ++b) {
            for (std::size_t a = 0; a < b && !expected; ++a) {
                if (ids[a] == ids[b]) expected = {a, b};
            }
        }
        REQUIRE(find_duplicate(ids) == expected);
    }
}

TEST_CASE("max load counts what is kept: gaps, the largest of an alias, the largest arena") {
    Problem gap{{block(8, 0, 9), block(5, 3, 5)}, {}};
    gap.gaps = {{{{{3}, {5}}, {2}, {4}}}, {}};
    CHECK(max_load(gap) == Bytes{8});
    gap.gaps[0][0].end = {6};
    CHECK(max_load(gap) == Bytes{9});

    Problem alias{{block(8, 0, 5), block(6, 3, 9), block(1, 0, 9)}, {}};
    alias.aliases = {0, 0, kNoAlias};
    CHECK(max_load(alias) == Bytes{9});

    Problem arenas{{block(8, 0, 5), block(6, 3, 9), block(1, 0, 9)}, {}};
    arenas.arena_of = {0, 1, 1};
    arenas.arenas = {"x", "y"};
    CHECK(max_load(arenas) == Bytes{8});
}

TEST_CASE("max load and peak loads of mixed problems agree with a look at every moment") {
    std::mt19937_64 random(2);
    for (int round = 0; round < 3000; ++round) {
        const Problem problem =
            testing::mixed_problem(random, {testing::draw(random, 1, 8), 12, 9, false}, {.arenas = false});
        const std::vector<Bytes> peaks = peak_loads(problem);
        std::vector<Bytes> expected(problem.blocks.size());
        Bytes highest;
        for (std::uint64_t moment = 0; moment < 12; ++moment) {
            Bytes load;
            for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
                const auto kept = [&](std::size_t block) {
                    const auto [begin, end] = testing::kept_at(problem, block, moment);
                    return Bytes{end - begin};
                };
                // Of an alias, the first of those that keep most.
                bool counts = true;
                for (std::size_t a = 0; a < problem.blocks.size(); ++a) {
                    if (a == b || !testing::one_alias(problem, a, b)) continue;
                    counts = counts && (kept(a) < kept(b) || (kept(a) == kept(b) && b < a));
                }
                if (counts) load += kept(b);
            }
            highest = std::max(highest, load);
            for (std::size_t b = 0; b < problem.blocks.size(); ++b) {
                const Lifetime& life = problem.blocks[b].life;
                if (life.lower.value <= moment && moment < life.upper.value)
                    expected[b] = std::max(expected[b], load);
            }
        }
        REQUIRE(max_load(problem) == highest);
        REQUIRE(peaks == expected);
    }
}

TEST_CASE("max load counts what lives together, half-open") {
    CHECK(max_load({}) == Bytes{0});
    CHECK(max_load({{block(3, 0, 5), block(4, 5, 9)}, {}}) == Bytes{4});
    CHECK(max_load({{block(3, 0, 6), block(4, 5, 9)}, {}}) == Bytes{7});
    CHECK(max_load({{block(3, 2, 6), block(4, 2, 3), block(5, 3, 4)}, {}}) == Bytes{8});
}

TEST_CASE("max load and peak loads agree with a look at every moment") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 2000; ++round) {
        const std::size_t blocks = testing::draw(random, 1, 30);
        const std::uint64_t moments = testing::draw(random, 1, 40);
        const Problem problem = testing::random_problem(random, {blocks, moments, 100, false});
        Bytes peak;
        for (std::uint64_t moment = 0; moment < moments; ++moment) {
            peak = std::max(peak, load_at(problem, moment));
        }
        REQUIRE(max_load(problem) == peak);

        const std::vector<Bytes> peaks = peak_loads(problem);
        REQUIRE(peaks.size() == blocks);
        for (std::size_t b = 0; b < blocks; ++b) {
            const Lifetime& life = problem.blocks[b].life;
            Bytes own;
            for (std::uint64_t moment = life.lower.value; moment < life.upper.value; ++moment) {
                own = std::max(own, load_at(problem, moment));
            }
            REQUIRE(peaks[b] == own);
        }
    }
}

}  // namespace
}  // namespace memo::planner
