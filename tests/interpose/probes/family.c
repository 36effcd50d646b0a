// Every entry point of the malloc family: that it works, and that its answers to odd requests are the next
// allocator's own.
#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>

typedef void (*Free)(void*);
typedef void (*FreeSized)(void*, size_t);
typedef void (*FreeAlignedSized)(void*, size_t, size_t);

// What glibc 2.36 does not have, and we export: plain `free` where nobody has it.
static void* find(const char* name) {
    return dlsym(RTLD_DEFAULT, name);
}

static void free_by_cfree(void* block) {
    Free function = (Free)find("cfree");
    (function != NULL ? function : free)(block);
}
static void free_by_size(void* block, size_t size) {
    FreeSized function = (FreeSized)find("free_sized");
    if (function != NULL) return function(block, size);
    free(block);
}
static void free_by_size_and_alignment(void* block, size_t alignment, size_t size) {
    FreeAlignedSized function = (FreeAlignedSized)find("free_aligned_sized");
    if (function != NULL) return function(block, alignment, size);
    free(block);
}

static void use(void* block, size_t size, size_t alignment) {
    require(block != NULL, "the block is there");
    require((uintptr_t)block % alignment == 0, "the block is aligned");
    require(malloc_usable_size(block) >= size, "the block is as large as asked for");
    memset(block, 0x5a, size);
}

static void every_entry(void) {
    for (int round = 0; round < 20; ++round) {
        for (size_t size = 1; size <= 100000; size = size * 7 + 1) {
            void* block = malloc(size);
            use(block, size, size < 16 ? 8 : 16);
            free(block);
            block = calloc(3, size);
            require(holds_only(block, 0, 3 * size), "calloc gives zeroes");
            use(block, 3 * size, 16);
            free_by_cfree(block);
            block = realloc(NULL, size);
            use(block, size, 8);
            block = realloc(block, 2 * size);
            require(holds_only(block, 0x5a, size), "realloc keeps what was there");
            block = reallocarray(block, 5, size);
            require(holds_only(block, 0x5a, size), "reallocarray keeps what was there");
            use(block, 5 * size, 8);
            free_by_size(block, 5 * size);
            block = memalign(64, size);
            use(block, size, 64);
            free_by_size_and_alignment(block, 64, size);
            require(posix_memalign(&block, 256, size) == 0, "posix_memalign succeeds");
            use(block, size, 256);
            free(block);
            block = aligned_alloc(4096, 4096 * size);
            use(block, 4096 * size, 4096);
            free(block);
            block = valloc(size);
            use(block, size, 4096);
            free(block);
            block = pvalloc(size);
            use(block, (size + 4095) / 4096 * 4096, 4096);
            free(block);
        }
        free(NULL);
        free_by_cfree(NULL);
        require(malloc_usable_size(NULL) == 0, "nothing has no size");
    }
}

static void print_answer(const char* request, void* block) {
    const int error = errno;
    printf("%s: %s", request, block == NULL ? strerror(error) : "a block");
    printf("\n");
    free(block);
    errno = 0;
}

static void odd_requests(void) {
    static const size_t alignments[] = {0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 4096, 1 << 20};
    errno = 0;
    for (size_t i = 0; i < sizeof alignments / sizeof *alignments; ++i) {
        const size_t alignment = opaque(alignments[i]);
        void* untouched = &errno;
        void* block = untouched;
        const int error = posix_memalign(&block, alignment, 100);
        printf("posix_memalign %zu: %d %d %d\n", alignment, error, errno, error != 0 && block == untouched);
        if (error == 0) free(block);
        errno = 0;
        printf("%zu ", alignment);
        print_answer("memalign", memalign(alignment, 100));
        printf("%zu ", alignment);
        print_answer("aligned_alloc", aligned_alloc(alignment, opaque(100)));
    }
    print_answer("malloc(0)", malloc(opaque(0)));
    print_answer("calloc(0, 8)", calloc(opaque(0), 8));
    print_answer("realloc(NULL, 0)", realloc(NULL, opaque(0)));
    print_answer("memalign(64, 0)", memalign(64, opaque(0)));
    const size_t huge[] = {opaque(SIZE_MAX), opaque(SIZE_MAX - 4095), opaque((size_t)PTRDIFF_MAX + 1),
                           opaque((size_t)1 << 60)};
    // What a failing realloc leaves behind is lost here, on purpose: the compiler would not believe that it
    // is there.
    for (size_t i = 0; i < sizeof huge / sizeof *huge; ++i) {
        void* block = NULL;
        print_answer("huge malloc", malloc(huge[i]));
        print_answer("huge calloc", calloc(1, huge[i]));
        print_answer("overflowing calloc", calloc(huge[i], 64));
        print_answer("huge realloc of nothing", realloc(NULL, huge[i]));
        print_answer("huge realloc", realloc(malloc(10), huge[i]));
        print_answer("overflowing reallocarray", reallocarray(malloc(10), huge[i], 64));
        print_answer("huge memalign", memalign(64, huge[i]));
        print_answer("huge alignment", memalign(huge[i], 64));
        print_answer("huge aligned_alloc", aligned_alloc(64, huge[i]));
        print_answer("huge valloc", valloc(huge[i]));
        print_answer("huge pvalloc", pvalloc(huge[i]));
        printf("huge posix_memalign: %d\n", posix_memalign(&block, 64, huge[i]));
    }
}

// An alignment whose low 32 bits look like one of the plan's is not one of the plan's.
__attribute__((noinline)) static void ask_aligned(size_t alignment) {
    void* block = memalign(alignment, 320);
    require(block == NULL || alignment == 0 || (uintptr_t)block % alignment == 0, "aligned or refused");
    free(block);
}

static void alignment_beyond_32_bits(void) {
    for (int round = 0; round < 40; ++round) ask_aligned(opaque(0));
    ask_aligned(opaque((size_t)1 << 32));
}

static void free_keeps_errno(void) {
    for (int round = 0; round < 10; ++round) {
        for (size_t size = 10; size <= ((size_t)64 << 20); size *= 8) {
            void* block = malloc(size);
            memset(block, 1, size);
            errno = 77;
            free(block);
            require(errno == 77, "free keeps errno");
        }
        errno = 78;
        free(NULL);
        require(errno == 78, "free of nothing keeps errno");
    }
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"every_entry", every_entry},
        {"odd_requests", odd_requests},
        {"alignment_beyond_32_bits", alignment_beyond_32_bits},
        {"free_keeps_errno", free_keeps_errno},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
