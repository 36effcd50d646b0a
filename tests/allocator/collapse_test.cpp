// Memory that stays is made into huge pages, the rest is left alone: collapse.h, and the pool's `settle`.
#include "allocator/collapse.h"

#include "open_pool.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

using memo::testing::OpenPool;
using memo::testing::resident_bytes;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kHuge = 2 * kMiB;

bool always(std::chrono::nanoseconds /*took*/) {
    return true;
}
bool never(std::chrono::nanoseconds /*took*/) {
    return false;
}

// Bytes on huge pages in the mappings that overlap [begin, end).
[[nodiscard]] std::size_t huge_bytes(std::uintptr_t begin, std::uintptr_t end) {
    std::ifstream maps("/proc/self/smaps");
    std::size_t sum = 0;
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0;
        std::uintptr_t to = 0;
        char dash = 0;
        std::istringstream range(line);
        std::string word;
        std::size_t kib = 0;
        if (range >> std::hex >> from >> dash >> to && dash == '-') {
            inside = from < end && begin < to;
        } else if (std::istringstream field(line);
                   inside && field >> word >> kib && word == "AnonHugePages:") {
            sum += kib * 1024;
        }
    }
    return sum;
}

// Fresh memory on small pages that begins at a multiple of a huge page.
class Stretch {
  public:
    explicit Stretch(std::size_t bytes)
        : bytes_(bytes + kHuge),
          memory_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
        REQUIRE(memory_ != MAP_FAILED);
        madvise(memory_, bytes_, MADV_DONTNEED);
    }
    ~Stretch() { munmap(memory_, bytes_); }
    Stretch(const Stretch&) = delete;
    Stretch& operator=(const Stretch&) = delete;

    [[nodiscard]] std::uintptr_t begin() const {
        return (reinterpret_cast<std::uintptr_t>(memory_) + kHuge - 1) & ~(kHuge - 1);
    }

  private:
    std::size_t bytes_;
    void* memory_;
};

// Where the system itself lays everything on huge pages (`always`), nothing here would be by us.
[[nodiscard]] bool begins_on_small_pages() {
    std::ifstream enabled("/sys/kernel/mm/transparent_hugepage/enabled");
    std::string text;
    if (!std::getline(enabled, text) || text.find("[always]") == std::string::npos) return true;
    WARN("skipped: this system uses huge pages by itself");
    return false;
}

// Before Linux 6.1, and where memory is too fragmented, nothing is collapsed, and there is nothing to see.
[[nodiscard]] bool kernel_collapses() {
    if (!begins_on_small_pages()) return false;
    const Stretch stretch(kHuge);
    std::memset(reinterpret_cast<void*>(stretch.begin()), 1, kHuge);
    (void)memo::collapse(stretch.begin());
    if (huge_bytes(stretch.begin(), stretch.begin() + kHuge) != 0) return true;
    WARN("skipped: this kernel collapses nothing");
    return false;
}

// A block of the pool, all of it in memory.
[[nodiscard]] void* take_filled(OpenPool& open, std::size_t bytes) {
    void* const block = open.pool.take(bytes);
    REQUIRE(block != nullptr);
    std::memset(block, 1, bytes);
    return block;
}

[[nodiscard]] std::size_t huge_bytes_of(const OpenPool& open) {
    return huge_bytes(open.start, open.start + 64 * kMiB);
}

}  // namespace

TEST_CASE("memory that is all there goes onto a huge page, with what is in it") {
    if (!kernel_collapses()) return;
    const Stretch stretch(2 * kHuge);
    auto* const bytes = reinterpret_cast<unsigned char*>(stretch.begin());
    for (std::size_t i = 0; i < 2 * kHuge; ++i) bytes[i] = static_cast<unsigned char>(i * 7 + (i >> 12));
    errno = 0;
    CHECK(memo::collapse(stretch.begin()));
    CHECK(memo::collapse(stretch.begin() + kHuge));
    CHECK(errno == 0);
    CHECK(huge_bytes(stretch.begin(), stretch.begin() + 2 * kHuge) == 2 * kHuge);
    bool same = true;
    for (std::size_t i = 0; i < 2 * kHuge; ++i)
        same = same && bytes[i] == static_cast<unsigned char>(i * 7 + (i >> 12));
    CHECK(same);
}

TEST_CASE("what was looked for beforehand is not kept") {
    if (!kernel_collapses()) return;
    const Stretch stretch(kHuge);
    std::memset(reinterpret_cast<void*>(stretch.begin()), 1, kHuge);
    const auto mapped = [] {
        std::ifstream text("/proc/self/statm");
        std::size_t pages = 0;
        text >> pages;
        return pages;
    };
    const std::size_t before = mapped();
    CHECK(memo::collapse(stretch.begin()));
    CHECK(huge_bytes(stretch.begin(), stretch.begin() + kHuge) == kHuge);
    CHECK(mapped() == before);
}

