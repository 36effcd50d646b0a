// Starting a thread, and sleeping in it (allocator/background.h).
#include "allocator/background.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>

namespace memo {

namespace {

constinit std::atomic<int> process{0};
// The word that the kernel clears, and wakes waiters on, when the main thread ends; null where it does not
// say which that is. The C library keeps it at the same place in every thread's descriptor.
constinit std::atomic<int*> main_thread{nullptr};
constinit std::ptrdiff_t word_in_descriptor = 0;

[[nodiscard]] char* descriptor() {
    return reinterpret_cast<char*>(pthread_self());
}

// What a wait ends with: ETIMEDOUT says that the main thread is still there. Only the kernel looks at the
// word, since a thread that forked and was its child's main thread takes it along when it ends.
[[nodiscard]] int wait_for_change(int* word, const timespec& time) {
    const int self = process.load(std::memory_order_relaxed);
    return syscall(SYS_futex, word, FUTEX_WAIT, self, &time, nullptr, 0) == 0 ? 0 : errno;
}

}  // namespace

void know_process() {
    const int saved_errno = errno;
    int* word = nullptr;
    if (prctl(PR_GET_TID_ADDRESS, &word) == 0 && word != nullptr && *word == getpid()) {
        word_in_descriptor = reinterpret_cast<char*>(word) - descriptor();
        main_thread.store(word, std::memory_order_relaxed);
    }
    process.store(getpid(), std::memory_order_relaxed);
    errno = saved_errno;
}

void know_forked_process() {
    if (main_thread.load(std::memory_order_relaxed) != nullptr) {
        main_thread.store(reinterpret_cast<int*>(descriptor() + word_in_descriptor),
                          std::memory_order_relaxed);
    }
    process.store(getpid(), std::memory_order_relaxed);
}

bool in_own_process() {
    return process.load(std::memory_order_relaxed) == getpid();
}

bool start_background(void* (*run)(void*), void* argument) {
    constexpr std::size_t kStack = std::size_t{1} << 20;
    if (!in_own_process()) return false;
    const int saved_errno = errno;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, kStack);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const bool started = pthread_create(&thread, &attributes, run, argument) == 0;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    errno = saved_errno;
    return started;
}

void step_behind() {
    constexpr int kNicer = 5;
    const int saved_errno = errno;
    (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + kNicer);  // on Linux, of this thread
    errno = saved_errno;
}

bool sleep_in_background(std::chrono::nanoseconds duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    const timespec time = {seconds.count(), (duration - seconds).count()};
    int* word = main_thread.load(std::memory_order_relaxed);
    if (word == nullptr) {
        nanosleep(&time, nullptr);
        return true;
    }
    constexpr timespec kNow = {};
    int why = wait_for_change(word, time);
    if (why == 0 || why == EINTR) why = wait_for_change(word, kNow);
    if (why == 0 || why == EINTR || why == ETIMEDOUT) return true;
    // Others than we may wait for the same word (pthread_join), and the kernel wakes only one.
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
    return false;
}

}  // namespace memo
