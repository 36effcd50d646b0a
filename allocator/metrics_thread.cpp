// Starting the thread and keeping it going (allocator/metrics_thread.h).
#include "allocator/metrics_thread.h"

#include "allocator/background.h"
#include "allocator/service.h"

#include <pthread.h>
#include <unistd.h>

namespace memo {

void MetricsThread::set(double every, Write write) {
    every_ = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(every));
    write_ = write;
}

void MetricsThread::start() {
    const int self = getpid();
    if (!in_own_process()) return;
    if (process_.load(std::memory_order_relaxed) == self) return;
    if (process_.exchange(self, std::memory_order_relaxed) == self) return;
    (void)start_background(run, this);  // no thread, no file: not tried again
}

void* MetricsThread::run(void* self) {
    Service::step_aside();
    pthread_setname_np(pthread_self(), "memo-metrics");
    const auto& metrics = *static_cast<const MetricsThread*>(self);
    while (metrics.write_() && sleep_in_background(metrics.every_)) {
    }
    return nullptr;
}

}  // namespace memo
