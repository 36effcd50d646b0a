// Items say the same as the blocks they are made of, and arenas come apart and together again.
#include "planner/items.h"

#include "planner/loads.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace memo::planner {
namespace {

Block block(std::uint64_t size, std::uint64_t lower, std::uint64_t upper, std::uint64_t alignment = 1) {
    return {{size}, {alignment}, {{lower}, {upper}}};
}

Piece piece(std::uint64_t lower, std::uint64_t upper, std::uint64_t begin, std::uint64_t end) {
    return {{{lower}, {upper}}, {begin}, {end}};
}

TEST_CASE("a block without options is an item of one piece") {
    const auto items = make_items({{block(8, 2, 5, 4), block(3, 0, 9)}, {}});
    REQUIRE(items.size() == 2);
    CHECK(items[0] == Item{{piece(2, 5, 0, 8)}, {4}, {}, {}, {8}, {0}});
    CHECK(items[1] == Item{{piece(0, 9, 0, 3)}, {1}, {}, {}, {3}, {1}});
}

TEST_CASE("gaps split a block, and what is kept in one is a piece") {
    Problem problem{{block(8, 0, 10), block(4, 0, 3)}, {}};
    problem.gaps = {{{{{0}, {2}}, {0}, {0}}, {{{4}, {5}}, {2}, {6}}, {{{5}, {6}}, {2}, {6}}},
                    {{{{0}, {3}}, {0}, {0}}}};
    const auto items = make_items(problem);
    REQUIRE(items.size() == 2);
    CHECK(items[0].pieces == std::vector{piece(2, 4, 0, 8), piece(4, 6, 2, 6), piece(6, 10, 0, 8)});
    CHECK(items[1].pieces.empty());
    CHECK(items[1].size == Bytes{4});
}

TEST_CASE("an alias is one item: the union of its blocks, at a multiple of all their alignments") {
    Problem problem{{block(8, 0, 4, 4), block(1, 0, 9), block(12, 3, 6, 6)}, {}};
    problem.aliases = {7, kNoAlias, 7};
    problem.fixed = {{}, {}, Offset{24}};
    problem.hints = {{}, {}, Offset{5}};
    const auto items = make_items(problem);
    REQUIRE(items.size() == 2);
    CHECK(items[0] ==
          Item{{piece(0, 3, 0, 8), piece(3, 6, 0, 12)}, {12}, Offset{24}, Offset{5}, {12}, {0, 2}});
    CHECK(items[1].members == std::vector<std::uint32_t>{1});
}

TEST_CASE("pieces are disjoint, ordered, and cover exactly what the members keep") {
    std::mt19937_64 random(31);
    std::size_t pieces = 0;
    for (int round = 0; round < 3000; ++round) {
        const Problem problem =
            testing::mixed_problem(random, {testing::draw(random, 1, 7), 10, 8, true}, {.arenas = false});
        std::set<std::uint32_t> seen;
        for (const Item& item : make_items(problem)) {
            REQUIRE(std::is_sorted(item.pieces.begin(), item.pieces.end()));
            pieces += item.pieces.size();
            for (const std::uint32_t member : item.members) REQUIRE(seen.insert(member).second);
            for (std::uint64_t moment = 0; moment < 10; ++moment) {
                for (std::uint64_t byte = 0; byte < 8; ++byte) {
                    const auto holds = [&](const Piece& p) {
                        return p.life.lower.value <= moment && moment < p.life.upper.value &&
                               p.begin.value <= byte && byte < p.end.value;
                    };
                    const bool kept =
                        std::any_of(item.members.begin(), item.members.end(), [&](std::uint32_t member) {
                            const auto [begin, end] = testing::kept_at(problem, member, moment);
                            return begin <= byte && byte < end;
                        });
                    REQUIRE(std::count_if(item.pieces.begin(), item.pieces.end(), holds) == (kept ? 1 : 0));
                }
            }
        }
        REQUIRE(seen.size() == problem.blocks.size());
    }
    CHECK(pieces > 10000);
}

TEST_CASE("arenas are split with everything their blocks have, and their packings joined by block") {
    Problem problem{{block(1, 0, 1), block(2, 0, 1), block(3, 0, 1)}, {"a", "b", "c"}};
    problem.arena_of = {2, 0, 2};
    problem.arenas = {"x", "empty", "y"};
    problem.hints = {Offset{5}, {}, {}};
    const auto arenas = split_arenas(problem);
    REQUIRE(arenas.size() == 2);
    CHECK(arenas[0].name == "x");
    CHECK(arenas[0].problem.ids == std::vector<std::string>{"b"});
    CHECK(arenas[1].name == "y");
    CHECK(arenas[1].blocks == std::vector<std::uint32_t>{0, 2});
    CHECK(arenas[1].problem.hints == std::vector<std::optional<Offset>>{Offset{5}, {}});
    CHECK(is_plain(arenas[1].problem));
    const std::vector<Packing> packings{{{{0}}, {2}}, {{{3}, {0}}, {4}}};
    CHECK(join_arenas(arenas, packings) == Packing{{{3}, {0}, {0}}, {4}});
    CHECK(split_arenas({}).empty());
}

}  // namespace
}  // namespace memo::planner
