// The program that the tracer's tests trace. The first argument says what to do. It knows nothing of the
// tracer; every request that a test looks for has a size that nothing else in a process asks for.
#include "include/memomalloc.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <vector>

extern "C" void cfree(void*) __attribute__((weak));

namespace {

// The compiler may not drop a request whose block it cannot follow. No shared variable: threads call this at
// once.
void* kept(void* block) {
    asm volatile("" : "+r"(block) : : "memory");
    return block;
}

// --- entry: each entry point once, with sizes 7001, 7002, ...
// -------------------------------------------------

[[gnu::noinline]] void* call_malloc() {
    return kept(std::malloc(7001));
}
[[gnu::noinline]] void* call_calloc() {
    return kept(std::calloc(2, 3501));
}
[[gnu::noinline]] void* call_realloc(void* block) {
    return kept(std::realloc(block, 7003));
}
[[gnu::noinline]] void* call_reallocarray(void* block) {
    return kept(reallocarray(block, 4, 1751));
}
[[gnu::noinline]] void* call_memalign() {
    return kept(memalign(128, 7005));
}
[[gnu::noinline]] void* call_posix_memalign() {
    void* block = nullptr;
    if (posix_memalign(&block, 256, 7006) != 0) return nullptr;
    return kept(block);
}
[[gnu::noinline]] void* call_aligned_alloc() {
    return kept(std::aligned_alloc(64, 7040));
}
[[gnu::noinline]] void* call_valloc() {
    return kept(valloc(7008));
}
[[gnu::noinline]] void* call_pvalloc() {
    return kept(pvalloc(7009));
}
[[gnu::noinline]] void* call_operator_new() {
    return kept(::operator new(7010));
}
[[gnu::noinline]] void* call_operator_new_array() {
    return kept(::operator new[](7011, std::nothrow));
}
[[gnu::noinline]] void* call_operator_new_aligned() {
    return kept(::operator new (7012, std::align_val_t{512}));
}

int entry_points() {
    void* grown = call_realloc(call_malloc());
    grown = call_reallocarray(grown);
    const std::array blocks = {
        grown,         call_calloc(), call_memalign(), call_posix_memalign(), call_aligned_alloc(),
        call_valloc(), call_pvalloc()};
    for (void* block : blocks) std::free(block);
    ::operator delete(call_operator_new());
    ::operator delete[](call_operator_new_array(), std::nothrow);
    ::operator delete (call_operator_new_aligned(), std::align_val_t{512});
    kept(std::realloc(kept(std::malloc(7013)), 0));  // NOLINT: releases it, in glibc
    return 0;
}

// --- handover: threads pass blocks around through shared cells
// ------------------------------------------------

int handover() {
    constexpr int kThreads = 8;
    std::array<std::atomic<void*>, 64> cells{};
    const auto work = [&cells](unsigned seed) {
        for (int i = 0; i < 30'000; ++i) {
            seed = seed * 1664525 + 1013904223;
            void* block = std::malloc(16 + (seed >> 8) % 512);
            if (i % 5 == 0) block = std::realloc(block, 16 + (seed >> 12) % 2048);
            std::free(cells[(seed >> 16) % cells.size()].exchange(block));
        }
    };
    // Twice, so that the second generation of threads takes over the states of the first.
    for (int generation = 0; generation < 2; ++generation) {
        std::vector<std::thread> threads;
        threads.reserve(kThreads);
        for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, 17U * static_cast<unsigned>(i) + 1);
        for (auto& thread : threads) thread.join();
    }
    for (auto& cell : cells) std::free(cell.load());
    return 0;
}

// --- processes
// -------------------------------------------------------------------------------------------------

int fork_and_exec(const char* self) {
    std::free(kept(std::malloc(7100)));
    const pid_t child = fork();
    if (child == 0) {
        std::free(kept(std::malloc(7101)));
        execl("/proc/self/exe", self, "one", "7102", static_cast<char*>(nullptr));
        _exit(9);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const pid_t quiet = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork)
    if (quiet == 0) _exit(0);
    waitpid(quiet, nullptr, 0);
    std::free(kept(std::malloc(7103)));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 9;
}

