// Loading a plan without malloc (allocator/plan_file.h).
#include "allocator/plan_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace memo {

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

void* new_pages(std::uint64_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

// How many bytes came; fewer than asked if the file ended or failed.
[[nodiscard]] std::uint64_t read_all(int file, void* memory, std::uint64_t bytes) {
    std::uint64_t have = 0;
    while (have < bytes) {
        const ssize_t got = read(file, static_cast<char*>(memory) + have, bytes - have);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        have += static_cast<std::uint64_t>(got);
    }
    return have;
}

[[nodiscard]] const char* check(const void* memory, std::uint64_t bytes) {
    const std::size_t words = plan_check_scratch_words(memory, bytes);
    void* scratch = new_pages(words * sizeof(std::uint64_t) + 1);
    if (scratch == nullptr) return "no memory to check the plan";
    const char* wrong = check_plan(memory, bytes, {static_cast<std::uint64_t*>(scratch), words});
    munmap(scratch, words * sizeof(std::uint64_t) + 1);
    return wrong;
}

}  // namespace

LoadedPlan load_plan_file(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return {{}, errno == ENOENT ? "no such plan" : "the plan cannot be read"};
    struct stat status {};
    LoadedPlan loaded;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        loaded.wrong = "not a file";
    } else if (status.st_size == 0) {
        loaded.wrong = "the file is empty";
    } else if (static_cast<std::uint64_t>(status.st_size) > kMostBytes) {
        loaded.wrong = "too large for a plan";
    } else {
        const auto bytes = static_cast<std::uint64_t>(status.st_size);
        void* memory = new_pages(bytes);
        if (memory == nullptr) {
            loaded.wrong = "no memory for the plan";
        } else {
            const std::uint64_t have = read_all(file, memory, bytes);
            loaded.wrong = have == bytes ? check(memory, bytes) : "the plan cannot be read";
            if (loaded.wrong == nullptr) {
                mprotect(memory, bytes, PROT_READ);
                loaded.plan = PlanView(memory);
            } else {
                munmap(memory, bytes);
            }
        }
    }
    close(file);
    return loaded;
}

}  // namespace memo
