// The process: its start, the plans that it serves, its pool, its forks (allocator/service.h). What a thread
// goes through is in service_threads.cpp.
#include "allocator/service.h"

#include "allocator/background.h"
#include "allocator/bad_free.h"
#include "allocator/environment.h"
#include "allocator/learner.h"
#include "allocator/live.h"
#include "allocator/memory_policy.h"
#include "allocator/message.h"
#include "allocator/pace.h"
#include "allocator/plan_file.h"
#include "allocator/report.h"
#include "allocator/roomy_plan.h"
#include "allocator/small_heap.h"
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
    const char* root = variable("MEMO_ROOT_PID");
    char self[24];
    (void)std::snprintf(self, sizeof self, "%d", static_cast<int>(getpid()));
    if (root == nullptr) {
        setenv("MEMO_ROOT_PID", self, 1);
        return true;
    }
    return std::strcmp(root, self) == 0;
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
        if (!is_child_) say("%s: %s; running without it", path, loaded.wrong);
        return false;
    }
    char program[4096];
    find_program(program, sizeof program);
    const char* wanted = loaded.plan.string(loaded.plan.header().program);
    if (*wanted != '\0' && std::strcmp(file_name(wanted), file_name(program)) != 0) {
        state_ = "the plan is for another program";
        if (!is_child_) say("%s: made for %s, not for %s; running without it", path, wanted, program);
        return false;
    }
    min_size_ = loaded.plan.header().min_size;
    const PlanView plan =
        canaries.on() ? with_room_behind(loaded.plan, Bytes{Canaries::kBytes}) : loaded.plan;
    if (plan.empty()) {
        state_ = "no room for canaries";
        say("%s: cannot be laid out with room for canaries; running without it", path);
        return false;
    }
    if (adopt(plan)) return true;
    if (!is_child_)
        say("%s: no addresses for an arena of %llu bytes (see ulimit -v); running without it", path,
            static_cast<unsigned long long>(loaded.plan.header().height));
    return false;
}

void Service::start() {
    if (getauxval(AT_SECURE) != 0) return;
    know_process();
    memory_policy.start();
    canaries.start();
    state_ = "no plan";
    const bool has_plan = copy_variable("MEMO_PLAN", plan_path_, sizeof plan_path_);
    reports.start();
    if (reports.wanted() || has_plan) is_child_ = !is_root_process();
    memo_live.next_allocator = interpose::next_library();
    memo_live.plan_path = plan_path_;
    memo_live.no_arena = &no_arena_;
    memo_live.pool = &pool_.live_counts();
    memo_live.past = &plans_.past();
    memo_live.small = &small_heap.live_counts();
    memo_live.state = &state_;
    if (pthread_key_create(&thread_end_key, leave) != 0) return;
    if (pthread_atfork(nullptr, nullptr, after_fork) != 0 || is_off("MEMO_POOL"))
        pool_state_ = PoolState::none;
    keeper_.start(pool_);
    if (has_plan) {
        if (load(plan_path_)) start_small_heap();
        return;
    }
    if (is_off("MEMO_LEARN")) return;
    state_ = "nothing has repeated yet";
    min_size_ = kLearnFrom;
    start_small_heap();
    char program[4096];
    find_program(program, sizeof program);
    learner.start(program);
    learns_ = true;
    learning_.store(true, std::memory_order_relaxed);
    sizes_.store(UINT64_MAX - min_size_, std::memory_order_release);
}

// What is below every plan. Other allocators than glibc's are quick with small blocks themselves.
void Service::start_small_heap() const {
    const bool over_libc = std::strncmp(file_name(interpose::next_library()), "libc.so", 7) == 0;
    if (over_libc && !is_off("MEMO_SMALL")) small_heap.start(min_size_, remember);
}

// Any value but null has `leave` called at the thread's end.
bool Service::remember() {
    return pthread_setspecific(thread_end_key, &thread_end_key) == 0;
}

void Service::stop() {
    stopped_.store(true, std::memory_order_relaxed);
    state_ = "stopped: a library was loaded that could not free planned blocks (dlmopen, RTLD_DEEPBIND)";
    learning_.store(false, std::memory_order_relaxed);
    sizes_.store(0, std::memory_order_relaxed);
    small_heap.stop();
}

bool Service::adopt(const PlanView& plan) {
    const Plans::Added added = plans_.add(plan);
    if (added == Plans::Added::no_addresses && plans_.count() == 0) state_ = "no addresses for an arena";
    if (added != Plans::Added::yes) return false;
    if (!stopped_.load(std::memory_order_relaxed)) state_ = "serving";
    live_plan(plans_.last_added(), plans_[plans_.last_added()]);
    if (learns_) return true;  // any size may be in the next plan; and `stop` is for good
    std::uint64_t largest = min_size_;
    for (const PlanSlot& slot : plan.slots()) largest = std::max(largest, slot.size);
    sizes_.store(largest - min_size_ + 1, std::memory_order_release);
    return true;
}

