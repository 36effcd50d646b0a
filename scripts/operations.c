/* operations KIND ROUNDS: rounds of 24 malloc and free pairs, four blocks alive at once, a byte written to
   each; prints the nanoseconds of CPU time that a pair took, over ROUNDS rounds after as many of warm-up (at
   most 2,000). Kinds: large   4 to 28 KiB, which a plan serves small   16 to 760 bytes, below what is
   planned: the thread's cache has them empty   the same loop around one static block: what the loop itself
   costs */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCKS = 24, AT_ONCE = 4 };

static char* blocks[BLOCKS];
static char one_block[32 * 1024];

static void* nothing_get(size_t size) {
    return size != 0 ? one_block : NULL;
}
static void nothing_give(void* block) {
    (void)block;
}

static void* (*get)(size_t) = malloc;
static void (*give)(void*) = free;

/* Not inlined: every request comes from the same place. */
static __attribute__((noinline)) void one_round(size_t least, size_t step) {
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = get(least + step * i);
        if (blocks[i] == NULL) abort();
        *blocks[i] = 1;
        if (i >= AT_ONCE) give(blocks[i - AT_ONCE]);
    }
    for (size_t i = BLOCKS - AT_ONCE; i < BLOCKS; ++i) give(blocks[i]);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

int main(int count, char** arguments) {
    if (count != 3) return fputs("usage: operations large|small|empty ROUNDS\n", stderr), 2;
    const int large = strcmp(arguments[1], "small") != 0;
    const size_t least = large ? 4096 : 16;
    const size_t step = large ? 1024 : 32;
    const long rounds = atol(arguments[2]);
    if (strcmp(arguments[1], "empty") == 0) {
        get = nothing_get;
        give = nothing_give;
    }
    for (long i = 0; i < rounds && i < 2000; ++i) one_round(least, step);
    const double begin = now();
    for (long i = 0; i < rounds; ++i) one_round(least, step);
    printf("%.3f\n", (now() - begin) / (double)(rounds * BLOCKS));
    return 0;
}
