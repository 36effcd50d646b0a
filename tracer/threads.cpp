// Threads (tracer/threads.h).
#include "tracer/threads.h"

#include "tracer/lock.h"
#include "tracer/memory.h"
#include "tracer/recorder.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern "C" void* __libc_stack_end;  // NOLINT: of the loader; where the first thread's stack began

namespace memo::tracer {

constinit thread_local Local local = {nullptr, 0, Busy::no};

namespace threads {
namespace {

constinit std::atomic<ThreadState*> states{nullptr};
constinit std::atomic<std::uint32_t> count{0};
constinit pthread_key_t key = 0;
constinit bool has_key = false;

std::uint64_t own_system_id() {
    return static_cast<std::uint64_t>(syscall(SYS_gettid));
}

// Above every frame of the calling thread. The C library puts a thread's own block at the end of its stack.
std::uintptr_t end_of_stack(std::uint64_t system_id) {
    const bool first = system_id == static_cast<std::uint64_t>(getpid());
    return first ? reinterpret_cast<std::uintptr_t>(__libc_stack_end)
                 : static_cast<std::uintptr_t>(pthread_self());
}

void define_name(ThreadState& state) {
    prctl(PR_GET_NAME, state.name);
    definitions::thread(state.thread, state.system_id, {state.name, strnlen(state.name, sizeof state.name)});
}

bool kernel_knows(std::uint64_t system_id) {
    return syscall(SYS_tgkill, recording.home, system_id, 0) == 0 || errno != ESRCH;
}

// A state whose thread is gone for good, or a new one; nullptr without memory.
ThreadState* find_state(std::uint64_t system_id) {
    for (ThreadState* state = first(); state != nullptr; state = state->next) {
        if (!state->retired.load(std::memory_order_relaxed)) continue;
        if (state->system_id != system_id && kernel_knows(state->system_id)) continue;
        bool expected = true;
        if (state->retired.compare_exchange_strong(expected, false, std::memory_order_acquire)) return state;
    }
    void* pages = map_pages(sizeof(ThreadState));
    if (pages == nullptr) return nullptr;
    auto* state = static_cast<ThreadState*>(pages);
    state->next = states.load(std::memory_order_relaxed);
    while (!states.compare_exchange_weak(state->next, state, std::memory_order_release)) {
    }
    return state;
}

// The thread ends. Other keys' destructors may still allocate: come last, and from then on write each event
// at once.
void thread_ends(void* pointer) {
    auto* state = static_cast<ThreadState*>(pointer);
    if (local.state != state) return;
    constexpr std::uint32_t kPasses = 4;  // PTHREAD_DESTRUCTOR_ITERATIONS
    if (++state->passes < kPasses) {
        const OwnWork own;
        pthread_setspecific(key, state);
        if (state->passes > 1) return;
    }
    const int error = errno;
    {
        const OwnWork own;
        char before[ThreadState::kNameBytes];
        std::memcpy(before, state->name, sizeof before);
        prctl(PR_GET_NAME, state->name);
        if (recording.phase.load() == Phase::recording &&
            std::memcmp(before, state->name, sizeof before) != 0) {
            const Locked lock;
            define_name(*state);
        }
        if (state->passes == kPasses) {
            flush(*state);
            state->unbuffered = true;
            state->retired.store(true, std::memory_order_release);
        }
    }
    errno = error;
}

}  // namespace

void initialise() {
    has_key = pthread_key_create(&key, thread_ends) == 0;
}

void adopt_present() {
    if (has_key && local.state != nullptr) pthread_setspecific(key, local.state);
}

ThreadState* first() {
    return states.load(std::memory_order_acquire);
}

ThreadState* attach() {
    const std::uint64_t system_id = own_system_id();
    ThreadState* state = find_state(system_id);
    if (state == nullptr) return nullptr;
    state->thread = count.fetch_add(1, std::memory_order_relaxed);
    state->system_id = system_id;
    state->unbuffered = false;
    state->passes = 0;
    state->nesting = 0;
    state->sampling = false;
    state->scratch.stack.begin(end_of_stack(system_id));
    local.state = state;
    {
        const Locked lock;
        define_name(*state);
    }
    if (has_key) {
        const OwnWork own;  // a key beyond the first 32 makes the C library allocate
        pthread_setspecific(key, state);
    }
    return state;
}

bool after_fork() {
    bool unwinder_broken = false;
    for (ThreadState* state = first(); state != nullptr; state = state->next) {
        state->start_over();
        if (state == local.state) continue;
        if (state->scratch.unwinding) unwinder_broken = true;
        state->scratch.unwinding = false;
        state->system_id = 0;  // no thread: free for the next one
        state->retired.store(true);
    }
    count.store(0);
    if (local.state != nullptr) {
        local.state->thread = count.fetch_add(1);
        local.state->system_id = own_system_id();
        define_name(*local.state);
    }
    return unwinder_broken;
}

}  // namespace threads
}  // namespace memo::tracer
