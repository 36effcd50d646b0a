// What happens to blocks after they were handed out: recycled, resized, measured, freed elsewhere or twice.
#define _GNU_SOURCE
#include "probe.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>

static void calloc_zeroes_recycled_blocks(void) {
    for (int round = 0; round < 50; ++round) {
        void* dirty = malloc(1000);
        memset(dirty, 0xff, 1000);
        free(dirty);
        unsigned char* clean = calloc(10, 100);
        require(holds_only(clean, 0, 1000), "calloc zeroes a recycled block");
        memset(clean, 0xff, 1000);
        free(clean);
    }
}

// Another filling each time, so that bytes left over from an earlier block are not taken for kept ones.
static unsigned char filling = 1;

static unsigned char* resized(unsigned char* block, size_t size, size_t kept) {
    unsigned char* moved = realloc(block, size);
    require(moved != NULL, "realloc succeeds");
    require(holds_only(moved, filling, kept), "realloc keeps what was there");
    filling = (unsigned char)(filling % 250 + 1);
    memset(moved, filling, size);
    return moved;
}

static void realloc_every_way(void) {
    for (int i = 0; i < 20; ++i) free(malloc(700));  // a plain beginning, by which a plan is recognised
    const size_t foreign = (size_t)20 << 20;         // beyond what the tests' plans hold
    for (int round = 0; round < 10; ++round) {
        unsigned char* block = malloc(100);
        memset(block, filling, 100);
        block = resized(block, 1000, 100);     // grow
        block = resized(block, 100000, 1000);  // grow much
        block = resized(block, 90000, 90000);  // shrink a little
        block = resized(block, 50, 50);        // shrink much
        block = resized(block, foreign, 50);   // to the next allocator
        block = resized(block, foreign + 1, foreign);
        block = resized(block, 3000, 3000);  // and back
        block = resized(block, 3000, 3000);  // the same size
        const size_t nothing = opaque(0);
        require(realloc(block, nothing) == NULL, "realloc to zero frees");
        block = realloc(NULL, 10);
        memset(block, filling, 10);
        free(resized(block, 20, 10));
    }
}

static void usable_size_is_usable(void) {
    enum { kBlocks = 200 };
    unsigned char* blocks[kBlocks];
    size_t sizes[kBlocks];
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < kBlocks; ++i) {
            blocks[i] = malloc((size_t)i * 13 + 1);
            sizes[i] = malloc_usable_size(blocks[i]);
            require(sizes[i] >= (size_t)i * 13 + 1, "usable size holds the request");
            memset(blocks[i], i, sizes[i]);
        }
        for (int i = 0; i < kBlocks; ++i) {
            require(holds_only(blocks[i], (unsigned char)i, sizes[i]), "neighbours keep out of usable bytes");
            free(blocks[i]);
        }
    }
}

enum { kHandedOver = 500 };
static unsigned char* handed_over[kHandedOver];

static void* free_all(void* argument) {
    for (int i = 0; i < kHandedOver; ++i) {
        require(holds_only(handed_over[i], (unsigned char)i, 64), "the block came over whole");
        free(handed_over[i]);
    }
    return argument;
}

static void free_from_another_thread(void) {
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < kHandedOver; ++i) {
            handed_over[i] = malloc(64);
            memset(handed_over[i], i, 64);
        }
        pthread_t thread;
        pthread_create(&thread, NULL, free_all, NULL);
        pthread_join(thread, NULL);
    }
}

static void* fill_all(void* argument) {
    for (int i = 0; i < kHandedOver; ++i) {
        handed_over[i] = malloc(64);
        memset(handed_over[i], i, 64);
    }
    return argument;
}

static void thread_ends_holding_blocks(void) {
    for (int round = 0; round < 200; ++round) {
        pthread_t thread;
        pthread_create(&thread, NULL, fill_all, NULL);
        pthread_join(thread, NULL);
        free_all(NULL);
    }
}

// Rounds of blocks that live together, each filled with the thread's own mark.
static void* churn(void* mark) {
    unsigned char* blocks[40];
    const unsigned char value = *(const unsigned char*)mark;
    for (int round = 0; round < 30; ++round) {
        for (int i = 0; i < 40; ++i) {
            blocks[i] = malloc((size_t)(i + 1) * 100);
            memset(blocks[i], value, (size_t)(i + 1) * 100);
        }
        for (int i = 0; i < 40; ++i) {
            require(holds_only(blocks[i], value, (size_t)(i + 1) * 100), "no other thread wrote here");
            free(blocks[i]);
        }
    }
    return mark;
}

static void more_threads_than_arenas(void) {
    pthread_t threads[100];
    unsigned char marks[100];
    for (int i = 0; i < 100; ++i) {
        marks[i] = (unsigned char)(i + 1);
        pthread_create(&threads[i], NULL, churn, &marks[i]);
    }
    for (int i = 0; i < 100; ++i) pthread_join(threads[i], NULL);
}

// --- Errors of the program: these end in an abort where the block was planned ---

static void free_twice(void) {
    for (int round = 0; round < 30; ++round) {
        char* block = malloc(5000);
        memset(block, 1, 5000);
        free(block);
        volatile uintptr_t address = (uintptr_t)block;
        if (round == 29 && getenv("PROBE_MISBEHAVE") != NULL) free((void*)address);
    }
}

static void free_inside(void) {
    for (int round = 0; round < 30; ++round) {
        char* block = malloc(5000);
        memset(block, 1, 5000);
        volatile uintptr_t address = (uintptr_t)block + 16;
        if (round == 29 && getenv("PROBE_MISBEHAVE") != NULL) free((void*)address);
        free(block);
    }
}

static void realloc_after_free(void) {
    for (int round = 0; round < 30; ++round) {
        char* block = malloc(5000);
        memset(block, 1, 5000);
        free(block);
        volatile uintptr_t address = (uintptr_t)block;
        if (round == 29 && getenv("PROBE_MISBEHAVE") != NULL) free(realloc((void*)address, 100));
    }
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"calloc_zeroes_recycled_blocks", calloc_zeroes_recycled_blocks},
        {"realloc_every_way", realloc_every_way},
        {"usable_size_is_usable", usable_size_is_usable},
        {"free_from_another_thread", free_from_another_thread},
        {"thread_ends_holding_blocks", thread_ends_holding_blocks},
        {"more_threads_than_arenas", more_threads_than_arenas},
        {"free_twice", free_twice},
        {"free_inside", free_inside},
        {"realloc_after_free", realloc_after_free},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
