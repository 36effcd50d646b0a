// libmemomalloc.so's face to the program: the malloc family over the plan, and the moments of the library's
// life.
#include "allocator/exits.h"
#include "allocator/report.h"
#include "allocator/service.h"
#include "allocator/small_heap.h"
#include "interpose/next.h"

#include <dlfcn.h>

#include <atomic>
#include <bit>
#include <cstring>

namespace {

using memo::service;
using memo::small_heap;
using memo::interpose::Result;

struct PlanPolicy {
    template <memo::EntryPoint E>
    [[gnu::always_inline]] static Result allocate(std::size_t size, std::size_t alignment,
                                                  const void* caller) {
        // valloc and pvalloc imply an alignment that the request does not carry.
        if constexpr (E != memo::EntryPoint::valloc && E != memo::EntryPoint::pvalloc) {
            if (small_heap.may_take(size) && is_small<E>(alignment)) {
                void* block = small_heap.take_next(rounded_up<E>(size, alignment));
                if (block == nullptr) [[unlikely]]
                    return allocate_small<E>(size, alignment);
                if constexpr (E == memo::EntryPoint::calloc) std::memset(block, 0, size);
                return {block};
            }
            if (service.may_plan(size)) {
                void* block = service.serve_next(size, alignment, caller);
                if (block == nullptr) [[unlikely]]
                    return allocate_otherwise<E>(size, alignment, caller);
                if constexpr (E == memo::EntryPoint::calloc) std::memset(block, 0, size);
                return {block};
            }
        }
        return memo::interpose::next_allocate<E>(size, alignment);
    }

    template <memo::EntryPoint E>
    static constexpr bool has_alignment =
        E == memo::EntryPoint::posix_memalign || E == memo::EntryPoint::memalign ||
        E == memo::EntryPoint::aligned_alloc || E == memo::EntryPoint::operator_new_aligned;

    // An alignment that somebody could refuse: what is to become of the request, the next allocator says.
    template <memo::EntryPoint E>
    static constexpr bool is_plain(std::size_t alignment) {
        return !has_alignment<E> || (std::has_single_bit(alignment) && alignment >= sizeof(void*));
    }

    template <memo::EntryPoint E>
    static bool is_small(std::size_t alignment) {
        return !has_alignment<E> ||
               (is_plain<E>(alignment) && alignment <= memo::size_classes::kMostAlignment);
    }
    // Blocks of such a size have the alignment.
    template <memo::EntryPoint E>
    static std::size_t rounded_up(std::size_t size, std::size_t alignment) {
        return has_alignment<E> ? (size + alignment - 1) & -alignment : size;
    }

    // What the thread's cache does not have. Apart from `allocate`, so that this keeps no registers for it.
    template <memo::EntryPoint E>
    [[gnu::noinline]] static Result allocate_small(std::size_t size, std::size_t alignment) {
        void* block = small_heap.take(rounded_up<E>(size, alignment));
        if (block == nullptr) return memo::interpose::next_allocate<E>(size, alignment);
        if constexpr (E == memo::EntryPoint::calloc) std::memset(block, 0, size);
        return {block};
    }

    // What the plan did not say comes next. Likewise apart from `allocate`, so that this keeps no registers
    // for it. calloc wants zeros, which the next allocator may have for nothing: pages from the system are
    // zero.
    template <memo::EntryPoint E>
    [[gnu::noinline]] static Result allocate_otherwise(std::size_t size, std::size_t alignment,
                                                       const void* caller) {
        if (void* block = service.serve(size, alignment, caller)) {
            if constexpr (E == memo::EntryPoint::calloc) std::memset(block, 0, size);
            return {block};
        }
        Result result;
        if constexpr (E != memo::EntryPoint::calloc) {
            if (is_plain<E>(alignment)) result.block = service.take_from_pool(size, alignment);
        }
        if (result.block == nullptr) result = memo::interpose::next_allocate<E>(size, alignment);
        if (service.watching()) [[unlikely]]
            service.note(result.block, size, alignment, caller);
        return result;
    }

