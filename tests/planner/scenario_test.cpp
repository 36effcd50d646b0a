// Changes to problems: what they do to each part of one, that they leave it valid, and what they refuse.
#include "planner/scenario.h"

#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <numeric>

using namespace memo::planner;
using memo::Bytes;
using memo::EventIndex;
using memo::Lifetime;
using memo::Offset;

namespace {

Block block(std::uint64_t size, std::uint64_t alignment = 1) {
    return {Bytes{size}, Bytes{alignment}, Lifetime{EventIndex{0}, EventIndex{9}}};
}

Problem problem_of(std::vector<Block> blocks) {
    Problem problem;
    problem.blocks = std::move(blocks);
    return problem;
}

std::vector<std::uint32_t> all_of(const Scenario& scenario) {
    return blocks_of_tag(scenario, "*");
}

std::vector<std::uint64_t> sizes(const Scenario& scenario) {
    std::vector<std::uint64_t> sizes;
    for (const Block& one : scenario.problem.blocks) sizes.push_back(one.size.value);
    return sizes;
}

Gap gap(std::uint64_t begin, std::uint64_t end) {
    return {Lifetime{EventIndex{2}, EventIndex{4}}, Offset{begin}, Offset{end}};
}

}  // namespace

TEST_CASE("factors are whole numbers, decimals and fractions above 0") {
    CHECK(parse_factor("2").value() == Factor{2, 1});
    CHECK(parse_factor("0.5").value() == Factor{1, 2});
    CHECK(parse_factor("1.25").value() == Factor{5, 4});
    CHECK(parse_factor("3/6").value() == Factor{1, 2});
    CHECK(parse_factor("999999999.999999999").value() == Factor{999999999999999999, 1000000000});
    for (const char* wrong :
         {"", "0", "0.0", "1/0", "-1", "+1", "1e3", "1.", ".5", "1/2/3", "2x", " 2", "1234567890"}) {
        INFO(wrong);
        const auto factor = parse_factor(wrong);
        REQUIRE_FALSE(factor.ok());
        CHECK(factor.error() == "'" + std::string(wrong) + "' is not a factor like 2, 0.5 or 3/2");
    }
}

TEST_CASE("globs match as a search by definition does") {
    CHECK(matches_glob("aten::conv*", "aten::conv2d"));
    CHECK(matches_glob("*", ""));
    CHECK(matches_glob("", ""));
    CHECK_FALSE(matches_glob("", "a"));
    CHECK_FALSE(matches_glob("aten::conv", "aten::conv2d"));

    struct Definition {
        static bool matches(std::string_view p, std::string_view t) {
            if (p.empty()) return t.empty();
            if (p[0] != '*') return !t.empty() && p[0] == t[0] && matches(p.substr(1), t.substr(1));
            return matches(p.substr(1), t) || (!t.empty() && matches(p, t.substr(1)));
        }
    };
    std::mt19937_64 random(5);
    const auto word = [&](std::string_view letters) {
        std::string text;
        for (auto length = testing::draw(random, 0, 7); length > 0; --length)
            text += letters[testing::draw(random, 0, letters.size() - 1)];
        return text;
    };
    int matched = 0;
    for (int i = 0; i < 20000; ++i) {
        const std::string pattern = word("ab**");
        const std::string text = word("ab");
        INFO(pattern << " on " << text);
        REQUIRE(matches_glob(pattern, text) == Definition::matches(pattern, text));
        matched += matches_glob(pattern, text) ? 1 : 0;
    }
    CHECK(matched > 1000);
}

TEST_CASE("tags choose blocks; without tags all are untagged") {
    Scenario scenario{problem_of({block(1), block(2), block(3)}), {"aten::conv2d", "", "aten::add"}};
    CHECK(blocks_of_tag(scenario, "aten::*") == std::vector<std::uint32_t>{0, 2});
    CHECK(blocks_of_tag(scenario, "") == std::vector<std::uint32_t>{1});
    scenario.tags.clear();
    CHECK(blocks_of_tag(scenario, "aten::*").empty());
    CHECK(blocks_of_tag(scenario, "*").size() == 3);
}

TEST_CASE("scaling rounds up, and keeps to the alignment what kept to it") {
    const Scenario scenario{problem_of({block(3), block(100, 64), block(64, 64)}), {}};
    const std::vector<std::uint64_t> halves = {2, 50, 64};
    CHECK(sizes(scale(scenario, all_of(scenario), {1, 2}).value()) == halves);
    const std::vector<std::uint64_t> larger = {5, 150, 128};
    CHECK(sizes(scale(scenario, all_of(scenario), {3, 2}).value()) == larger);
    CHECK(scale(scenario, all_of(scenario), {}).value() == scenario);
    const std::vector<std::uint64_t> last = {3, 100, 128};
    CHECK(sizes(scale(scenario, std::vector<std::uint32_t>{2}, {2, 1}).value()) == last);
}

TEST_CASE("scaling takes gaps along, and refuses what no longer fits") {
    Scenario scenario{problem_of({block(8), block(1)}), {}};
    scenario.problem.gaps = {{gap(3, 6)}, {}};
    CHECK(scale(scenario, all_of(scenario), {1, 2}).value().problem.gaps[0][0] == gap(1, 3));
    scenario.problem.gaps = {{gap(7, 7)}, {}};
    CHECK(scale(scenario, all_of(scenario), {1, 8}).value().problem.gaps[0][0] == gap(0, 0));

    scenario.problem.gaps.clear();
    scenario.problem.blocks[0].size = Bytes{std::uint64_t{1} << 61};
    CHECK(scale(scenario, all_of(scenario), {3, 1}).ok());
    const auto large = scale(scenario, all_of(scenario), {900000000, 1});
    REQUIRE_FALSE(large.ok());
    CHECK(large.error().find("2^63 - 1 bytes") != std::string::npos);
}

