// Extents against the obvious: a map of which page belongs to which block.
#include "allocator/extents.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <random>
#include <vector>

using memo::Extents;

namespace {

struct Stretch {
    explicit Stretch(std::uint32_t pages) : records(std::make_unique<Extents::Page[]>(pages)) {
        extents.lie_on(records.get());
        extents.set_limit(pages);
    }
    void free(std::uint32_t first, std::uint32_t stamp = 0) {
        REQUIRE(extents.claim(first));
        extents.give(first, stamp);
    }

    std::unique_ptr<Extents::Page[]> records;
    Extents extents;
};

// What best fit must have chosen: no free run that is long enough is shorter than the one taken.
void check_best(const std::vector<bool>& taken, std::uint32_t top, std::uint32_t first, std::uint32_t count) {
    const auto run_at = [&](std::uint32_t page) {
        std::uint32_t end = page;
        while (end < top && !taken[end]) ++end;
        return end - page;
    };
    const std::uint32_t chosen = run_at(first);
    REQUIRE(chosen >= count);
    for (std::uint32_t page = 0; page < top;) {
        const std::uint32_t run = run_at(page);
        if (run >= count) CHECK(chosen <= run);
        page += run + 1;
    }
}

}  // namespace

TEST_CASE("extents that are freed next to each other become one") {
    Stretch stretch(64);
    const std::uint32_t a = stretch.extents.take(4);
    const std::uint32_t b = stretch.extents.take(4);
    const std::uint32_t c = stretch.extents.take(4);
    const std::uint32_t d = stretch.extents.take(4);
    stretch.free(a);
    stretch.free(c);
    stretch.free(b);
    CHECK(stretch.extents.invariants_hold());
    CHECK(stretch.extents.take(12) == a);
    stretch.free(a);
    stretch.free(d);
    CHECK(stretch.extents.take(64) == 0);
    CHECK(stretch.extents.take(1) == Extents::kNone);
}

TEST_CASE("only the first page of a taken block can be claimed, and only once") {
    Stretch stretch(16);
    const std::uint32_t a = stretch.extents.take(3);
    CHECK_FALSE(stretch.extents.claim(a + 1));
    CHECK_FALSE(stretch.extents.claim(a + 2));
    CHECK_FALSE(stretch.extents.claim(a + 3));
    CHECK(stretch.extents.pages_at(a) == 3);
    CHECK(stretch.extents.claim(a));
    CHECK_FALSE(stretch.extents.claim(a));
    CHECK(stretch.extents.pages_at(a) == 0);
    stretch.extents.give(a, 0);
    CHECK_FALSE(stretch.extents.claim(a));
}

TEST_CASE("a block grows into what is free behind it, and nowhere else") {
    Stretch stretch(16);
    const std::uint32_t a = stretch.extents.take(2);
    const std::uint32_t b = stretch.extents.take(4);
    const std::uint32_t c = stretch.extents.take(2);
    CHECK_FALSE(stretch.extents.resize(a, 3, 0));
    stretch.free(b);
    CHECK_FALSE(stretch.extents.resize(a, 7, 0));
    CHECK(stretch.extents.resize(a, 5, 0));
    CHECK(stretch.extents.take(1) == a + 5);
    CHECK(stretch.extents.resize(c, 9, 0));
    CHECK_FALSE(stretch.extents.resize(c, 11, 0));
    CHECK(stretch.extents.resize(c, 1, 0));
    CHECK(stretch.extents.pages_at(c) == 1);
    CHECK(stretch.extents.invariants_hold());
}

TEST_CASE("random blocks never share a page, and lie where they fit best") {
    const std::uint32_t pages = 3000;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        std::mt19937 random(seed);
        Stretch stretch(pages);
        std::vector<bool> taken(pages);
        std::map<std::uint32_t, std::uint32_t> blocks;
        const auto mark = [&](std::uint32_t first, std::uint32_t count, bool value) {
            for (std::uint32_t page = first; page < first + count; ++page) {
                REQUIRE(taken[page] != value);
                taken[page] = value;
            }
        };
        for (int step = 0; step < 2000; ++step) {
            const auto action = random() % 8;
            if (blocks.empty() || action < 4) {
                const auto count = static_cast<std::uint32_t>(1 + random() % (random() % 4 == 0 ? 300 : 20));
                const std::uint32_t top = stretch.extents.top();
                const std::uint32_t first = stretch.extents.take(count);
                if (first == Extents::kNone) continue;
                if (first + count <= top) check_best(taken, top, first, count);
                mark(first, count, true);
                blocks.emplace(first, count);
                continue;
            }
            const auto block =
                std::next(blocks.begin(), static_cast<std::ptrdiff_t>(random() % blocks.size()));
            if (action < 7) {
                stretch.free(block->first, static_cast<std::uint32_t>(step));
                mark(block->first, block->second, false);
                blocks.erase(block);
                continue;
            }
            const auto count = static_cast<std::uint32_t>(1 + random() % (2 * block->second));
            if (!stretch.extents.resize(block->first, count, 0)) continue;
            mark(block->first, block->second, false);
            mark(block->first, count, true);
            block->second = count;
        }
        CHECK(stretch.extents.invariants_hold());
        for (const auto& [first, count] : blocks) CHECK(stretch.extents.pages_at(first) == count);
        for (const auto& block : blocks) stretch.free(block.first);
        CHECK(stretch.extents.invariants_hold());
        CHECK(stretch.extents.take(pages) == 0);
    }
}
