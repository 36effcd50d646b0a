// Finding a huge page, and having memory collapsed into it (allocator/collapse.h).
#include "allocator/collapse.h"

#include "common/units.h"

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

// What was freed last is taken first.
void find_huge_page() {
    void* const memory = mmap(nullptr, 2 * kHugePage, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    void* const stretch =
        reinterpret_cast<void*>(round_up(reinterpret_cast<std::uintptr_t>(memory), kHugePage));
    if (madvise(stretch, kHugePage, MADV_HUGEPAGE) == 0) *static_cast<volatile char*>(stretch) = 0;
    munmap(memory, 2 * kHugePage);
}

}  // namespace

bool system_collapses() {
    const int saved_errno = errno;
    char text[64] = {};
    const int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    const bool wanted =
        file >= 0 && read(file, text, sizeof text - 1) > 0 && std::strstr(text, "[never]") == nullptr;
    if (file >= 0) close(file);
    const bool known = madvise(nullptr, 0, kCollapse) == 0;  // of nothing
    errno = saved_errno;
    return wanted && known;
}

bool collapse(std::uintptr_t stretch) {
    const int saved_errno = errno;
    void* const memory = reinterpret_cast<void*>(stretch);
    const bool there = is_resident(memory);
    if (there) {
        find_huge_page();
        madvise(memory, kHugePage, kCollapse);
    }
    errno = saved_errno;
    return there;
}

}  // namespace memo
