// Starting, entering, leaving (allocator/service.h).
#include "allocator/service.h"

#include "allocator/message.h"
#include "allocator/plan_file.h"
#include "allocator/statistics.h"
#include "common/file_name.h"
#include "interpose/next.h"

#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace memo {

constinit Service service;
constinit thread_local ThreadPlace Service::here;

namespace {

pthread_key_t thread_end_key;

// Children find in the environment that they are not the process the user started: they keep quiet about a
// plan that is not for them, and do not overwrite its statistics.
[[nodiscard]] bool is_root_process() {
    const char* root = secure_getenv("MEMO_ROOT_PID");
    char self[24];
    (void)std::snprintf(self, sizeof self, "%d", static_cast<int>(getpid()));
    if (root == nullptr) {
        setenv("MEMO_ROOT_PID", self, 1);
        return true;
    }
    return std::strcmp(root, self) == 0;
}

// An environment variable in `text`; empty if it is not set or does not fit.
void copy_variable(const char* name, char* text, std::size_t room) {
    const char* value = secure_getenv(name);
    if (value != nullptr && std::strlen(value) < room) std::memcpy(text, value, std::strlen(value) + 1);
}

// The path of this process's executable in `path`; empty if it cannot be told.
void find_program(char* path, std::size_t room) {
    const ssize_t length = readlink("/proc/self/exe", path, room - 1);
    path[length < 0 ? 0 : length] = '\0';
}

}  // namespace

bool Service::load(const char* path) {
    const LoadedPlan loaded = load_plan_file(path);
    if (loaded.wrong != nullptr) {
        state_ = loaded.wrong;
        if (root_) say("%s: %s; running without it", path, loaded.wrong);
        return false;
    }
    plan_ = loaded.plan;
    char program[4096];
    find_program(program, sizeof program);
    const char* wanted = plan_.string(plan_.header().program);
    if (*wanted != '\0' && std::strcmp(file_name(wanted), file_name(program)) != 0) {
        state_ = "the plan is for another program";
        if (root_) say("%s: made for %s, not for %s; running without it", path, wanted, program);
        return false;
    }
    void* memory = mmap(nullptr, Callers::memory_needed(plan_), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || !arenas_.reserve(plan_)) {
        state_ = "no addresses for an arena";
        if (root_)
            say("%s: no addresses for an arena of %llu bytes (see ulimit -v); running without it", path,
                static_cast<unsigned long long>(plan_.header().height));
        return false;
    }
    callers_.prepare(plan_, memory);
    return true;
}

void Service::start() {
    if (getauxval(AT_SECURE) != 0) return;
    process_ = getpid();
    copy_variable("MEMO_STATS", stats_, sizeof stats_);
    copy_variable("MEMO_PLAN", plan_path_, sizeof plan_path_);
    if (*stats_ != '\0' || *plan_path_ != '\0') root_ = is_root_process();
    if (*plan_path_ == '\0') return;
    if (!load(plan_path_) || pthread_key_create(&thread_end_key, leave) != 0) return;
    state_ = "serving";
    served_ = true;
    min_size_ = plan_.header().min_size;
    std::uint64_t largest = min_size_;
    for (const PlanSlot& slot : plan_.slots()) largest = std::max(largest, slot.size);
    sizes_.store(largest - min_size_ + 1, std::memory_order_release);
}

// A thread's way into an arena: it has made the plan's first kProof requests (beginning anew after the last
// slot of a short plan), with no more strays in between than that. The request that completes the proof is
// not served yet.
void Service::enter(std::size_t size, std::size_t alignment, const void* caller) {
    if (here.closed) return;
    const std::uint32_t slots = plan_.header().slot_count;
    if (slot_matches(here.followed % slots, size, alignment, caller)) {
        ++here.followed;
    } else if (slot_matches(0, size, alignment, caller)) {
        here.followed = 1;
        here.strays = 0;
    } else {
        if (here.followed != 0 && ++here.strays > kProof) here.followed = here.strays = 0;
        return;
    }
    if (here.followed < kProof) return;

    const std::uint32_t next_slot = here.followed % slots;
    here.followed = here.strays = 0;
    here.closed = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    Arena* arena = arenas_.take();
    if (arena == nullptr) {
        no_arena_.fetch_add(1, std::memory_order_relaxed);
    } else if (pthread_setspecific(thread_end_key, arena) != 0) {
        arenas_.give_back(arena);  // or it would be lost at the thread's end
    } else {
        arena->replay.skip_to(next_slot);
        here.arena = arena;
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

void Service::change_arena() {
    Arena* old = here.arena;
    here.closed = true;
    here.arena = nullptr;  // what pthread_setspecific may allocate is not for the plan
    std::atomic_signal_fence(std::memory_order_seq_cst);
    Arena* arena = arenas_.exchange(old);
    if (arena != old) {
        arena->replay.skip_to(old->replay.cursor());
        pthread_setspecific(thread_end_key, arena);  // cannot fail: the key has its place since `enter`
    }
    here.arena = arena;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    here.closed = false;
}

void Service::leave(void* arena) {
    here.closed = true;
    here.arena = nullptr;
    service.arenas_.give_back(static_cast<Arena*>(arena));
}

void Service::abort_on_bad_free(const void* block, Release outcome) const {
    if (outcome == Release::not_live) {
        say("double free of a planned block at %p", block);
    } else {
        say("free of %p, which is inside the arena but is not the start of a block", block);
    }
    std::abort();
}

void Service::report() const {
    if (*stats_ == '\0' || std::strcmp(stats_, "0") == 0) return;
    if (!served_ && !root_) return;
    Statistics statistics;
    statistics.plan = plan_path_;
    statistics.state = state_;
    statistics.next_allocator = interpose::next_library();
    statistics.process = getpid();
    if (served_) {
        statistics.planned_slots = plan_.header().slot_count;
        statistics.height = plan_.header().height;
        statistics.max_load = plan_.header().max_load;
        statistics.arenas = arenas_.count();
        statistics.arena_bytes = arenas_.arena_bytes();
        statistics.no_arena = no_arena_.load(std::memory_order_relaxed);
        arenas_.for_each([&](const Arena& arena) { statistics.add(arena.replay.counts()); });
    }
    if (std::strcmp(stats_, "1") == 0) {
        write_statistics_text(statistics, STDERR_FILENO);
        return;
    }
    // A forked or exec'd child with the same plan writes beside its parent's file, not over it.
    char path[sizeof stats_ + 16];
    const bool own_name = root_ && statistics.process == process_;
    if (own_name) {
        (void)std::snprintf(path, sizeof path, "%s", stats_);
    } else {
        (void)std::snprintf(path, sizeof path, "%s.%d", stats_, statistics.process);
    }
    write_statistics_file(statistics, path);
}

}  // namespace memo
