// The next allocator: whatever the malloc family would have been without us. Every function is resolved once,
// in the first call, and then reached through one table without a further check.
//
// Invariants:
// - A table entry always points at something callable: until the family is resolved, at a starter that
// resolves it.
// - All entries belong to one allocator. Where it lacks a function (jemalloc has no pvalloc), the entry is
// built
//   from the ones it has, because memory of one heap must never reach the free of another.
// - Requests made by the resolving itself (dlsym may allocate) come from a static starter pool, whose blocks
//   are recognised for ever after and are never given to the next allocator.
// Thread safety: all functions, from the first instruction of the process on.
#pragma once

#include "interpose/policy.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace memo::interpose {

struct NextTable {
    void* (*malloc)(std::size_t);
    void* (*calloc)(std::size_t, std::size_t);
    void* (*realloc)(void*, std::size_t);
    void* (*reallocarray)(void*, std::size_t, std::size_t);
    void (*free)(void*);
    void* (*memalign)(std::size_t, std::size_t);
    int (*posix_memalign)(void**, std::size_t, std::size_t);
    void* (*aligned_alloc)(std::size_t, std::size_t);
    void* (*valloc)(std::size_t);
    void* (*pvalloc)(std::size_t);
    std::size_t (*malloc_usable_size)(void*);
};

extern NextTable next;

// Resolves the table now instead of in the first call; for a library's constructor.
void resolve_next();

// Path of the library that holds the next allocator, for reports; never null.
const char* next_library();

// --- The starter pool
// -------------------------------------------------------------------------------------------

inline constexpr std::size_t kStarterPoolBytes = std::size_t{1} << 20;  // never touched pages cost nothing
extern char starter_pool[kStarterPoolBytes];

[[nodiscard]] inline bool in_starter_pool(const void* block) {
    return reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(starter_pool) <
           kStarterPoolBytes;
}

// Once the table is resolved nobody is given another starter block: if nobody has been, none will come back.
[[nodiscard]] bool starter_pool_is_untouched();

// Bytes a starter block can hold.
std::size_t starter_block_size(const void* block);

// Moves a starter block into the next allocator's heap.
void* move_from_starter_pool(void* block, std::size_t size);

// --- The next allocator's own answers
// ---------------------------------------------------------------------------

template <EntryPoint E>
[[nodiscard]] inline Result next_allocate(std::size_t size, std::size_t alignment) {
    if constexpr (E == EntryPoint::calloc) return {next.calloc(1, size)};
    if constexpr (E == EntryPoint::memalign) return {next.memalign(alignment, size)};
    if constexpr (E == EntryPoint::aligned_alloc) return {next.aligned_alloc(alignment, size)};
    if constexpr (E == EntryPoint::valloc) return {next.valloc(size)};
    if constexpr (E == EntryPoint::pvalloc) return {next.pvalloc(size)};
    if constexpr (E == EntryPoint::posix_memalign) {
        Result result;
        result.error = next.posix_memalign(&result.block, alignment, size);
        if (result.error != 0) result.block = nullptr;
        return result;
    }
    // operator new(n, align) accepts alignments below sizeof(void*), which posix_memalign refuses.
    if constexpr (E == EntryPoint::operator_new_aligned) return {next.memalign(alignment, size)};
    return {next.malloc(size)};
}

[[nodiscard]] inline void* next_reallocate(void* block, std::size_t size) {
    if (in_starter_pool(block)) [[unlikely]]
        return move_from_starter_pool(block, size);
    return next.realloc(block, size);
}

inline void next_release(void* block) {
    if (in_starter_pool(block)) [[unlikely]]
        return;
    next.free(block);
}

[[nodiscard]] inline std::size_t next_usable_size(void* block) {
    if (in_starter_pool(block)) [[unlikely]]
        return starter_block_size(block);
    return next.malloc_usable_size(block);
}

// What operator new does once its memory is refused: the C++ runtime in the process runs the new-handler and
// throws (or, nothrow, returns null). Our own runtime is a private copy, whose handler and exceptions nobody
// knows.
void* operator_new_failed(std::size_t size, bool nothrow);
void* operator_new_aligned_failed(std::size_t size, std::size_t alignment, bool nothrow);

}  // namespace memo::interpose
