// The contract between interpose/ (which exports the malloc family, once) and the library that decides what
// happens to a request. A preloaded library defines a class with the static members below, says `using Policy
// = ...;` and includes interpose/family.inc, which turns every exported function into one call of it.
//
//   template <EntryPoint E> static Result allocate(std::size_t size, std::size_t alignment, const void*
//   caller); template <EntryPoint E> static void* reallocate(void* block, std::size_t size, const void*
//   caller);   // block != nullptr template <EntryPoint E> static void release(void* block); // block !=
//   nullptr static std::size_t usable_size(void* block);
//
// - `alignment` is 0 for entry points without such an argument; `caller` is the program's return address.
// - calloc and reallocarray arrive with their product (overflow was already answered by the next allocator).
// - `next_allocate<E>` and friends (interpose/next.h) give the next allocator's own answer, errors included.
// - Policies run inside malloc: no allocation, no lock another thread could hold over a fork, errno kept by
// release.
#pragma once

#include "common/trace.h"

#include <cstddef>

namespace memo::interpose {

// A block, or nullptr and what posix_memalign would return. The other entry points report by errno.
struct Result {
    void* block = nullptr;
    int error = 0;
};

}  // namespace memo::interpose
