// Large blocks, which the pool serves in every program: that they are resized, measured, aligned and refused
// as any allocator's are.
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

static const size_t sizes[] = {131072, 131073, 200000, 262144, 1 << 20, 3333333, 8 << 20};
enum { kSizes = sizeof sizes / sizeof *sizes };

// Another filling each time, so that bytes left over from an earlier block are not taken for kept ones.
static unsigned char filling = 1;

static unsigned char* filled(void* block, size_t size) {
    require(block != NULL, "the block is there");
    filling = (unsigned char)(filling % 250 + 1);
    return memset(block, filling, size);
}

static unsigned char* resized(unsigned char* block, size_t size, size_t kept) {
    unsigned char* moved = realloc(block, size);
    require(moved != NULL, "realloc succeeds");
    require((uintptr_t)moved % 16 == 0, "and its block is aligned");
    require(holds_only(moved, filling, kept), "and it keeps what was there");
    return filled(moved, size);
}

static void realloc_up_and_down(void) {
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < kSizes; ++i) {
            unsigned char* block = filled(malloc(sizes[i]), sizes[i]);
            unsigned char* wall = filled(malloc(sizes[i]), sizes[i]);  // what must move, moves
            const unsigned char theirs = filling;
            filled(block, sizes[i]);
            block = resized(block, 2 * sizes[i], sizes[i]);
            block = resized(block, 2 * sizes[i] + 1, 2 * sizes[i]);
            block = resized(block, sizes[i], sizes[i]);
            block = resized(block, sizes[i], sizes[i]);
            block = resized(block, 20000, 20000);
            block = resized(block, 100, 100);
            block = resized(block, 16 << 20, 100);
            block = reallocarray(block, 3, 100000);
            require(holds_only(block, filling, 300000), "reallocarray keeps what was there");
            require(holds_only(wall, theirs, sizes[i]), "the neighbour is left alone");
            free(wall);
            require(realloc(block, opaque(0)) == NULL, "realloc to zero frees");
            block = filled(realloc(NULL, sizes[i]), sizes[i]);
            free(block);
        }
    }
}

static void failing_realloc_leaves_the_block(void) {
    // Hidden from the compiler, which would not believe that it is there afterwards.
    unsigned char* volatile block = filled(malloc(300000), 300000);
    const size_t absurd[] = {SIZE_MAX, SIZE_MAX - 4095, (size_t)PTRDIFF_MAX + 1, (size_t)1 << 60};
    for (size_t i = 0; i < sizeof absurd / sizeof *absurd; ++i) {
        errno = 0;
        void* volatile moved = realloc(block, opaque(absurd[i]));
        require(moved == NULL && errno == ENOMEM, "realloc is refused");
        errno = 0;
        moved = reallocarray(block, opaque(absurd[i]), 64);
        require(moved == NULL && errno == ENOMEM, "reallocarray is refused");
        require(holds_only(block, filling, 300000), "the block is as it was");
    }
    free(block);
}

static void calloc_gives_zeros(void) {
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < kSizes; ++i) {
            unsigned char* dirty = filled(malloc(sizes[i]), sizes[i]);
            free(dirty);
            unsigned char* clean = calloc(1, sizes[i]);
            require(clean != NULL && holds_only(clean, 0, sizes[i]), "calloc gives zeros");
            filled(clean, sizes[i]);
            free(clean);
        }
    }
}

static void usable_to_the_end(void) {
    unsigned char* blocks[kSizes];
    size_t usable[kSizes];
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < kSizes; ++i) {
            blocks[i] = malloc(sizes[i] + (size_t)round);
            usable[i] = malloc_usable_size(blocks[i]);
            require(usable[i] >= sizes[i] + (size_t)round, "the usable size holds the request");
            memset(blocks[i], i + 1, usable[i]);
        }
        for (int i = 0; i < kSizes; ++i) {
            require(holds_only(blocks[i], (unsigned char)(i + 1), usable[i]), "all of it is the block's own");
            errno = 77;
            free(blocks[i]);
            require(errno == 77, "free keeps errno");
        }
    }
}

static void aligned_requests(void) {
    static const size_t good[] = {8, 16, 64, 4096, 8192, 65536, 2 << 20};
    for (size_t a = 0; a < sizeof good / sizeof *good; ++a) {
        for (int i = 0; i < kSizes; ++i) {
            void* blocks[3] = {NULL, memalign(good[a], sizes[i]), aligned_alloc(good[a], sizes[i])};
            require(posix_memalign(&blocks[0], good[a], sizes[i]) == 0, "posix_memalign succeeds");
            for (int k = 0; k < 3; ++k) {
                require((uintptr_t)blocks[k] % good[a] == 0, "the block is aligned");
                filled(blocks[k], sizes[i]);
            }
            blocks[1] = realloc(blocks[1], sizes[i] + 100000);
            require(blocks[1] != NULL, "an aligned block can be resized");
            for (int k = 0; k < 3; ++k) free(blocks[k]);
        }
    }
    // What is refused, and how, is the next allocator's own answer.
    static const size_t odd[] = {0, 1, 2, 3, 4, 6, 24, 48, 100, 4095};
    for (size_t a = 0; a < sizeof odd / sizeof *odd; ++a) {
        const size_t alignment = opaque(odd[a]);
        void* block = NULL;
        printf("%zu: %d", alignment, posix_memalign(&block, alignment, 200000));
        free(block);
        errno = 0;
        block = memalign(alignment, 200000);
        printf(" %d %d", block != NULL, errno);
        free(block);
        errno = 0;
        block = aligned_alloc(alignment, 200000);
        printf(" %d %d\n", block != NULL, errno);
        free(block);
    }
}