bool Service::drop_one() {
    unsigned tried = 0;  // bit k: plan k cannot be dropped
    while (true) {
        unsigned oldest = Plans::kMost;
        for (unsigned plan = 0; plan < plans_.count(); ++plan) {
            if ((tried >> plan & 1) != 0 || !plans_[plan].served.load()) continue;
            if (oldest == Plans::kMost || plans_[plan].used.load(std::memory_order_relaxed) <
                                              plans_[oldest].used.load(std::memory_order_relaxed))
                oldest = plan;
        }
        if (oldest == Plans::kMost) return false;
        if (drop(oldest)) return true;
        tried |= 1U << oldest;
    }
}

bool Service::drop(unsigned plan) {
    live_drop(plan);
    if (plans_.drop(plan)) return true;
    live_plan(plan, plans_[plan]);
    return false;
}

void* Service::take_from_pool(std::size_t size, std::size_t alignment) {
    // Whoever gave a plan has said what is to be served: until a thread is in it, nothing is.
    if (!here.pooled && (!learns_ || size < Pool::kAlwaysFrom)) return nullptr;
    if (size < Pool::kFrom || alignment > Pool::kPageBytes || here.closed) return nullptr;
    if (pool_state_.load(std::memory_order_acquire) != PoolState::open && !open_pool()) return nullptr;
    void* block = pool_.take(size);
    keeper_.consider();
    return block;
}

bool Service::open_pool() {
    PoolState state = PoolState::closed;
    if (!pool_state_.compare_exchange_strong(state, PoolState::opening)) return false;
    Range& range = plans_.range();
    const bool opened = range.reserve(0) && range.pool_bytes() != 0;
    if (opened) {
        const std::uintptr_t start = range.base() + range.arena_bytes();
        pool_.lie_in(start, range.pool_bytes(), reinterpret_cast<void*>(start + range.pool_bytes()));
    }
    pool_state_.store(opened ? PoolState::open : PoolState::none, std::memory_order_release);
    if (opened) reports.serving();
    return opened;
}

void Service::release_to_pool(void* block, const void* caller) {
    if (watches_.any()) watches_.note_free(block);
    const Release outcome = pool_.give(block);
    if (outcome == Release::done) [[likely]]
        return;
    char text[512];
    describe_bad_pool_free(outcome, block, caller, text);
    say("%s", text);
    std::abort();
}

// Whether there is something in the pool that a plan of that height takes the place of.
bool Service::replaces_pool(std::uint64_t height) const {
    return pool_state_.load(std::memory_order_acquire) == PoolState::open && pool_.is_replaced_by(height);
}

void Service::shed(std::uint64_t height) {
    const bool pooled = pool_state_.load(std::memory_order_acquire) == PoolState::open;
    if (pooled && !pool_.is_replaced_by(height)) return;
    learner.trim();
    small_heap.purge();
    if (pooled) pool_.purge(true);
}

bool Service::purge_idle() {
    bool left = false;
    small_heap.purge();
    if (pool_state_.load(std::memory_order_acquire) == PoolState::open) {
        pool_.purge(false);
        left = pool_.is_worth_keeping();
    }
    const Plans::Reading reading(plans_);
    for (unsigned plan = 0; plan < plans_.count(); ++plan) {
        if (plans_[plan].served.load()) left = plans_[plan].arenas.purge_idle() || left;
    }
    return left;
}

void Service::give_up_addresses() {
    small_heap.confine();
    PoolState closed = PoolState::closed;
    if (pool_state_.compare_exchange_strong(closed, PoolState::none) || closed != PoolState::open) return;
    plans_.range().give_up(
        [this] { return plans_.any() ? std::optional<std::uint64_t>() : pool_.confine(); });
}

void Service::after_fork() {
    know_forked_process();
    service.plans_.after_fork();
    service.pool_.after_fork();
    service.keeper_.after_fork();
    small_heap.after_fork();
    learner.after_fork();
    Pace::after_fork();
}

// A block with a canary, or a bad free.
void Service::release_otherwise(const void* block, const void* caller) const {
    if (canaries.on() && canaries.release(plans_, block) == Release::done) return;
    char text[512];
    describe_bad_free(plans_, block, caller, text);
    say("%s", text);
    std::abort();
}

}  // namespace memo
