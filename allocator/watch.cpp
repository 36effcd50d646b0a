// Taking, recording, forgetting (allocator/watch.h).
#include "allocator/watch.h"

#include <sys/mman.h>

#include <bit>
#include <cerrno>
#include <new>
#include <utility>

namespace memo {

Watch* Watches::take() {
    std::uint32_t used = used_.load(std::memory_order_relaxed);
    unsigned index = 0;
    do {
        index = static_cast<unsigned>(std::countr_one(used));
        if (index >= kMost) return nullptr;
    } while (!used_.compare_exchange_weak(used, used | (1U << index), std::memory_order_acquire));

    Watch* watch = watches_[index].load(std::memory_order_acquire);
    if (watch == nullptr) {
        const int saved_errno = errno;
        void* memory = mmap(nullptr, sizeof(Watch), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        errno = saved_errno;
        if (memory == MAP_FAILED) return nullptr;  // the bit stays set: nobody need try again
        watch = new (memory) Watch;
        watch->index_ = index;
        watches_[index].store(watch, std::memory_order_release);
    }
    return watch;
}

void Watches::give_up_idle(std::uint64_t (&seen)[kMost]) {
    for (unsigned index = 0; index < kMost; ++index) {
        Watch* const watch = at(index);
        if (watch == nullptr || (used_.load(std::memory_order_acquire) >> index & 1) == 0) continue;
        const std::uint32_t turn = watch->turn();
        const std::uint64_t now = std::uint64_t{turn} << 32 | watch->count() | std::uint64_t{1} << 31;
        if (std::exchange(seen[index], now) != now || !watch->hold(turn)) continue;
        give_back(watch);
    }
}

// The next turn begins: whoever had it cannot hold it any more.
void Watches::give_back(Watch* watch) {
    restart(watch);
    const int saved_errno = errno;
    madvise(watch->entries_, sizeof watch->entries_, MADV_DONTNEED);
    errno = saved_errno;
    watch->word_.store((watch->word_.load(std::memory_order_relaxed) | 1) + 1, std::memory_order_release);
    used_.fetch_and(~(1U << watch->index_), std::memory_order_release);
}

void Watches::restart(Watch* watch) {
    forget(*watch);
    watch->next_look_ = Watch::kFirstLook;
    watch->set_looked_at(0, true);
    watch->count_.store(0, std::memory_order_release);
}

void Watches::note(Watch* watch, const void* block, std::uint64_t size, std::uint32_t alignment,
                   const void* caller) {
    const std::uint32_t index = watch->count_.load(std::memory_order_relaxed);
    Watch::Entry& entry = watch->entries_[index];
    entry.size = size;
    entry.caller = caller;
    entry.alignment = alignment;
    std::atomic_ref(entry.freed_at).store(WatchedRequest::kAlive, std::memory_order_relaxed);
    watch->count_.store(index + 1, std::memory_order_release);

    const std::uint64_t held =
        key_of(block) << kNumberBits | std::uint64_t{watch->index_} << kRequestBits | index;
    const std::size_t line = line_of(block);
    // Before the entry is there: whoever frees the block was given it after this.
    filled_[line].fetch_add(1, std::memory_order_relaxed);
    for (std::atomic<std::uint64_t>& place : lines_[line].entries) {
        std::uint64_t empty = 0;
        if (place.load(std::memory_order_relaxed) == 0 &&
            place.compare_exchange_strong(empty, held, std::memory_order_release,
                                          std::memory_order_relaxed)) {
            return;
        }
    }
    filled_[line].fetch_sub(1, std::memory_order_relaxed);
}

void Watches::end(std::size_t line, std::atomic<std::uint64_t>& entry, std::uint64_t held) {
    // Whoever takes the entry out speaks for the request: `forget` may be at it too.
    if (!entry.compare_exchange_strong(held, 0, std::memory_order_acquire, std::memory_order_relaxed)) return;
    filled_[line].fetch_sub(1, std::memory_order_relaxed);
    const std::uint64_t number = held & ((1U << kNumberBits) - 1);
    Watch* watch = watches_[number >> kRequestBits].load(std::memory_order_acquire);
    const std::uint32_t now = watch->count_.load(std::memory_order_relaxed);
    std::atomic_ref(watch->entries_[number & (Watch::kMost - 1)].freed_at)
        .store(now, std::memory_order_relaxed);
}

void Watches::forget(const Watch& watch) {
    for (std::size_t line = 0; line < kLines; ++line) {
        if (filled_[line].load(std::memory_order_relaxed) == 0) continue;
        for (std::atomic<std::uint64_t>& entry : lines_[line].entries) {
            std::uint64_t held = entry.load(std::memory_order_relaxed);
            if (held == 0 || ((held >> kRequestBits) & (kMost - 1)) != watch.index_) continue;
            if (entry.compare_exchange_strong(held, 0, std::memory_order_relaxed))
                filled_[line].fetch_sub(1, std::memory_order_relaxed);
        }
    }
}

std::vector<WatchedRequest> Watches::snapshot(Watch& watch) {
    const std::uint32_t count = watch.count();
    std::vector<WatchedRequest> requests(count);
    for (std::uint32_t k = 0; k < count; ++k) requests[k] = watch.request(k);
    return requests;
}

}  // namespace memo