// glibc's second names; not its headers'.
extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
extern void* __libc_valloc(size_t);
extern void* __libc_pvalloc(size_t);
extern void __libc_free(void*);

static void other_names(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < kSizes; ++i) {
        void* pages[] = {valloc(sizes[i]), pvalloc(sizes[i]), __libc_valloc(sizes[i]),
                         __libc_pvalloc(sizes[i]), __libc_memalign(page, sizes[i])};
        for (size_t k = 0; k < sizeof pages / sizeof *pages; ++k) {
            require((uintptr_t)pages[k] % page == 0, "the block begins at a page");
            filled(pages[k], sizes[i]);
            require(malloc_usable_size(pages[k]) >= sizes[i], "and holds the request");
            (k % 2 == 0 ? free : __libc_free)(pages[k]);
        }
        unsigned char* block = filled(__libc_malloc(sizes[i]), sizes[i]);
        block = resized(block, sizes[i] * 2, sizes[i]);
        block = __libc_realloc(block, sizes[i]);
        require(holds_only(block, filling, sizes[i]), "the names mean one heap");
        free(block);
        block = __libc_calloc(2, sizes[i]);
        require(holds_only(block, 0, 2 * sizes[i]), "zeros by the other name");
        free(block);
    }
}

// No more is promised than the system has: the same sizes are refused as without us.
static void as_much_as_there_is(void) {
    free(malloc(200000));
    for (int power = 40; power < 64; ++power) {
        errno = 0;
        void* block = malloc(opaque((size_t)1 << power));
        printf("%d: %d %d\n", power, block != NULL, errno);
        free(block);
    }
    // Physical memory and four times as much again: what the kernel's heuristic refuses in one piece.
    const size_t memory = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    void* block = malloc(opaque(5 * memory));
    printf("too much: %d\n", block != NULL);
    free(block);
}

// The limit comes while large blocks live; what the program may still have, it gets.
static void limits_its_addresses(void) {
    unsigned char* before = filled(malloc(5 << 20), 5 << 20);
    void* freed = malloc(1 << 20);
    const unsigned char mine = filling;
    free(freed);
    const struct rlimit limit = {1 << 30, 1 << 30};
    require(setrlimit(RLIMIT_AS, &limit) == 0, "the limit is set");
    for (int i = 0; i < 3000; ++i) filled(malloc(10000), 10000);
    for (int i = 0; i < 20; ++i) {
        void* block = filled(malloc(20 << 20), 20 << 20);
        free(block);
    }
    require(holds_only(before, mine, 5 << 20), "a block from before is as it was");
    before = realloc(before, 30 << 20);
    require(before != NULL && holds_only(before, mine, 5 << 20), "and can still be resized");
    free(before);
    errno = 0;
    void* volatile block = malloc(opaque((size_t)2 << 30));
    require(block == NULL && errno == ENOMEM, "more than the limit is refused");
    int refused = 0;
    for (int i = 0; i < 2000 && !refused; ++i) {
        errno = 0;
        block = malloc(1 << 20);
        refused = block == NULL && errno == ENOMEM;
    }
    require(refused, "until there is no more");
    struct rlimit is = {0, 0};
    require(prlimit(0, RLIMIT_AS, NULL, &is) == 0 && is.rlim_cur == limit.rlim_cur,
            "the limit is what was set");
}

// --- Errors of the program: these end in an abort ---

static void end_badly(const char* how) {
    unsigned char* block = malloc(200000);
    memset(block, 1, 200000);
    volatile uintptr_t address = (uintptr_t)block;
    if (strcmp(how, "inside") == 0) free((void*)(address + 16));
    if (strcmp(how, "resize inside") == 0) free(realloc((void*)(address + 4096), 300000));
    free(block);
    if (strcmp(how, "twice") == 0) free((void*)address);
    if (strcmp(how, "resize after") == 0) free(realloc((void*)address, 300000));
}

static void misbehaves(void) {
    const char* how = getenv("PROBE_MISBEHAVE");
    end_badly(how == NULL ? "" : how);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"realloc_up_and_down", realloc_up_and_down},
        {"failing_realloc_leaves_the_block", failing_realloc_leaves_the_block},
        {"calloc_gives_zeros", calloc_gives_zeros},
        {"usable_to_the_end", usable_to_the_end},
        {"aligned_requests", aligned_requests},
        {"other_names", other_names},
        {"as_much_as_there_is", as_much_as_there_is},
        {"limits_its_addresses", limits_its_addresses},
        {"misbehaves", misbehaves},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
