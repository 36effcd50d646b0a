// A next allocator that has the five functions every program needs, and nothing else: blocks from a bump
// pointer, freed never, each behind a header with its size.
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { kPool = 1 << 30, kHeader = 4096 };

static void* take(size_t alignment, size_t size) {
    static char* pool;
    static size_t used;
    if (pool == NULL) {
        pool = mmap(NULL, kPool, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    if (size > kPool || alignment > kHeader) return errno = ENOMEM, NULL;
    const size_t at = (__atomic_load_n(&used, __ATOMIC_RELAXED) + kHeader - 1) / kHeader * kHeader + kHeader;
    if (at + size > kPool) return errno = ENOMEM, NULL;
    __atomic_store_n(&used, at + size, __ATOMIC_RELAXED);
    memcpy(pool + at - sizeof size, &size, sizeof size);
    return pool + at;
}

void* malloc(size_t size) {
    return take(16, size);
}
void* calloc(size_t count, size_t size) {
    size_t total = 0;
    return __builtin_mul_overflow(count, size, &total) ? (errno = ENOMEM, NULL) : take(16, total);
}
void free(void* block) {
    (void)block;
}
void* realloc(void* block, size_t size) {
    if (block != NULL && size == 0) return NULL;
    void* moved = take(16, size);
    if (moved == NULL || block == NULL) return moved;
    size_t held = 0;
    memcpy(&held, (char*)block - sizeof held, sizeof held);
    return memcpy(moved, block, held < size ? held : size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
    if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    *block = take(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}
