// Starting a thread (allocator/background.h).
#include "allocator/background.h"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

namespace memo {

bool start_background(void* (*run)(void*), void* argument) {
    constexpr std::size_t kStack = std::size_t{1} << 20;
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

}  // namespace memo
