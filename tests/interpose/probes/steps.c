// Operations for another process to step through, one between two breakpoints (tests/interpose/steps.h): in
// this order a planned malloc, its free, a malloc that no plan holds, and its free; or a small malloc and its
// free.
#include "probe.h"

enum { kBlocks = 16, kMeasured = 10, kUntilCached = 4096 };

// PROBE_ROUNDS rounds with breakpoints, after as many without; without it a few rounds, for a plan to be made
// of.
static long rounds;
static int stepped;

static inline void breakpoint(void) {
    if (stepped) __asm__ volatile("int3" ::: "memory");
}

__attribute__((noinline)) static void* get(size_t size, int measured) {
    if (measured) breakpoint();
    void* block = malloc(size);
    if (measured) breakpoint();
    require(block != NULL, "memory");
    return block;
}

__attribute__((noinline)) static void give(void* block, int measured) {
    if (measured) breakpoint();
    free(block);
    if (measured) breakpoint();
}

__attribute__((noinline)) static void one_round(void) {
    for (int i = 0; i < kBlocks; ++i) give(get(8192 + 64 * (size_t)i, i == kMeasured), i == kMeasured);
    const size_t foreign = (size_t)17 << 20;  // beyond what the tests' plans hold
    give(get(foreign, 1), 1);
}

static void operations(void) {
    const char* wanted = getenv("PROBE_ROUNDS");
    rounds = wanted == NULL ? 0 : strtol(wanted, NULL, 10);
    for (long i = 0; i < rounds + 3; ++i) one_round();
    stepped = 1;
    for (long i = 0; i < rounds; ++i) one_round();
}

// Without a plan. A thread has a cache once it has made some thousands of small requests.
static void small(void) {
    for (int i = 0; i < kUntilCached; ++i) give(get(100, 0), 0);
    stepped = 1;
    for (int i = 0; i < 20; ++i) give(get(100, 1), 1);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {{"operations", operations}, {"small", small}};
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
