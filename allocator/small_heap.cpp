// Between the caches and the spans, and between those and the system (allocator/small_heap.h).
#include "allocator/small_heap.h"

#include "allocator/bad_free.h"
#include "allocator/message.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace memo {

constinit SmallHeap small_heap;
constinit thread_local SmallHeap::Thread SmallHeap::here;

namespace {

constexpr std::uint64_t kPage = 4096;

// How many blocks move at once, about a page of them.
[[nodiscard]] constexpr std::uint32_t batch(unsigned size_class) {
    return static_cast<std::uint32_t>(
        std::clamp<std::size_t>(kPage / size_classes::kBytes[size_class], 4, 64));
}
// How many free blocks a cache holds of a class at most.
[[nodiscard]] constexpr std::uint32_t most_room(unsigned size_class) {
    return 8 * batch(size_class);
}

[[nodiscard]] constexpr std::uint64_t whole_pages(std::uint64_t bytes) {
    return (bytes + kPage - 1) / kPage * kPage;
}

// The kernel's random bytes for this process; never zero, which is what a block in use may well begin with.
[[nodiscard]] std::uint64_t make_secret() {
    std::uint64_t secret = 0;
    if (const auto* random = reinterpret_cast<const void*>(getauxval(AT_RANDOM)))
        std::memcpy(&secret, random, sizeof secret);
    return secret | 1;
}

void add(std::uint64_t& count, std::int64_t more) {
    std::atomic_ref(count).fetch_add(static_cast<std::uint64_t>(more), std::memory_order_relaxed);
}
[[nodiscard]] std::uint64_t read(const std::uint64_t& count) {
    return std::atomic_ref(const_cast<std::uint64_t&>(count)).load(std::memory_order_relaxed);
}

[[noreturn]] void refuse(Release wrong, const void* block, const void* caller) {
    char text[300];
    describe_bad_small_free(wrong, block, caller, text);
    say("%s", text);
    std::abort();
}

}  // namespace

void SmallHeap::start(std::size_t limit, bool (*remember)()) {
    secret_ = make_secret();
    remember_ = remember;
    limit_.store(std::min(limit, size_classes::kMost), std::memory_order_release);
}

// --- A thread's way to a cache ---

void* SmallHeap::take(std::size_t size) {
    if (here.state == Thread::State::none && (++here.requests < kEager || !get_cache())) return nullptr;
    if (void* block = take_next(size)) return block;
    return here.cache == nullptr ? nullptr : refill(size_classes::of(size));
}

bool SmallHeap::get_cache() {
    here.requests = 0;
    here.state = Thread::State::closed;  // what is called here may allocate
    std::atomic_signal_fence(std::memory_order_seq_cst);
    Cache* cache = nullptr;
    if (open() && remember_()) {
        const Held held(spans_lock_);
        if (held && free_caches_ != nullptr) {
            cache = free_caches_;
            free_caches_ = cache->next;
        } else if (held && caches_used_ < most_caches_) {
            cache = &caches_[caches_used_++];
            for (unsigned k = 1; k < size_classes::kCount; ++k) cache->bins[k].room = 2 * batch(k);
        }
    }
    if (cache != nullptr) add(counts_.caches, 1);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.cache = cache;
    here.state = cache == nullptr ? Thread::State::none : Thread::State::has;
    return cache != nullptr;
}

void SmallHeap::leave() {
    Cache* const cache = here.cache;
    const bool had = here.state == Thread::State::has;
    here.state = Thread::State::closed;
    here.cache = nullptr;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (!had) return;
    for (unsigned k = 1; k < size_classes::kCount; ++k) {
        Bin& bin = cache->bins[k];
        Block* chain = bin.head;
        bin = {nullptr, 0, 2 * batch(k)};
        if (chain == nullptr || put(k, chain, nullptr, Patience::some)) continue;
        while (chain != nullptr) {
            Block* const next = chain->next;
            defer(chain);
            chain = next;
        }
    }
    add(counts_.caches, -1);
    const Held held(spans_lock_);
    if (!held) return;  // lost, as the child of a fork loses those of all other threads
    cache->next = free_caches_;
    free_caches_ = cache;
}

