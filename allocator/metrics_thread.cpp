// Starting the thread and keeping it going (allocator/metrics_thread.h).
#include "allocator/metrics_thread.h"

#include "allocator/service.h"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace memo {

namespace {

constexpr std::size_t kStack = std::size_t{256} << 10;

}  // namespace

void MetricsThread::set(double every, Write write) {
    every_.tv_sec = static_cast<time_t>(every);
    every_.tv_nsec = static_cast<long>((every - static_cast<double>(every_.tv_sec)) * 1e9);
    write_ = write;
}

void MetricsThread::start() {
    const int self = getpid();
    if (process_.load(std::memory_order_relaxed) == self) return;
    if (process_.exchange(self, std::memory_order_relaxed) == self) return;
    const int saved_errno = errno;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, kStack);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // the program's signals are for its own threads
    pthread_t thread{};
    (void)pthread_create(&thread, &attributes, run, this);  // no thread, no file: not tried again
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    errno = saved_errno;
}

void* MetricsThread::run(void* self) {
    Service::step_aside();
    pthread_setname_np(pthread_self(), "memo-metrics");
    const auto& metrics = *static_cast<const MetricsThread*>(self);
    while (metrics.write_()) nanosleep(&metrics.every_, nullptr);
    return nullptr;
}

}  // namespace memo
