// Asking what is in memory, and having it collapsed (allocator/collapse.h).
#include "allocator/collapse.h"

#include "allocator/arenas.h"
#include "allocator/background.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace memo {
namespace {

constexpr int kCollapse = 25;  // MADV_COLLAPSE, which Debian 12's headers do not have
constexpr std::uint64_t kSmallPage = 4096;

[[nodiscard]] bool is_resident(void* stretch) {
    unsigned char pages[kHugePage / kSmallPage];
    if (mincore(stretch, kHugePage, pages) != 0) return false;
    return std::all_of(std::begin(pages), std::end(pages),
                       [](unsigned char page) { return (page & 1) != 0; });
}

}  // namespace

bool system_forbids_huge_pages() {
    const int saved_errno = errno;
    char text[64] = {};
    const int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    const bool forbids =
        file < 0 || read(file, text, sizeof text - 1) <= 0 || std::strstr(text, "[never]") != nullptr;
    if (file >= 0) close(file);
    errno = saved_errno;
    return forbids;
}

bool collapse_resident(std::uintptr_t begin, std::uintptr_t end, GoOn go_on) {
    const int saved_errno = errno;
    bool goes_on = true;
    for (std::uintptr_t at = (begin + kHugePage - 1) & ~(kHugePage - 1); goes_on && at + kHugePage <= end;
         at += kHugePage) {
        const std::chrono::nanoseconds before = own_cpu_time();
        void* const stretch = reinterpret_cast<void*>(at);
        // It fails where two mappings meet, as they do where pages were moved to, and where memory is short.
        if (is_resident(stretch)) madvise(stretch, kHugePage, kCollapse);
        goes_on = go_on(own_cpu_time() - before);
    }
    errno = saved_errno;
    return goes_on;
}

}  // namespace memo
