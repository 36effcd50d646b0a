// The heap for small blocks: what it gives out, what it takes back, and what it refuses. There is one, of the
// whole process, as there is in the library.
#include "allocator/small_heap.h"

#include "sanitizers.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <thread>
#include <vector>

using memo::small_heap;
using memo::SmallHeap;
namespace size_classes = memo::size_classes;

namespace {

// Catch's own assertions are for one thread.
void require(bool holds, const char* otherwise) {
    if (holds) return;
    (void)std::fprintf(stderr, "small_heap_test: %s\n", otherwise);
    std::abort();
}

// The calling thread has a cache as long as this lives.
struct InHeap {
    InHeap() {
        for (std::uint32_t k = 0; k < 2 * SmallHeap::kEager; ++k) {
            void* block = small_heap.take(16);
            if (block == nullptr) continue;
            give(block);
            return;
        }
        require(false, "no cache to be had");
    }
    static void give(void* block) { small_heap.give(block, small_heap.offset_of(block), nullptr); }
};

// Before any test: a sanitizer leaves few addresses, of which other tests reserve most.
const bool is_open = [] {
    small_heap.start(size_classes::kMost, [] { return true; });
    std::thread([] {
        const InHeap first;
        small_heap.leave();
    }).join();
    return true;
}();

[[nodiscard]] void* take(std::size_t size) {
    void* block = small_heap.take(size);
    require(block != nullptr, "no block");
    return block;
}

// What a child process that does this ends with, and what it says on stderr.
struct Ending {
    int status = 0;
    std::string said;
};
[[nodiscard]] Ending in_child(const std::function<void()>& action) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t child = fork();
    if (child == 0) {
        for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, SIG_DFL);  // not for Catch to report
        dup2(ends[1], STDERR_FILENO);
        small_heap.after_fork();
        action();
        _exit(0);
    }
    close(ends[1]);
    Ending ending;
    std::array<char, 512> part{};
    for (ssize_t got = 0; (got = read(ends[0], part.data(), part.size())) > 0;)
        ending.said.append(part.data(), static_cast<std::size_t>(got));
    close(ends[0]);
    waitpid(child, &ending.status, 0);
    return ending;
}

}  // namespace

TEST_CASE("size classes hold what they are asked for, waste little, and keep alignments up to 64") {
    for (std::size_t size = 0; size <= size_classes::kMost; ++size) {
        const std::size_t bytes = size_classes::kBytes[size_classes::of(size)];
        REQUIRE(bytes >= size);
        REQUIRE(bytes % 16 == 0);
        if (size > 128) REQUIRE((bytes - size) * 5 <= bytes);
        for (const std::size_t alignment : {32, 64}) {
            if (size % alignment == 0 && size != 0) REQUIRE(bytes % alignment == 0);
        }
    }
}

TEST_CASE("a thread gets a cache only once it has made many small requests") {
    REQUIRE(is_open);
    std::thread([] {
        std::uint32_t refused = 0;
        void* block = nullptr;
        while ((block = small_heap.take(48)) == nullptr && refused < SmallHeap::kEager) ++refused;
        CHECK(refused == SmallHeap::kEager - 1);
        InHeap::give(block);
        small_heap.leave();
        CHECK(small_heap.take(48) == nullptr);  // at its end it gets no other
    }).join();
}