// Forks while other threads allocate, again and again; every child allocates too.
int fork_in_threads() {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    threads.reserve(3);
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&stop] {
            while (!stop) std::free(kept(std::malloc(100)));
        });
    }
    int failures = 0;
    for (int i = 0; i < 60; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            for (int n = 0; n < 100; ++n) std::free(kept(std::malloc(7110)));
            _exit(0);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (status != 0) ++failures;
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    return failures;
}

// A fork that no handler sees.
int raw_fork() {
    std::free(kept(std::malloc(7120)));
    const long child = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (child == 0) {
        for (int n = 0; n < 100'000; ++n) std::free(kept(std::malloc(7121)));
        std::exit(0);
    }
    int status = 0;
    waitpid(static_cast<pid_t>(child), &status, 0);
    std::free(kept(std::malloc(7122)));
    return status == 0 ? 0 : 1;
}

int allocate_many(int count) {
    for (int n = 0; n < count; ++n) std::free(kept(std::malloc(7200)));
    return 0;
}

// Sizes and lives that no compression sees through.
int allocate_varied(int count) {
    std::array<void*, 512> blocks{};
    unsigned seed = 1;
    for (int n = 0; n < count; ++n) {
        seed = seed * 1664525 + 1013904223;
        void*& block = blocks[(seed >> 10) % blocks.size()];
        std::free(block);
        block = kept(std::malloc(1 + (seed >> 20)));
    }
    for (void* block : blocks) std::free(block);
    return 0;
}

int killed() {
    allocate_many(100'000);
    return raise(SIGKILL);
}

// Closes every descriptor it knows of, and opens files where the tracer's may have been.
int closes_all() {
    allocate_many(50'000);
    close_range(3, ~0U, 0);
    std::vector<int> files;
    files.reserve(300);
    for (int i = 0; i < 300; ++i) files.push_back(open("own_file", O_RDWR | O_CREAT, 0600));
    allocate_many(50'000);
    struct Size {
        static off_t of(int file) { return lseek(file, 0, SEEK_END); }
    };
    return std::ranges::all_of(files, [](int file) { return Size::of(file) == 0; }) ? 0 : 1;
}

// Few descriptors: the program must find none but its own.
int few_descriptors() {
    const rlimit limit = {30, 30};
    setrlimit(RLIMIT_NOFILE, &limit);
    allocate_many(50'000);
    close_range(3, ~0U, 0);
    allocate_many(50'000);
    const int file = open("own_file", O_RDWR | O_CREAT, 0600);
    for (int other = 4; other < 30; ++other) {
        if (fcntl(other, F_GETFD) >= 0) return 1;
    }
    return file == 3 ? 0 : 2;
}

// The descriptors a program finds after its start are its own.
int low_descriptors() {
    allocate_many(1000);
    const int file = open("own_file", O_RDWR | O_CREAT, 0600);
    return file == 3 ? 0 : 1;
}

int limited() {
    const rlimit limit = {100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    return allocate_varied(200'000);
}

// A library is unloaded, and another one loaded, usually at the same place.
int reload(int count, char** paths) {
    for (int i = 0; i < count; ++i) {
        void* library = dlopen(paths[i], RTLD_NOW);
        if (library == nullptr) return std::puts(dlerror()), 1;
        reinterpret_cast<void (*)()>(dlsym(library, "request"))();
        dlclose(library);
    }
    return 0;
}

int labels() {
    std::free(kept(std::malloc(7301)));
    memo_end();  // without a begin
    memo_begin("outer");
    std::free(kept(std::malloc(7302)));
    memo_begin("inner");
    std::free(kept(std::malloc(7303)));
    const pid_t child = fork();
    if (child == 0) {
        std::free(kept(std::malloc(7306)));
        std::exit(0);
    }
    waitpid(child, nullptr, 0);
    std::thread([] { std::free(kept(std::malloc(7304))); }).join();
    memo_end();
    memo_end();
    std::free(kept(std::malloc(7305)));
    for (int i = 0; i < 1000; ++i) memo_begin("deep");
    for (int i = 0; i < 1000; ++i) memo_end();
    std::free(kept(std::malloc(7307)));
    return 0;
}

// Exits while another thread is in full swing, and has not filled a buffer.
int exits_early() {
    std::atomic<bool> ready{false};
    std::thread([&ready] {
        for (int n = 0; n < 50; ++n) std::free(kept(std::malloc(7400)));
        ready = true;
        pause();
    }).detach();
    while (!ready) std::this_thread::yield();
    return 0;
}

// Blocks of one size, all live at the end.
int keep_many(int count) {
    for (int n = 0; n < count; ++n) kept(std::malloc(7800));
    return 0;
}

// Recording is switched off and on again in the middle.
int switches() {
    kept(std::malloc(7810));
    raise(SIGUSR2);
    kept(std::malloc(7811));
    raise(SIGUSR2);
    kept(std::malloc(7812));
    return 0;
}

int maps() {
    void* pages = mmap(nullptr, 79 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return munmap(pages, 79 * 4096);
}

int many_threads() {
    std::vector<std::thread> threads;
    threads.reserve(500);
    for (int i = 0; i < 500; ++i) {
        threads.emplace_back([i] {
            for (int n = 0; n < 20; ++n) std::free(kept(std::malloc(7900)));
            if (i == 7) pthread_setname_np(pthread_self(), "seventh");
        });
    }
    for (auto& thread : threads) thread.join();
    return 0;
}

// A hundred children at once, each of which becomes another program.
int bomb(const char* self) {
    std::vector<pid_t> children;
    for (int i = 0; i < 100; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", self, "one", "7950", static_cast<char*>(nullptr));
            _exit(9);
        }
        children.push_back(child);
    }
    int failures = 0;
    for (const pid_t child : children) {
        int status = 0;
        waitpid(child, &status, 0);
        if (status != 0) ++failures;
    }
    return failures;
}

// Small blocks that are written to, with larger ones between them, until somebody ends it; 240 MB of them.
int devours() {
    for (std::size_t n = 0; n < 30'000; ++n) {
        std::memset(kept(std::malloc(7960)), 1, 7960);
        if (n % 8 == 0) std::free(kept(std::malloc(100'000)));
    }
    return 0;
}

// Becomes itself again, `left` times.
int chain(const char* self, long left) {
    for (int n = 0; n < 10; ++n) std::free(kept(std::malloc(7970)));
    if (left == 0) return 0;
    const std::string next = std::to_string(left - 1);
    const char* const arguments[] = {self, "chain", next.c_str(), nullptr};
    execv("/proc/self/exe", const_cast<char* const*>(arguments));
    return 9;
}

// errno must survive every call, whatever the tracer did meanwhile.
int keeps_errno() {
    for (int n = 0; n < 50'000; ++n) {
        errno = 77;
        void* block = kept(std::malloc(7500));
        if (errno != 77) return 1;
        std::free(block);
        if (errno != 77) return 2;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "entry_points") return entry_points();
    if (what == "handover") return handover();
    if (what == "fork_and_exec") return fork_and_exec(argv[0]);
    if (what == "fork_in_threads") return fork_in_threads();
    if (what == "raw_fork") return raw_fork();
    if (what == "one") return std::free(kept(std::malloc(std::strtoul(argv[2], nullptr, 10)))), 0;
    if (what == "many") return allocate_many(100'000);
    if (what == "varied") return allocate_varied(200'000);
    if (what == "killed") return killed();
    if (what == "closes_all") return closes_all();
    if (what == "few_descriptors") return few_descriptors();
    if (what == "low_descriptors") return low_descriptors();
    if (what == "limited") return limited();
    if (what == "reload") return reload(argc - 2, argv + 2);
    if (what == "labels") return labels();
    if (what == "exits_early") return exits_early();
    if (what == "keep_many") return keep_many(100'000);
    if (what == "switches") return switches();
    if (what == "maps") return maps();
    if (what == "many_threads") return many_threads();
    if (what == "devours") return devours();
    if (what == "chain") return chain(argv[0], std::strtol(argv[2], nullptr, 10));
    if (what == "bomb") return bomb(argv[0]);
    if (what == "keeps_errno") return keeps_errno();
    return 2;
}
