// The C API refuses what is wrong with a code and one line, and all is as it was before; that holds for every
// allocation that fails, too. To that end operator new can be told to fail here, which the shared library
// feels as well. (Inlined, it would lead the compiler to believe that free is handed what new has made.)
#include "tests/planner/c_api.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <vector>

namespace {
// Allocations of this thread until one fails; negative: none does.
thread_local int allocations_left = -1;
}  // namespace

__attribute__((noinline)) void* operator new(std::size_t size) {
    void* block = nullptr;
    if (allocations_left != 0) block = std::malloc(size == 0 ? 1 : size);
    if (allocations_left > 0) --allocations_left;
    if (block == nullptr) throw std::bad_alloc();
    return block;
}
__attribute__((noinline)) void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocations_left == 0 ? nullptr : std::malloc(size == 0 ? 1 : size);
}
__attribute__((noinline)) void operator delete(void* block) noexcept {
    std::free(block);
}
__attribute__((noinline)) void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}

namespace memo::planner {
namespace {

using testing::Answer, testing::Handle, testing::Line;
using testing::block_of, testing::blocks_of, testing::handle_of, testing::options_of, testing::solved;

// One line, not empty, and with `words` in it.
void check_refused(memoplan_status status, const Line& line, const std::string& words) {
    INFO(line.data());
    CHECK(status == MEMOPLAN_INVALID);
    CHECK(std::string(line.data()).find(words) != std::string::npos);
    CHECK(std::string(line.data()).find('\n') == std::string::npos);
}

TEST_CASE("a wrong argument is refused with a line that names it, and nothing is added") {
    const Handle handle = handle_of({block_of(0, 1, 8)});
    Line line{};
    const auto refuse_add = [&](const std::vector<memoplan_block>& blocks, const std::string& words) {
        const auto status =
            memoplan_add(handle.get(), blocks.data(), blocks.size(), line.data(), line.size());
        check_refused(status, line, words);
        CHECK(memoplan_count(handle.get()) == 1);
    };
    const auto changed = [](auto change) {
        memoplan_block block = block_of(0, 4, 16);
        change(block);
        return std::vector{block_of(2, 3, 1), block};
    };
    refuse_add(changed([](auto& block) { block.struct_size = 0; }), "block 2: struct_size");
    refuse_add({memoplan_block{}}, "block 1: struct_size is 0, not 88");
    refuse_add(changed([](auto& block) { block.flags = 4; }), "block 2: unknown flags");
    refuse_add(changed([](auto& block) { block.reserved = 1; }), "reserved");
    refuse_add(changed([](auto& block) { block.gap_count = 1; }), "gaps is null");
    refuse_add(changed([](auto& block) { block.arena = 65536; }), "arena 65536");
    const memoplan_block good = block_of(0, 1, 1);
    check_refused(memoplan_add(nullptr, &good, 1, line.data(), line.size()), line, "problem is null");
    check_refused(memoplan_add(handle.get(), nullptr, 1, line.data(), line.size()), line, "blocks is null");
    check_refused(memoplan_add(handle.get(), &good, SIZE_MAX, line.data(), line.size()), line,
                  "more than 4294967295 blocks");
    // What came before the bad one has left no trace.
    CHECK(solved(handle.get(), nullptr).result.height == 8);
}

TEST_CASE("a problem that makes no sense is refused with a line that names the block") {
    const auto refuse = [](const std::vector<memoplan_block>& blocks, const std::string& words) {
        const Answer answer = solved(handle_of(blocks).get(), nullptr);
        check_refused(answer.status, answer.line, words);
        CHECK(answer.result.height == 0);
    };
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    refuse({block_of(0, 1, 8), block_of(0, 1, 0)}, "block 1: its size is 0");
    refuse({block_of(5, 5, 8)}, "block 0: its lifetime [5, 5) is empty");
    refuse({block_of(6, 5, 8)}, "block 0: its lifetime [6, 5) is empty");
    refuse({block_of(0, 1, kMost)}, "2^63");
    refuse({block_of(0, 1, kMost / 2), block_of(0, 1, kMost / 2)}, "block 1");
    memoplan_block block = block_of(0, 4, 8);
    block.alignment = kMost;
    refuse({block}, "2^63");
    block.alignment = 16;
    block.flags = MEMOPLAN_FIXED;
    block.fixed_offset = kMost - 15;
    refuse({block}, "2^63");
    block.fixed_offset = 8;
    refuse({block}, "multiple of its alignment 16");
    block.fixed_offset = 16;
    refuse({block, block}, "overlaps block 0");
    const memoplan_gap gap = {1, 9, 0, 0};
    block.gaps = &gap;
    block.gap_count = 1;
    refuse({block}, "not within its lifetime");
    memoplan_block first = block_of(0, 1, 8);
    memoplan_block second = block_of(0, 1, 8);
    first.alias = second.alias = UINT32_MAX;
    second.arena = 65535;
    refuse({first, second}, "another arena");
}

TEST_CASE("wrong options, offsets and results are refused, and nothing is written") {
    const Handle handle = handle_of({block_of(0, 1, 8), block_of(0, 1, 8)});
    const auto refuse = [&](auto change, const std::string& words) {
        memoplan_options options = options_of();
        change(options);
        const Answer answer = solved(handle.get(), &options);
        check_refused(answer.status, answer.line, words);
        CHECK(answer.result.height == 0);
    };
    refuse([](auto& options) { options.struct_size = 8; }, "options: struct_size is 8");
    refuse([](auto& options) { options.strategy = "best\nof all"; }, "unknown strategy 'best of all'");
    refuse([](auto& options) { options.time_limit = -1; }, "time_limit");
    refuse([](auto& options) { options.time_limit = std::numeric_limits<double>::quiet_NaN(); },
           "time_limit");
    refuse([](auto& options) { options.threads = 1025; }, "threads is 1025");
    refuse([](auto& options) { options.flags = 2; }, "unknown flags");

    std::array<std::uint64_t, 2> offsets{7, 7};
    memoplan_result result{};
    result.struct_size = sizeof result;
    Line line{};
    const auto solve_with = [&](const memoplan_problem* problem, std::uint64_t* to, std::size_t count,
                                memoplan_result* into) {
        return memoplan_solve(problem, nullptr, to, count, into, line.data(), line.size());
    };
    check_refused(solve_with(nullptr, offsets.data(), 2, &result), line, "problem is null");
    check_refused(solve_with(handle.get(), nullptr, 2, &result), line, "offsets is null");
    check_refused(solve_with(handle.get(), offsets.data(), 1, &result), line, "offset_count is 1");
    check_refused(solve_with(handle.get(), offsets.data(), 2, nullptr), line, "result is null");
    result.struct_size = 0xdeadbeef;
    check_refused(solve_with(handle.get(), offsets.data(), 2, &result), line, "result: struct_size");
    CHECK(offsets == std::array<std::uint64_t, 2>{7, 7});
}

TEST_CASE("a line is cut where the buffer ends") {
    std::array<char, 8> line{};
    line.fill('x');
    CHECK(memoplan_add(nullptr, nullptr, 1, line.data(), 5) == MEMOPLAN_INVALID);
    CHECK(std::string(line.data()) == "prob");
    CHECK(line[5] == 'x');
    CHECK(memoplan_add(nullptr, nullptr, 1, line.data(), 0) == MEMOPLAN_INVALID);
    CHECK(line[0] == 'p');
}

TEST_CASE("structs of later versions are understood as far as they ask for nothing new") {
    struct Later {
        memoplan_block block;
        std::uint64_t news;
    };
    Later later[2] = {{block_of(0, 1, 8), 0}, {block_of(0, 1, 8), 0}};
    for (Later& each : later) each.block.struct_size = sizeof(Later);
    const Handle handle(memoplan_problem_new());
    Line line{};
    REQUIRE(memoplan_add(handle.get(), &later[0].block, 2, line.data(), line.size()) == MEMOPLAN_OK);
    later[1].news = 1;
    check_refused(memoplan_add(handle.get(), &later[0].block, 2, line.data(), line.size()), line,
                  "block 3 asks for what only a later version");

    struct {
        memoplan_result result;
        std::uint64_t news;
    } result{{}, 5};
    result.result.struct_size = sizeof result;
    std::array<std::uint64_t, 2> offsets{};
    REQUIRE(memoplan_solve(handle.get(), nullptr, offsets.data(), 2, &result.result, nullptr, 0) ==
            MEMOPLAN_OK);
    CHECK(result.result.height == 16);
    CHECK(result.news == 0);
}

// Fails the first, second, third ... allocation of `call`, until it does without.
template <class Call>
int failures_survived(const Call& call) {
    for (int left = 0;; ++left) {
        allocations_left = left;
        const memoplan_status status = call();
        allocations_left = -1;
        if (status == MEMOPLAN_OK) return left;
        REQUIRE(status == MEMOPLAN_NO_MEMORY);
    }
}

TEST_CASE("whichever allocation fails, there is a code, and the problem is as it was") {
    std::mt19937_64 random(9);
    Problem problem = testing::random_problem(random, {.blocks = 8});
    problem.fixed.assign(8, std::nullopt);
    problem.fixed[7] = Offset{0};
    problem.hints.assign(8, Offset{3});
    problem.gaps.assign(8, {});
    problem.gaps[3] = {{problem.blocks[3].life, {0}, {1}}};
    problem.aliases = {0, 0, 1, 2, 3, 4, 5, 6};
    problem.arena_of = {0, 0, 1, 1, 2, 2, 2, 0};
    std::vector<std::vector<memoplan_gap>> gaps;
    const auto blocks = blocks_of(problem, gaps);
    const Handle mixed = handle_of({block_of(0, 1, 1)});
    const int in_add = failures_survived([&] {
        const auto status = memoplan_add(mixed.get(), blocks.data(), blocks.size(), nullptr, 0);
        return status != MEMOPLAN_OK && memoplan_count(mixed.get()) != 1 ? MEMOPLAN_FAILED : status;
    });
    CHECK(in_add > 5);
    CHECK(memoplan_count(mixed.get()) == 9);

    const Handle plain = handle_of(blocks_of(testing::random_problem(random, {.blocks = 12}), gaps));
    for (const Handle* handle : {&mixed, &plain}) {
        const memoplan_options options = options_of();
        std::vector<std::uint64_t> offsets(memoplan_count(handle->get()));
        memoplan_result result{};
        result.struct_size = sizeof result;
        const int in_solve = failures_survived([&] {
            return memoplan_solve(handle->get(), &options, offsets.data(), offsets.size(), &result, nullptr,
                                  0);
        });
        CHECK(in_solve > 10);
        const int in_verify = failures_survived([&] {
            return memoplan_verify(handle->get(), offsets.data(), offsets.size(), result.height, nullptr, 0);
        });
        CHECK(in_verify > 0);
    }
}

TEST_CASE("what has no status is null where there is no memory") {
    allocations_left = 0;
    const bool none = memoplan_problem_new() == nullptr && memoplan_stop_new() == nullptr;
    allocations_left = -1;
    CHECK(none);
}

}  // namespace
}  // namespace memo::planner
