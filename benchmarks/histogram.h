/* Times in nanoseconds, counted into a fixed table, so that measuring allocates nothing and writes nothing
   out until the end: 64 steps an octave, which is 1.6 % at most, and the largest one exactly. For C and C++.
   Not thread-safe. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { kStepBits = 6, kSteps = 1 << kStepBits, kOctaves = 40 };

struct Histogram {
    uint64_t counts[kOctaves][kSteps];
    uint64_t total, most;
};

static inline uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void count_ns(struct Histogram* into, uint64_t ns) {
    /* Octave 0 holds what is below 64, one step a nanosecond. */
    const int octave = ns < kSteps ? 0 : 64 - __builtin_clzll(ns) - kStepBits;
    const uint64_t step = octave == 0 ? ns : (ns >> (octave - 1)) - kSteps;
    ++into->counts[octave < kOctaves ? octave : kOctaves - 1][step];
    ++into->total;
    if (ns > into->most) into->most = ns;
}

/* What `part` of all times are not above: the upper end of its step. */
static inline uint64_t part_ns(const struct Histogram* from, double part) {
    uint64_t left = (uint64_t)(part * (double)from->total);
    for (int octave = 0; octave < kOctaves; ++octave) {
        for (uint64_t step = 0; step < kSteps; ++step) {
            if (from->counts[octave][step] > left) {
                const uint64_t end = octave == 0 ? step : ((step + kSteps + 1) << (octave - 1)) - 1;
                return end < from->most ? end : from->most;
            }
            left -= from->counts[octave][step];
        }
    }
    return from->most;
}

static inline void print_ns(const char* name, const struct Histogram* from) {
    printf("\"%s\": {\"count\": %llu, \"p50\": %llu, \"p99.9\": %llu, \"p99.99\": %llu, \"max\": %llu}", name,
           (unsigned long long)from->total, (unsigned long long)part_ns(from, 0.5),
           (unsigned long long)part_ns(from, 0.999), (unsigned long long)part_ns(from, 0.9999),
           (unsigned long long)from->most);
}
