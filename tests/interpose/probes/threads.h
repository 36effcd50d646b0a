// What the probes of threads and of children share. Include after _GNU_SOURCE is defined.
#pragma once

#include "probe.h"

#include <pthread.h>
#include <sys/wait.h>

static inline void expect_good_end(pid_t child) {
    int status = 0;
    require(child > 0 && waitpid(child, &status, 0) == child, "the child can be waited for");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ends well");
}

// --- 200 thread-specific values, each of `bytes`, whose destructors allocate ---

enum { kKeys = 200 };

static struct {
    pthread_key_t keys[kKeys];
    size_t bytes;
    void (*work)(void);  // in the thread, and in every 20th destructor
    int ended;
} values;

static inline void end_value(void* value) {
    require(holds_only(value, 0x33, values.bytes), "the value is whole at the thread's end");
    free(value);
    void* more = malloc(values.bytes + 20);
    memset(more, 0x44, values.bytes + 20);
    free(more);
    if (__atomic_add_fetch(&values.ended, 1, __ATOMIC_RELAXED) % 20 == 0) values.work();
}

static inline void* set_all_keys(void* argument) {
    values.work();
    for (int i = 0; i < kKeys; ++i) {
        void* value = malloc(values.bytes);
        memset(value, 0x33, values.bytes);
        require(pthread_setspecific(values.keys[i], value) == 0, "the key takes its value");
    }
    return argument;
}

static inline void end_values_of_threads(size_t bytes, int rounds, void (*work)(void)) {
    enum { kThreads = 4 };
    values.bytes = bytes;
    values.work = work;
    for (int i = 0; i < kKeys; ++i)
        require(pthread_key_create(&values.keys[i], end_value) == 0, "there are that many keys");
    for (int round = 0; round < rounds; ++round) {
        pthread_t threads[kThreads];
        for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, set_all_keys, NULL);
        for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
    }
    require(values.ended == rounds * kThreads * kKeys, "every value was ended");
}
