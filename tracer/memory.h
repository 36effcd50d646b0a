// Memory of the tracer's own: pages straight from the kernel, because inside malloc there is nothing else.
//
// Invariants: pages are zero, private, and seldom given back; a Bump's pieces never move.
// Thread safety: map_pages any; a Bump belongs to whoever holds the trace lock.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace memo::tracer {

// What was mapped, as far as there is room to remember it: for tracer/cost.h alone.
struct OwnPages {
    static constexpr std::size_t kMost = 2048;
    struct Range {
        std::atomic<std::uintptr_t> address{0};
        std::atomic<std::size_t> bytes{0};
    };
    std::atomic<std::size_t> count{0};
    Range ranges[kMost];

    void add(std::uintptr_t address, std::size_t bytes) {
        const std::size_t at = count.load() < kMost ? count.fetch_add(1) : kMost;
        if (at >= kMost) return;
        ranges[at].address.store(address);
        ranges[at].bytes.store(bytes);
    }
};
inline constinit OwnPages own_pages;

// `bytes` of zero pages, committed when touched; nullptr if the kernel refuses.
[[nodiscard]] inline void* map_pages(std::size_t bytes) {
    // Not by the function mmap, which is ours to record.
    const long address = syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address != -1) own_pages.add(static_cast<std::uintptr_t>(address), bytes);
    return address == -1 ? nullptr : reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

inline void unmap_pages(void* pages, std::size_t bytes) {
    syscall(SYS_munmap, pages, bytes);
}

// Text that stays where it is.
class Bump {
  public:
    // A copy of `text` with a final zero, or nullptr without memory.
    [[nodiscard]] const char* copy(std::string_view text) {
        if (text.size() >= kStep) return nullptr;
        if (left_ < text.size() + 1) {
            at_ = static_cast<char*>(map_pages(kStep));
            left_ = at_ == nullptr ? 0 : kStep;
            if (at_ == nullptr) return nullptr;
        }
        char* result = at_;
        std::memcpy(result, text.data(), text.size());
        result[text.size()] = '\0';
        at_ += text.size() + 1;
        left_ -= text.size() + 1;
        return result;
    }

  private:
    static constexpr std::size_t kStep = std::size_t{64} * 1024;
    char* at_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace memo::tracer