    template <memo::EntryPoint E>
    static void* reallocate(void* block, std::size_t size, const void* caller) {
        if (small_heap.owns(block)) return reallocate_small(block, size, caller);
        const bool ours = service.owns(block);
        if (!ours && service.watching()) [[unlikely]]
            service.note_free(block);
        if (!ours && !service.may_plan(size)) [[likely]]
            return memo::interpose::next_reallocate(block, size);
        if (size == 0 && ours) return service.release(block, caller), nullptr;
        if (ours && service.resize(block, size)) return block;

        const std::size_t held = ours ? service.size_of(block) : memo::interpose::next_usable_size(block);
        // A next allocator without malloc_usable_size says 0: then only it knows how much there is to move.
        const bool can_move = ours || held != 0;
        void* moved = can_move && service.may_plan(size) ? service.serve(size, 0, caller) : nullptr;
        if (moved == nullptr && !ours) {
            void* grown = memo::interpose::next_reallocate(block, size);
            if (service.watching() && service.may_plan(size)) service.note(grown, size, 0, caller);
            return grown;
        }
        if (moved == nullptr) {
            if (size <= held && size >= held / 2) return block;  // shrinks where it lies
            moved = memo::interpose::next_allocate<E>(size, 0).block;
            if (moved == nullptr) return nullptr;
        }
        std::memcpy(moved, block, held < size ? held : size);
        release<memo::EntryPoint::free>(block);
        return moved;
    }

    static void* reallocate_small(void* block, std::size_t size, const void* caller) {
        const std::size_t held = small_heap.size_of(block);
        if (size != 0 && size <= held && size >= held / 2) return block;
        void* moved = size == 0 ? nullptr : allocate<memo::EntryPoint::malloc>(size, 0, caller).block;
        if (moved != nullptr) std::memcpy(moved, block, held < size ? held : size);
        if (moved != nullptr || size == 0) release<memo::EntryPoint::free>(block);
        return moved;
    }

    template <memo::EntryPoint E>
    [[gnu::always_inline]] static void release(void* block) {
        const std::uint64_t offset = small_heap.offset_of(block);
        if (offset < small_heap.bytes()) return small_heap.give(block, offset, __builtin_return_address(0));
        if (service.owns(block)) [[unlikely]]
            return service.release(block, __builtin_return_address(0));
        if (service.watching()) [[unlikely]]
            return release_watched(block);
        memo::interpose::next_release(block);
    }

    [[gnu::noinline]] static void release_watched(void* block) {
        service.note_free(block);
        memo::interpose::next_release(block);
    }

    static std::size_t usable_size(void* block) {
        if (small_heap.owns(block)) return small_heap.size_of(block);
        return service.owns(block) ? service.size_of(block) : memo::interpose::next_usable_size(block);
    }
};

__attribute__((constructor)) void begin() {
    memo::interpose::resolve_next();
    service.start();
    memo::watch_exits();
}

__attribute__((destructor)) void end() {
    memo::reports.at_end();
}

}  // namespace

using Policy = PlanPolicy;
#include "interpose/family.inc"

namespace {

// The loader's function `name` behind us, looked up once. Not a function-local static: its guard would link
// in libstdc++'s exceptions, with TLS behind __tls_get_addr and a pool that is allocated in every process.
template <class Function>
Function* behind_us(std::atomic<Function*>& known, const char* name) {
    Function* function = known.load(std::memory_order_relaxed);
    if (function == nullptr) [[unlikely]] {
        function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
        known.store(function, std::memory_order_relaxed);
    }
    return function;
}

constinit std::atomic<void* (*)(const char*, int)> next_dlopen{nullptr};
constinit std::atomic<void* (*)(Lmid_t, const char*, int)> next_dlmopen{nullptr};

}  // namespace

// A library in its own namespace (dlmopen), or one that prefers its own symbols (RTLD_DEEPBIND), frees with a
// `free` that is not ours. Before such a load, stop serving. Both wrappers end in a jump, not a call: the
// loader looks at its return address to find the caller's RUNPATH and namespace.
extern "C" __attribute__((visibility("default"))) void* dlopen(const char* file, int mode) noexcept {
    const auto next = behind_us(next_dlopen, "dlopen");
    if ((mode & RTLD_DEEPBIND) != 0) service.stop();
    return next(file, mode);
}

extern "C" __attribute__((visibility("default"))) void* dlmopen(Lmid_t space, const char* file,
                                                                int mode) noexcept {
    const auto next = behind_us(next_dlmopen, "dlmopen");
    if (space != LM_ID_BASE || (mode & RTLD_DEEPBIND) != 0) service.stop();
    return next(space, file, mode);
}