// --- Between a cache and the spans ---

void* SmallHeap::refill(unsigned size_class) {
    Cache* const cache = here.cache;
    here.cache = nullptr;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    work_off();
    Block* block = nullptr;
    const std::uint32_t count = fetch(size_class, batch(size_class), &block);
    if (count != 0) {
        cache->bins[size_class].head = block->next;
        cache->bins[size_class].count = count - 1;
        block->secret = 0;
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.cache = cache;
    return block;
}

// The cache has been taken from its thread by the caller. The blocks that were freed first go: the others are
// in the processor's cache.
void SmallHeap::overflow(Cache* cache, Bin& bin, const void* caller) {
    work_off();
    const auto size_class = static_cast<unsigned>(&bin - cache->bins);
    if (size_class == 0) refuse(Release::not_a_block, bin.head, caller);
    Block* last = bin.head;
    const std::uint32_t kept = bin.count / 2;
    for (std::uint32_t k = 1; k < kept; ++k) last = last->next;
    if (put(size_class, last->next, caller, Patience::some)) {
        last->next = nullptr;
        bin.count = kept;
        bin.room = std::min(bin.room + batch(size_class), most_room(size_class));
    } else {
        bin.room = 2 * bin.count;  // it is not looked at again for each free
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.cache = cache;
}

void SmallHeap::give_otherwise(Block* block, const void* caller) {
    if (block->secret == secret_) refuse(Release::not_live, block, caller);
    const unsigned size_class = class_at(block);
    if (size_class == 0) refuse(Release::not_a_block, block, caller);
    if (here.state == Thread::State::none && ++here.requests >= kEager && get_cache())
        return give(block, offset_of(block), caller);
    block->next = nullptr;
    block->secret = secret_;
    if (!put(size_class, block, caller, Patience::none)) defer(block);
}

// For whoever comes to the spans next.
void SmallHeap::defer(Block* block) {
    Block* head = deferred_.load(std::memory_order_relaxed);
    do {
        block->next = head;
    } while (
        !deferred_.compare_exchange_weak(head, block, std::memory_order_release, std::memory_order_relaxed));
}

void SmallHeap::work_off() {
    if (deferred_.load(std::memory_order_relaxed) == nullptr) return;
    Block* block = deferred_.exchange(nullptr, std::memory_order_acquire);
    while (block != nullptr) {
        Block* const next = block->next;
        block->next = nullptr;
        const unsigned size_class = class_at(block);
        // Where nobody can put it any more it is lost.
        if (!put(size_class, block, nullptr, Patience::none) && !centrals_[size_class].lock.is_dead())
            defer(block);
        block = next;
    }
}

std::uint32_t SmallHeap::fetch(unsigned size_class, std::uint32_t wanted, Block** chain) {
    const std::size_t size = size_classes::kBytes[size_class];
    const auto capacity = static_cast<std::uint32_t>(kSpanBytes / size);
    Central& central = centrals_[size_class];
    Block** end = chain;
    std::uint32_t got = 0;
    {
        const Held held(central.lock);
        while (held && got < wanted) {
            if (central.first == kNone) {
                const std::uint32_t fresh = take_span(size_class);
                if (fresh == kNone) break;
                link(central, fresh);
            }
            const std::uint32_t index = central.first;
            Span& span = spans_[index];
            const std::uint32_t before = got;
            for (; got < wanted && span.free != nullptr; ++got) {
                *end = span.free;
                span.free = span.free->next;
                end = &(*end)->next;
            }
            for (; got < wanted && span.carved < capacity; ++got) {
                *end = reinterpret_cast<Block*>(start_of(index) + span.carved++ * size);
                end = &(*end)->next;
            }
            span.live = static_cast<std::uint16_t>(span.live + got - before);
            if (span.free == nullptr && span.carved == capacity) unlink(central, index);
        }
    }
    *end = nullptr;
    return got;
}

bool SmallHeap::put(unsigned size_class, Block* chain, const void* caller, Patience patience) {
    Central& central = centrals_[size_class];
    const Held held(central.lock, patience);
    if (!held) return false;
    while (chain != nullptr) {
        Block* const next = chain->next;
        put_in_span(central, size_class, chain, caller);
        chain = next;
    }
    return true;
}

void SmallHeap::put_in_span(Central& central, unsigned size_class, Block* block, const void* caller) {
    const std::uint32_t index = span_of(block);
    Span& span = spans_[index];
    const std::uint64_t offset = reinterpret_cast<std::uintptr_t>(block) - start_of(index);
    const std::size_t size = size_classes::kBytes[size_class];
    if (offset % size != 0 || offset / size >= span.carved || span.live == 0)
        refuse(Release::not_a_block, block, caller);
    block->next = span.free;
    span.free = block;
    if (!span.listed) link(central, index);
    // One empty span stays with its class, so that a block that comes and goes does not move a span each
    // time.
    const bool only = central.first == index && span.next == kNone;
    if (--span.live == 0 && !only) {
        unlink(central, index);
        give_span(index);
    }
}

void SmallHeap::link(Central& central, std::uint32_t index) {
    Span& span = spans_[index];
    span.listed = true;
    span.previous = kNone;
    span.next = central.first;
    if (central.first != kNone) spans_[central.first].previous = index;
    central.first = index;
}

void SmallHeap::unlink(Central& central, std::uint32_t index) {
    Span& span = spans_[index];
    span.listed = false;
    if (span.next != kNone) spans_[span.next].previous = span.previous;
    (span.previous == kNone ? central.first : spans_[span.previous].next) = span.next;
}

// --- Spans ---

// Open, or never: where there are no addresses for it, nothing is served.
bool SmallHeap::open() {
    State state = State::closed;
    if (state_.compare_exchange_strong(state, State::opening, std::memory_order_acquire)) {
        const int saved_errno = errno;
        const bool opened = open_now();
        errno = saved_errno;
        if (!opened) stop();
        state_.store(opened ? State::open : State::opening, std::memory_order_release);
        return opened;
    }
    return state == State::open;  // else next time
}

bool SmallHeap::open_now() {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) return false;
    const std::uint64_t span_bytes = whole_pages(kMostSpans * sizeof(Span));
    const std::uint64_t cache_bytes = whole_pages(kMostCaches * sizeof(Cache));
    const std::uint64_t records = kMostSpans + span_bytes + cache_bytes;
    void* memory =
        mmap(nullptr, kMostBytes + kSpanBytes + records, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    const std::uintptr_t base =
        (reinterpret_cast<std::uintptr_t>(memory) + kSpanBytes - 1) & ~(kSpanBytes - 1);
    if (mprotect(reinterpret_cast<void*>(base + kMostBytes), records, PROT_READ | PROT_WRITE) != 0) {
        munmap(memory, kMostBytes + kSpanBytes + records);
        return false;
    }
    classes_ = reinterpret_cast<std::uint8_t*>(base + kMostBytes);
    spans_ = reinterpret_cast<Span*>(base + kMostBytes + kMostSpans);
    caches_ = reinterpret_cast<Cache*>(base + kMostBytes + kMostSpans + span_bytes);
    most_spans_ = kMostSpans;
    most_caches_ = kMostCaches;
    base_.store(base, std::memory_order_relaxed);
    bytes_.store(kMostBytes, std::memory_order_release);
    return true;
}

std::uint32_t SmallHeap::take_span(unsigned size_class) {
    const Held held(spans_lock_);
    if (!held) return kNone;
    std::uint32_t index = kNone;
    if (warm_ != kNone) {
        index = warm_;
        warm_ = spans_[index].next;
        --warm_count_;
        add(counts_.bytes, -std::int64_t{kSpanBytes});
    } else if (cold_ != kNone) {
        index = cold_;
        cold_ = spans_[index].next;
    } else if (used_ < opened_ || grow()) {
        index = used_++;
    }
    if (index == kNone) return kNone;
    add(counts_.spans, 1);
    add(counts_.bytes, kSpanBytes);
    spans_[index] = {nullptr, kNone, kNone, 0, 0, false};
    std::atomic_ref(classes_[index]).store(static_cast<std::uint8_t>(size_class), std::memory_order_relaxed);
    return index;
}

// A span that has all of its blocks. If nobody can have the lock it is lost.
void SmallHeap::give_span(std::uint32_t index) {
    const Held held(spans_lock_);
    if (!held) return;
    std::atomic_ref(classes_[index]).store(0, std::memory_order_relaxed);
    add(counts_.spans, -1);
    if (warm_count_ >= std::max<std::uint64_t>(kWarm, read(counts_.spans) / 8)) return make_cold(index);
    spans_[index].next = warm_;
    warm_ = index;
    ++warm_count_;
}

void SmallHeap::make_cold(std::uint32_t index) {
    const int saved_errno = errno;
    madvise(reinterpret_cast<void*>(start_of(index)), kSpanBytes, MADV_DONTNEED);
    errno = saved_errno;
    add(counts_.bytes, -std::int64_t{kSpanBytes});
    spans_[index].next = cold_;
    cold_ = index;
}

bool SmallHeap::grow() {
    const std::uint32_t more = std::min(kStep, most_spans_ - opened_);
    const int saved_errno = errno;
    const bool grown = more != 0 && mprotect(reinterpret_cast<void*>(start_of(opened_)), more * kSpanBytes,
                                             PROT_READ | PROT_WRITE) == 0;
    errno = saved_errno;
    if (grown) opened_ += more;
    return grown;
}

void SmallHeap::purge() {
    if (state_.load(std::memory_order_acquire) != State::open) return;
    const Held held(spans_lock_);
    if (!held) return;
    while (warm_ != kNone) {
        const std::uint32_t index = warm_;
        warm_ = spans_[index].next;
        make_cold(index);
    }
    warm_count_ = 0;
}

void SmallHeap::confine() {
    State closed = State::closed;
    if (state_.compare_exchange_strong(closed, State::opening)) return stop();  // it never opens
    if (closed != State::open) return;
    const Held held(spans_lock_);
    if (!held) return;
    const auto drop = [](std::uintptr_t from, std::uintptr_t to) {
        if (from < to) munmap(reinterpret_cast<void*>(from), to - from);
    };
    const auto end_of = [](const auto* records, std::uint64_t count) {
        return whole_pages(reinterpret_cast<std::uintptr_t>(records + count));
    };
    const int saved_errno = errno;
    bytes_.store(opened_ * kSpanBytes, std::memory_order_release);
    drop(start_of(opened_), start_of(most_spans_));
    drop(end_of(spans_, opened_), end_of(spans_, most_spans_));
    drop(end_of(caches_, caches_used_), end_of(caches_, most_caches_));
    errno = saved_errno;
    most_spans_ = opened_;
    most_caches_ = caches_used_;
}

void SmallHeap::after_fork() {
    // Who was opening it is not here.
    if (state_.load(std::memory_order_relaxed) == State::opening) stop();
    spans_lock_.after_fork();
    for (Central& central : centrals_) central.lock.after_fork();
    counts_.caches = here.state == Thread::State::has ? 1 : 0;
}

SmallCounts SmallHeap::counts() const {
    return {read(counts_.spans), read(counts_.bytes), read(counts_.caches)};
}

}  // namespace memo