TEST_CASE("memory of which a page is missing stays as it is") {
    if (!begins_on_small_pages()) return;
    const Stretch stretch(kHuge);
    auto* const bytes = reinterpret_cast<unsigned char*>(stretch.begin());
    for (std::size_t page = 0; page < kHuge; page += 4096) {
        if (page != 4096) bytes[page] = 1;
    }
    CHECK_FALSE(memo::collapse(stretch.begin()));
    CHECK(huge_bytes(stretch.begin(), stretch.begin() + kHuge) == 0);
    CHECK(resident_bytes(reinterpret_cast<void*>(stretch.begin()), kHuge) == kHuge - 4096);
}

TEST_CASE("memory of several mappings stays as it is") {
    if (!kernel_collapses()) return;
    const Stretch stretch(kHuge);
    std::memset(reinterpret_cast<void*>(stretch.begin()), 1, kHuge);
    REQUIRE(mprotect(reinterpret_cast<void*>(stretch.begin()), 4096, PROT_READ) == 0);
    CHECK(memo::collapse(stretch.begin()));
    CHECK(huge_bytes(stretch.begin(), stretch.begin() + kHuge) == 0);
}

TEST_CASE("what stays in the pool is made into huge pages once nothing comes or goes") {
    if (!kernel_collapses()) return;
    const auto open = std::make_unique<OpenPool>();
    void* const block = take_filled(*open, 8 * kMiB);
    CHECK(open->pool.settle(always));
    CHECK(huge_bytes_of(*open) == 0);  // the block came since
    const std::uint64_t resident = open->pool.counts().resident;
    CHECK(open->pool.settle(always));
    CHECK(huge_bytes_of(*open) == 8 * kMiB);
    CHECK(open->pool.counts().resident == resident);
    CHECK(resident_bytes(reinterpret_cast<void*>(open->start), 16 * kMiB) == 8 * kMiB);

    SECTION("and is given back from them, where it lies free") {
        CHECK(open->pool.give(block) == memo::Release::done);
        open->pool.purge(true);
        CHECK(resident_bytes(reinterpret_cast<void*>(open->start), 16 * kMiB) == 0);
    }
    SECTION("and moves from them to where it is needed") {
        CHECK(open->pool.give(block) == memo::Release::done);
        void* const low = open->pool.take(kMiB + 4096);
        void* const high = open->pool.take(7 * kMiB);  // does not fit beside the first one
        REQUIRE((low != nullptr && high != nullptr));
        std::memset(low, 2, kMiB + 4096);
        std::memset(high, 3, 7 * kMiB);
        CHECK(std::all_of(static_cast<char*>(low), static_cast<char*>(low) + kMiB + 4096,
                          [](char byte) { return byte == 2; }));
        CHECK(resident_bytes(reinterpret_cast<void*>(open->start), 16 * kMiB) <= 8 * kMiB + kMiB / 8);
    }
}

TEST_CASE("what was not gone on with is done at a later look") {
    if (!kernel_collapses()) return;
    const auto open = std::make_unique<OpenPool>();
    (void)take_filled(*open, 8 * kMiB);
    CHECK(open->pool.settle(never));  // the block came since: nothing was begun
    CHECK_FALSE(open->pool.settle(never));
    CHECK(huge_bytes_of(*open) == kHuge);
    CHECK(open->pool.settle(always));
    CHECK(huge_bytes_of(*open) == 8 * kMiB);
    CHECK(open->pool.settle(never));  // there is nothing left
}

TEST_CASE("blocks that are given out again on the same pages do not unsettle the pool") {
    if (!kernel_collapses()) return;
    const auto open = std::make_unique<OpenPool>();
    for (int look = 0; look < 2; ++look) {
        void* const block = take_filled(*open, 4 * kMiB);
        CHECK(open->pool.give(block) == memo::Release::done);
        CHECK(open->pool.settle(always));
    }
    CHECK(huge_bytes_of(*open) == 4 * kMiB);
}

TEST_CASE("memory that comes and goes keeps none but its own from settling") {
    if (!kernel_collapses()) return;
    const auto open = std::make_unique<OpenPool>();
    (void)take_filled(*open, 8 * kMiB);
    for (int look = 0; look < 2; ++look) {
        void* const comes = take_filled(*open, 4 * kMiB);
        CHECK(open->pool.settle(always));
        CHECK(open->pool.give(comes) == memo::Release::done);
        open->pool.purge(true);
    }
    CHECK(huge_bytes_of(*open) == 8 * kMiB);
}
