// The C API gives what the C++ one gives, whatever is mixed; and the example of docs/embedding.md runs.
// Linked with the shared library, as an embedder links it.
#include "tests/planner/c_api.h"

#include "planner/solve.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace memo::planner {
namespace {

using testing::Answer, testing::Free, testing::Handle, testing::Line;
using testing::block_of, testing::blocks_of, testing::handle_of, testing::options_of, testing::solved;

TEST_CASE("C callers get the plan that C++ callers get, and it is valid") {
    std::mt19937_64 random(20261201);
    for (int round = 0; round < 300; ++round) {
        Problem problem = testing::mixed_problem(random, {.blocks = testing::draw(random, 1, 7)});
        std::vector<std::vector<memoplan_gap>> gaps;
        const Handle handle = handle_of(blocks_of(problem, gaps));
        memoplan_options options = options_of(testing::draw(random, 1, 5));
        options.capacity = testing::draw(random, 0, 20);
        if (round % 2 == 0) options.flags = MEMOPLAN_SKIP_LOCALITY;
        if (round % 3 == 0) options.strategy = "greedy-by-size";
        const Answer answer = solved(handle.get(), &options);
        INFO(answer.line.data());
        REQUIRE(answer.status == MEMOPLAN_OK);

        SolveOptions same;
        same.seed = options.seed;
        same.threads = 1;
        same.locality = options.flags == 0;
        if (options.capacity != 0) same.capacity = Bytes{options.capacity};
        if (options.strategy != nullptr) same.strategy = options.strategy;
        const auto expected = solve(problem, same);
        REQUIRE(expected.ok());
        Packing packing;
        packing.height = {answer.result.height};
        for (const std::uint64_t offset : answer.offsets) packing.offsets.push_back({offset});
        CHECK(packing == expected->packing);
        CHECK(testing::valid_by_definition(problem, packing));
        CHECK(answer.result.max_load == expected->max_load.value);
        CHECK(answer.result.lower_bound == expected->lower_bound.value);
        CHECK(answer.result.gap == expected->gap);
        CHECK(answer.result.proven_optimal == (expected->proven_optimal ? 1 : 0));
        CHECK(answer.result.verdict == static_cast<int>(expected->verdict));
        CHECK(answer.result.strategy == expected->strategy);
        CHECK(answer.result.seconds >= 0);
        CHECK(memoplan_verify(handle.get(), answer.offsets.data(), answer.offsets.size(),
                              answer.result.height, nullptr, 0) == MEMOPLAN_OK);
    }
}

TEST_CASE("blocks may come one by one or all at once") {
    std::mt19937_64 random(3);
    const Problem problem = testing::mixed_problem(random, {.blocks = 40, .moments = 30});
    std::vector<std::vector<memoplan_gap>> gaps;
    const auto blocks = blocks_of(problem, gaps);
    const Handle together = handle_of(blocks);
    const Handle single(memoplan_problem_new());
    for (const memoplan_block& block : blocks) {
        REQUIRE(memoplan_add(single.get(), &block, 1, nullptr, 0) == MEMOPLAN_OK);
    }
    CHECK(memoplan_count(single.get()) == blocks.size());
    memoplan_options options = options_of();
    options.strategy = "greedy-by-size";
    CHECK(solved(single.get(), &options).offsets == solved(together.get(), &options).offsets);
}

TEST_CASE("a problem without blocks has a plan, with and without options") {
    const Handle handle(memoplan_problem_new());
    memoplan_result result{};
    result.struct_size = sizeof result;
    CHECK(memoplan_solve(handle.get(), nullptr, nullptr, 0, &result, nullptr, 0) == MEMOPLAN_OK);
    CHECK(result.height == 0);
    CHECK(result.proven_optimal == 1);
    CHECK(memoplan_add(handle.get(), nullptr, 0, nullptr, 0) == MEMOPLAN_OK);
}

TEST_CASE("a false plan is refused by the verifier") {
    const Handle handle = handle_of({block_of(0, 2, 8), block_of(1, 3, 8)});
    std::array<std::uint64_t, 2> offsets{0, 4};
    Line line{};
    CHECK(memoplan_verify(handle.get(), offsets.data(), 2, 16, line.data(), line.size()) ==
          MEMOPLAN_CONFLICT);
    CHECK(std::string(line.data()).find("block 1") != std::string::npos);
    offsets[1] = 8;
    CHECK(memoplan_verify(handle.get(), offsets.data(), 2, 15, nullptr, 0) == MEMOPLAN_CONFLICT);
    CHECK(memoplan_verify(handle.get(), offsets.data(), 2, 16, nullptr, 0) == MEMOPLAN_OK);
    CHECK(memoplan_verify(handle.get(), offsets.data(), 3, 16, nullptr, 0) == MEMOPLAN_INVALID);
}

TEST_CASE("progress is reported on the calling thread, up to the plan that comes out") {
    std::mt19937_64 random(4);
    const Problem problem = testing::random_problem(random, {.blocks = 200, .moments = 100});
    std::vector<std::vector<memoplan_gap>> gaps;
    const Handle handle = handle_of(blocks_of(problem, gaps));
    struct Seen {
        std::thread::id thread = std::this_thread::get_id();
        std::vector<memoplan_progress> all;
        bool elsewhere = false;
    } seen;
    memoplan_options options = options_of();
    options.threads = 2;
    options.context = &seen;
    options.progress = [](const memoplan_progress* best, void* context) {
        auto& mine = *static_cast<Seen*>(context);
        mine.elsewhere = mine.elsewhere || mine.thread != std::this_thread::get_id();
        mine.all.push_back(*best);
    };
    const Answer answer = solved(handle.get(), &options);
    REQUIRE(answer.status == MEMOPLAN_OK);
    REQUIRE_FALSE(seen.all.empty());
    CHECK_FALSE(seen.elsewhere);
    CHECK(seen.all.front().struct_size == sizeof(memoplan_progress));
    CHECK(seen.all.front().strategy[0] != '\0');
    CHECK(seen.all.back().height == answer.result.height);
    CHECK(seen.all.back().lower_bound == answer.result.lower_bound);
}

TEST_CASE("a requested stop ends the solver with a plan, and can be cleared") {
    std::mt19937_64 random(5);
    const Problem problem = testing::random_problem(random, {.blocks = 2000, .moments = 1000});
    std::vector<std::vector<memoplan_gap>> gaps;
    const Handle handle = handle_of(blocks_of(problem, gaps));
    const std::unique_ptr<memoplan_stop, Free> stop(memoplan_stop_new());
    REQUIRE(stop);
    memoplan_stop_request(stop.get());
    memoplan_options options = options_of();
    options.stop = stop.get();
    options.time_limit = std::numeric_limits<double>::infinity();
    const Answer stopped = solved(handle.get(), &options);
    CHECK(stopped.status == MEMOPLAN_OK);
    CHECK(stopped.result.height >= stopped.result.lower_bound);

    memoplan_stop_clear(stop.get());
    const Handle small = handle_of({block_of(0, 1, 8)});
    CHECK(solved(small.get(), &options).result.proven_optimal == 1);
}

TEST_CASE("one problem is solved by several threads at once") {
    std::mt19937_64 random(6);
    const Problem problem = testing::mixed_problem(random, {.blocks = 8});
    std::vector<std::vector<memoplan_gap>> gaps;
    const Handle handle = handle_of(blocks_of(problem, gaps));
    std::array<Answer, 4> answers;
    std::vector<std::thread> threads;
    threads.reserve(answers.size());
    for (Answer& answer : answers) {
        threads.emplace_back([&answer, &handle] {
            const memoplan_options options = options_of();
            answer = solved(handle.get(), &options);
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Answer& answer : answers) {
        CHECK(answer.status == MEMOPLAN_OK);
        CHECK(answer.offsets == answers[0].offsets);
    }
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST_CASE("the example, compiled as C99, runs, and the document shows it as it is") {
    FILE* program = popen(MEMO_EXAMPLE " 2>/dev/null", "r");
    REQUIRE(program != nullptr);
    std::string output;
    for (int c = 0; (c = std::fgetc(program)) != EOF;) output += static_cast<char>(c);
    CHECK(pclose(program) == 0);
    CHECK(output.find("input    150528 bytes at        0\n") == 0);
    CHECK(output.find("arena of 1404928 bytes, at least 1404928: nothing is lower\n") != std::string::npos);

    const std::string example = text_of(MEMO_SOURCE_DIR "/tests/planner/c_api_example.c");
    REQUIRE_FALSE(example.empty());
    CHECK(text_of(MEMO_SOURCE_DIR "/docs/embedding.md").find("```c\n" + example + "```\n") !=
          std::string::npos);
}

TEST_CASE("the version is the project's") {
    CHECK(std::string(memoplan_version()) == MEMO_VERSION);
}

}  // namespace
}  // namespace memo::planner