TEST_CASE("small blocks of any sizes, given back in any order, never overlap") {
    const InHeap heap;
    std::mt19937 random(7);
    std::map<char*, std::size_t> live;  // by address
    std::size_t checked = 0;
    for (unsigned step = 0; step < 200'000; ++step) {
        const bool grows = (step / 20'000) % 2 == 0;  // by turns to thousands of blocks and to few
        if (live.empty() || random() % 100 < (grows ? 60U : 40U)) {
            const std::size_t size = 1 + random() % (random() % 4 == 0 ? 4095 : 200);
            char* block = static_cast<char*>(take(size));
            const auto after = live.lower_bound(block);
            if (after != live.end())
                REQUIRE(block + size_classes::kBytes[size_classes::of(size)] <= after->first);
            if (after != live.begin()) {
                const auto before = std::prev(after);
                REQUIRE(before->first + size_classes::kBytes[size_classes::of(before->second)] <= block);
            }
            REQUIRE(small_heap.owns(block));
            REQUIRE(small_heap.size_of(block) == size_classes::kBytes[size_classes::of(size)]);
            std::memset(block, static_cast<int>(size & 0xff), size);
            live.emplace(block, size);
        } else {
            auto chosen = live.lower_bound(live.begin()->first + random() % (std::size_t{4} << 20));
            if (chosen == live.end()) chosen = live.begin();
            const auto [block, size] = *chosen;
            for (const std::size_t at : {std::size_t{0}, size / 2, size - 1})
                checked += static_cast<unsigned char>(block[at]) == (size & 0xff);
            InHeap::give(block);
            live.erase(chosen);
            checked -= 3;
        }
    }
    CHECK(checked == 0);
    for (const auto& [block, size] : live) InHeap::give(block);
    small_heap.leave();
}

TEST_CASE("small blocks aligned to 32 and 64 are so, if their size was rounded up to it") {
    std::thread([] {
        const InHeap heap;
        for (const std::size_t alignment : {32, 64}) {
            for (std::size_t size = alignment; size <= 4096; size += alignment) {
                void* block = take(size);
                CHECK(reinterpret_cast<std::uintptr_t>(block) % alignment == 0);
                InHeap::give(block);
            }
        }
        small_heap.leave();
    }).join();
}

TEST_CASE("threads that free each other's blocks, and end, lose none and double none") {
    constexpr unsigned kThreads = 4;
    constexpr unsigned kRounds = memo::testing::kSanitized ? 3'000 : 20'000;
    struct Box {
        std::atomic<void*> block{nullptr};
    };
    std::vector<Box> boxes(256);
    std::atomic<std::uint64_t> wrong{0};
    const auto work = [&](unsigned seed) {
        const InHeap heap;
        std::mt19937 random(seed);
        for (unsigned round = 0; round < kRounds; ++round) {
            const std::size_t size = 32 + random() % 2000;
            auto* mine = static_cast<std::size_t*>(take(size));
            mine[0] = size;
            mine[1] = ~size;
            mine[2] = reinterpret_cast<std::uintptr_t>(mine);
            auto* other = static_cast<std::size_t*>(
                boxes[random() % boxes.size()].block.exchange(mine, std::memory_order_acq_rel));
            if (other == nullptr) continue;
            wrong += other[1] != ~other[0] || other[2] != reinterpret_cast<std::uintptr_t>(other);
            InHeap::give(other);
        }
        small_heap.leave();
    };
    for (unsigned turn = 0; turn < 3; ++turn) {  // new threads get the caches of those that ended
        std::vector<std::thread> threads;
        for (unsigned k = 0; k < kThreads; ++k) threads.emplace_back(work, turn * kThreads + k);
        for (std::thread& thread : threads) thread.join();
    }
    CHECK(wrong == 0);
    std::thread([&] {
        const InHeap heap;
        for (Box& box : boxes) {
            if (void* block = box.block.load()) InHeap::give(block);
        }
        small_heap.leave();
    }).join();
}

TEST_CASE("a thread without a cache gives blocks back, and they are used again") {
    std::thread([] {
        const InHeap heap;
        const auto round = [](std::vector<void*>& blocks) {
            for (void*& block : blocks) block = take(512);
        };
        std::vector<void*> blocks(2000);
        const std::uint64_t before = small_heap.counts().spans;
        for (unsigned k = 0; k < 20; ++k) {
            round(blocks);
            std::thread([&] {
                for (void* block : blocks) InHeap::give(block);
            }).join();
        }
        CHECK(small_heap.counts().spans <= before + 2 * blocks.size() * 512 / SmallHeap::kSpanBytes + 2);
        small_heap.leave();
    }).join();
}

TEST_CASE("spans that are empty again serve other sizes, and most of them leave memory") {
    std::thread([] {
        const InHeap heap;
        const auto fill_and_empty = [](std::size_t size) {
            std::vector<void*> blocks((std::size_t{32} << 20) / size);
            for (void*& block : blocks) block = take(size);
            const std::uint64_t most = small_heap.counts().spans;
            for (void* block : blocks) InHeap::give(block);
            return most;
        };
        const std::uint64_t most = fill_and_empty(64);
        CHECK(small_heap.counts().spans < most / 4);
        CHECK(fill_and_empty(1024) < most + most / 2);
        const memo::SmallCounts after = small_heap.counts();
        CHECK(after.bytes <= after.spans * SmallHeap::kSpanBytes + (std::size_t{16} << 20));
        small_heap.purge();
        CHECK(small_heap.counts().bytes == small_heap.counts().spans * SmallHeap::kSpanBytes);
        small_heap.leave();
    }).join();
}

namespace {

std::atomic<std::uint32_t> frees_in_handler{0};
std::atomic<void*> to_free_in_handler{nullptr};

void free_in_handler(int) {
    if (void* block = to_free_in_handler.exchange(nullptr)) {
        InHeap::give(block);
        ++frees_in_handler;
    }
}

}  // namespace

TEST_CASE("a signal handler that frees, wherever it interrupts the heap, breaks nothing") {
    std::thread([] {
        const InHeap heap;
        struct sigaction action {};
        action.sa_handler = free_in_handler;
        struct sigaction before {};
        REQUIRE(sigaction(SIGUSR2, &action, &before) == 0);
        std::atomic<bool> done{false};
        const pthread_t self = pthread_self();
        std::thread sender([&] {
            while (!done) {
                pthread_kill(self, SIGUSR2);
                std::this_thread::yield();
            }
        });
        std::mt19937 random(3);
        std::vector<std::size_t*> live(500, nullptr);
        std::uint64_t wrong = 0;
        for (unsigned step = 0; step < 300'000 || (frees_in_handler < 100 && step < 30'000'000); ++step) {
            std::size_t*& place = live[random() % live.size()];
            if (place != nullptr) {
                wrong += place[0] != reinterpret_cast<std::uintptr_t>(place);
                void* none = nullptr;
                if (step % 3 != 0 || !to_free_in_handler.compare_exchange_strong(none, place))
                    InHeap::give(place);
                place = nullptr;
            } else if (void* block = small_heap.take(
                           16 + random() % 300)) {  // the next allocator's, while it is interrupted
                place = static_cast<std::size_t*>(block);
                place[0] = reinterpret_cast<std::uintptr_t>(place);
            }
        }
        done = true;
        sender.join();
        sigaction(SIGUSR2, &before, nullptr);
        CHECK(wrong == 0);
        CHECK(frees_in_handler >= 100);
        if (void* block = to_free_in_handler.exchange(nullptr)) InHeap::give(block);
        for (std::size_t* block : live) {
            if (block != nullptr) InHeap::give(block);
        }
        small_heap.leave();
    }).join();
}

TEST_CASE("a free of a small block that cannot be right ends the process with one line") {
    std::thread([] {
        const InHeap heap;
        const Ending twice = in_child([] {
            void* block = take(100);
            InHeap::give(block);
            InHeap::give(block);
        });
        CHECK((WIFSIGNALED(twice.status) && WTERMSIG(twice.status) == SIGABRT));
        CHECK(twice.said.find("memomalloc: double free of a small block at 0x") == 0);
        const Ending wild = in_child([] {
            auto* block = static_cast<char*>(take(100));
            InHeap::give(block + (std::size_t{1} << 30));
        });
        CHECK(WIFSIGNALED(wild.status));
        const Ending inside = in_child([] {
            InHeap::give(static_cast<char*>(take(100)) +
                         16);  // seen when the cache's blocks go back to their span
            small_heap.leave();
        });
        CHECK((WIFSIGNALED(inside.status) && WTERMSIG(inside.status) == SIGABRT));
        small_heap.leave();
    }).join();
}

TEST_CASE("a forked child goes on with its parent's blocks, and its own") {
    std::thread([] {
        const InHeap heap;
        void* of_parent = take(80);
        const Ending ending = in_child([&] {
            InHeap::give(of_parent);
            for (unsigned k = 0; k < 10'000; ++k) InHeap::give(take(1 + k % 4000));
        });
        CHECK(ending.status == 0);
        InHeap::give(of_parent);
        small_heap.leave();
    }).join();
}

TEST_CASE("where addresses come to be limited, the heap keeps to those it uses") {
    if (memo::testing::kSanitized) return;  // their shadow memory does not fit any limit
    std::thread([] {
        const InHeap heap;
        const Ending ending = in_child([] {
            small_heap.confine();
            rlimit limit{std::uint64_t{4} << 30, std::uint64_t{4} << 30};
            if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
            std::vector<void*> blocks;
            void* block = nullptr;
            while (blocks.size() < 100'000 && (block = small_heap.take(4000)) != nullptr)
                blocks.push_back(block);
            if (block != nullptr || blocks.empty()) _exit(3);  // there is an end
            for (void* one : blocks) InHeap::give(one);
            small_heap.confine();
            if (small_heap.take(4000) == nullptr) _exit(4);
        });
        CHECK(WEXITSTATUS(ending.status) == 0);
        small_heap.leave();
    }).join();
}