TEST_CASE("dropped blocks take what belonged to them along") {
    Scenario scenario{problem_of({block(1), block(2), block(3)}), {"x", "y", "z"}};
    Problem& problem = scenario.problem;
    problem.ids = {"a", "b", "c"};
    problem.fixed = {std::nullopt, Offset{7}, Offset{90}};
    problem.hints = {Offset{1}, std::nullopt, Offset{3}};
    problem.gaps = {{}, {gap(0, 1)}, {gap(1, 2)}};
    problem.aliases = {5, kNoAlias, 6};
    problem.arena_of = {0, 1, 1};
    problem.arenas = {"low", "high"};
    const Scenario rest = drop(scenario, std::vector<std::uint32_t>{1}).value();
    CHECK(sizes(rest) == std::vector<std::uint64_t>{1, 3});
    CHECK(rest.tags == std::vector<std::string>{"x", "z"});
    CHECK(rest.problem.ids == std::vector<std::string>{"a", "c"});
    CHECK(rest.problem.fixed == std::vector<std::optional<Offset>>{std::nullopt, Offset{90}});
    CHECK(rest.problem.hints == std::vector<std::optional<Offset>>{Offset{1}, Offset{3}});
    CHECK(rest.problem.gaps == std::vector<std::vector<Gap>>{{}, {gap(1, 2)}});
    CHECK(rest.problem.aliases == std::vector<std::uint32_t>{5, 6});
    CHECK(rest.problem.arena_of == std::vector<std::uint32_t>{0, 1});
    CHECK(rest.problem.arenas == problem.arenas);
    CHECK(drop(scenario, all_of(scenario)).value().problem.blocks.empty());
}

TEST_CASE("aligning never loosens an alignment") {
    const Scenario scenario{problem_of({block(1, 1), block(1, 64), block(1, 8192), block(1, 6)}), {}};
    const Scenario aligned = align(scenario, Bytes{4096}).value();
    std::vector<std::uint64_t> alignments;
    for (const Block& one : aligned.problem.blocks) alignments.push_back(one.alignment.value);
    CHECK(alignments == std::vector<std::uint64_t>{4096, 4096, 8192, 12288});
    Scenario odd{problem_of({block(1, (std::uint64_t{1} << 61) - 1)}), {}};
    CHECK_FALSE(align(odd, Bytes{4096}).ok());
}

TEST_CASE("large blocks are split into parts with names, places and gaps of their own") {
    Scenario scenario{problem_of({block(100), block(250, 64), block(101)}), {"x", "y", "z"}};
    Problem& problem = scenario.problem;
    problem.ids = {"a", "b", "c"};
    problem.hints = {Offset{5}, Offset{640}, std::nullopt};
    problem.gaps = {{}, {gap(100, 200)}, {}};
    const Scenario parts = split(scenario, Bytes{100}).value();
    CHECK(sizes(parts) == std::vector<std::uint64_t>{100, 128, 122, 51, 50});
    CHECK(parts.problem.ids == std::vector<std::string>{"a", "b/0", "b/1", "c/0", "c/1"});
    CHECK(parts.tags == std::vector<std::string>{"x", "y", "y", "z", "z"});
    CHECK(parts.problem.hints == std::vector<std::optional<Offset>>{Offset{5}, Offset{640}, Offset{768},
                                                                    std::nullopt, std::nullopt});
    CHECK(parts.problem.gaps == std::vector<std::vector<Gap>>{{}, {gap(100, 128)}, {gap(0, 72)}, {}, {}});
    CHECK(split(scenario, Bytes{250}).value() == scenario);

    problem.aliases = {kNoAlias, 1, kNoAlias};
    CHECK(sizes(split(scenario, Bytes{100}).value()) == std::vector<std::uint64_t>{100, 250, 51, 50});
}

TEST_CASE("a split into millions of parts is refused, and so are parts whose names are taken") {
    Scenario scenario{problem_of({block(std::uint64_t{1} << 40), block(1)}), {}};
    const auto tiny = split(scenario, Bytes{1});
    REQUIRE_FALSE(tiny.ok());
    CHECK(tiny.error() == "block 0: would be split into more than 1048576 parts");
    scenario.problem.ids = {"a", "a/1"};
    CHECK_FALSE(split(scenario, Bytes{std::uint64_t{1} << 39}).ok());
}

TEST_CASE("splitting keeps every byte, and parts within the limit and their alignment") {
    std::mt19937_64 random(9);
    for (int round = 0; round < 1000; ++round) {
        testing::Shape shape;
        shape.max_size = 200;
        shape.aligned = true;
        const Scenario scenario{testing::random_problem(random, shape), {}};
        const Bytes limit{testing::draw(random, 1, 60)};
        const Scenario parts = split(scenario, limit).value();
        REQUIRE_FALSE(validate(parts.problem).has_value());
        const auto before = sizes(scenario);
        const auto after = sizes(parts);
        REQUIRE(std::accumulate(before.begin(), before.end(), std::uint64_t{0}) ==
                std::accumulate(after.begin(), after.end(), std::uint64_t{0}));
        for (const Block& part : parts.problem.blocks)
            REQUIRE(part.size.value <= Offset{limit.value}.aligned_up(part.alignment).value);
    }
}
