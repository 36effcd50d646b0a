// A next allocator that has the five functions every program needs, and nothing else: blocks from a bump
// pointer, freed never, each behind a header with its size.
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const size_t pool_bytes = (size_t)16 << 30;  // of addresses

static void* take(size_t alignment, size_t size) {
    static char* pool;
    static size_t used;
    char* base = __atomic_load_n(&pool, __ATOMIC_ACQUIRE);
    if (base == NULL) {
        base = mmap(NULL, pool_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                    0);
        __atomic_store_n(&pool, base, __ATOMIC_RELEASE);
    }
    if (alignment < 16) alignment = 16;
    if (size > pool_bytes || alignment > pool_bytes) return errno = ENOMEM, NULL;
    const size_t taken = sizeof size + alignment + size;
    const size_t begin = __atomic_fetch_add(&used, taken, __ATOMIC_RELAXED);
    if (begin + taken > pool_bytes) return errno = ENOMEM, NULL;
    char* block =
        (char*)(((uintptr_t)base + begin + sizeof size + alignment - 1) & ~(uintptr_t)(alignment - 1));
    memcpy(block - sizeof size, &size, sizeof size);
    return block;
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
