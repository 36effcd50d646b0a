// Reading the policy and asking the system for it (allocator/memory_policy.h).
#include "allocator/memory_policy.h"

#include "allocator/collapse.h"
#include "allocator/environment.h"
#include "allocator/message.h"

#include <elf.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

// The linker's name for the start of this object: its ELF header.
extern "C" __attribute__((visibility("hidden"))) const Elf64_Ehdr __ehdr_start;  // NOLINT

namespace memo {

constinit MemoryPolicy memory_policy;

namespace {

// From this size on `auto` lays an arena on huge pages: below, one huge page would be mostly waste.
constexpr std::uint64_t kHugeFrom = 2 * kHugePage;

}  // namespace

void MemoryPolicy::start() {
    if (const char* huge = variable("MEMO_HUGE"); huge != nullptr && *huge != '\0') {
        if (std::strcmp(huge, "never") == 0) {
            huge_ = HugePages::never;
        } else if (std::strcmp(huge, "always") == 0) {
            huge_ = HugePages::always;
        } else if (std::strcmp(huge, "auto") != 0) {
            say("MEMO_HUGE: %.100s is none of auto, never, always; taken for auto", huge);
        }
    }
    realtime_ = is_on("MEMO_REALTIME");
    if (realtime_) lock_this_library();
}

void MemoryPolicy::advise(std::uintptr_t base, std::uint64_t bytes) const {
    void* const memory = reinterpret_cast<void*>(base);
    switch (huge_) {
        case HugePages::never:
            madvise(memory, bytes, MADV_NOHUGEPAGE);
            return;
        case HugePages::always:
            madvise(memory, bytes, MADV_HUGEPAGE);
            return;
        case HugePages::automatic:
            break;
    }
    // Whole huge pages only: the arena's tail stays on small ones and costs no more than it holds.
    if (bytes >= kHugeFrom) madvise(memory, bytes & ~(kHugePage - 1), MADV_HUGEPAGE);
}

void MemoryPolicy::lock(const void* at, std::size_t bytes) {
    if (!realtime_ || bytes == 0) return;
    const int saved_errno = errno;
    if (mlock(at, bytes) != 0 && !complained_.exchange(true, std::memory_order_relaxed)) {
        say("MEMO_REALTIME: %zu bytes cannot be locked in memory: %s (RLIMIT_MEMLOCK, ulimit -l); goes on "
            "without",
            bytes, std::strerror(errno));
    }
    errno = saved_errno;
}

// The planned paths' own code and tables: a page of them may be dropped, or not be there yet.
void MemoryPolicy::lock_this_library() {
    const auto start = reinterpret_cast<std::uintptr_t>(&__ehdr_start);
    const auto* segment = reinterpret_cast<const Elf64_Phdr*>(start + __ehdr_start.e_phoff);
    for (unsigned left = __ehdr_start.e_phnum; left != 0; --left, ++segment) {
        if (segment->p_type != PT_LOAD) continue;
        lock(reinterpret_cast<const void*>(start + segment->p_vaddr), segment->p_memsz);
    }
}

}  // namespace memo
