// A preloaded library that writes down every request of a program as one line of text: what
// plan_of_record.cpp makes plans of. It is a third policy over interpose/, so that the tests of the allocator
// need nothing of the tracer.
//
//   a TID ADDRESS SIZE ALIGNMENT OFFSET MODULE     a block was given out to the caller MODULE + OFFSET
//   r TID ADDRESS SIZE ALIGNMENT OFFSET MODULE OLD the same, by moving the block OLD
//   f ADDRESS                                      a block was given back
//   s                                              from here on a preloaded allocator could serve
//
// MEMO_RECORD names the files: one a process, NAME.PROGRAM.PID. MODULE is "-" for the program itself.
// Recording ends after kMostLines lines, so that a record stays small whatever the program does.
#include "common/file_name.h"
#include "interpose/next.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

using memo::interpose::Result;

constexpr int kMostLines = 60000;

std::atomic<int> lines{0};
std::atomic<int> owner{0};  // the process whose file is open: a forked child opens its own
std::atomic<int> file{-1};

[[nodiscard]] int open_record() {
    if (lines.load(std::memory_order_relaxed) >= kMostLines) return -1;
    const int process = getpid();
    if (owner.exchange(process) != process) {
        const char* name = getenv("MEMO_RECORD");
        char program[1024];
        const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
        program[length < 0 ? 0 : length] = '\0';
        char path[4096];
        (void)std::snprintf(path, sizeof path, "%s.%s.%d", name == nullptr ? "/dev/null" : name,
                            memo::file_name(program), process);
        // Far from the numbers that programs expect their own files to have.
        const int low = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        file = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, 700);
        if (low >= 0) close(low);
        lines = 0;
    }
    lines.fetch_add(1, std::memory_order_relaxed);
    return file;
}

// One write a line keeps lines whole and in an order that some execution had.
void put(const char* text, int length, std::size_t room) {
    const int record = open_record();
    if (record < 0 || length <= 0 || static_cast<std::size_t>(length) >= room) return;
    [[maybe_unused]] const ssize_t written = write(record, text, static_cast<std::size_t>(length));
}

void record_block(const void* block, std::size_t size, std::size_t alignment, const void* caller,
                  const void* old) {
    if (block == nullptr) return;
    const int saved_errno = errno;
    const char* module = "?";
    std::uintptr_t offset = 0;
    dl_find_object found;
    if (_dl_find_object(const_cast<void*>(caller), &found) == 0) {
        const char* path = found.dlfo_link_map->l_name;
        module = *path == '\0' ? "-" : memo::file_name(path);
        offset = reinterpret_cast<std::uintptr_t>(caller) - found.dlfo_link_map->l_addr;
    }
    char line[512];
    const int length =
        std::snprintf(line, sizeof line, "%c %d %p %zu %zu %zu %s %p\n", old == nullptr ? 'a' : 'r',
                      static_cast<int>(gettid()), block, size, alignment, offset, module, old);
    put(line, length, sizeof line);
    errno = saved_errno;
}

struct RecordPolicy {
    template <memo::EntryPoint E>
    static Result allocate(std::size_t size, std::size_t alignment, const void* caller) {
        const Result result = memo::interpose::next_allocate<E>(size, alignment);
        record_block(result.block, size, alignment, caller, nullptr);
        return result;
    }
    template <memo::EntryPoint E>
    static void* reallocate(void* block, std::size_t size, const void* caller) {
        void* moved = memo::interpose::next_reallocate(block, size);
        record_block(moved, size, 0, caller, block);
        return moved;
    }
    template <memo::EntryPoint E>
    static void release(void* block) {
        const int saved_errno = errno;
        char line[64];
        put(line, std::snprintf(line, sizeof line, "f %p\n", block), sizeof line);
        errno = saved_errno;
        memo::interpose::next_release(block);
    }
    static std::size_t usable_size(void* block) { return memo::interpose::next_usable_size(block); }
};

// Libraries may be initialised, and allocate, before us.
__attribute__((constructor)) void begin() {
    put("s\n", 2, 3);
}

}  // namespace

using Policy = RecordPolicy;
#include "interpose/family.inc"
