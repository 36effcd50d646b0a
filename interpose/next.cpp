// Resolving the next allocator (interpose/next.h). See there for the invariants.
#include "interpose/next.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>

#pragma weak _dl_find_object  // glibc 2.35

namespace memo::interpose {

alignas(64) char starter_pool[kStarterPoolBytes];

namespace {

constexpr std::size_t kHeaderBytes = 16;  // holds the block's size, and keeps blocks aligned
std::atomic<std::size_t> starter_used{0};

// Set while this thread resolves: requests that come now come from dlsym and must not resolve again.
thread_local bool resolving = false;

void* starter_allocate(std::size_t size, std::size_t alignment) {
    if (size > kStarterPoolBytes || alignment > kStarterPoolBytes) return errno = ENOMEM, nullptr;
    if (alignment < kHeaderBytes) alignment = kHeaderBytes;
    const std::size_t taken = kHeaderBytes + size + alignment;
    const std::size_t begin = starter_used.fetch_add(taken, std::memory_order_relaxed);
    if (begin + taken > kStarterPoolBytes) return errno = ENOMEM, nullptr;
    auto address = reinterpret_cast<std::uintptr_t>(starter_pool) + begin + kHeaderBytes;
    address = (address + alignment - 1) & ~(alignment - 1);
    std::memcpy(reinterpret_cast<void*>(address - kHeaderBytes), &size, sizeof size);
    return reinterpret_cast<void*>(address);  // the pool is zero and never reused, so this serves calloc too
}

// The starters: the first call of any entry resolves the table and goes on through it.
void* start_malloc(std::size_t size) {
    if (resolving) return starter_allocate(size, 0);
    resolve_next();
    return next.malloc(size);
}
void* start_calloc(std::size_t count, std::size_t size) {
    std::size_t total = 0;
    if (resolving) return __builtin_mul_overflow(count, size, &total) ? nullptr : starter_allocate(total, 0);
    resolve_next();
    return next.calloc(count, size);
}
void* start_realloc(void* block, std::size_t size) {
    if (resolving) return block == nullptr ? starter_allocate(size, 0) : nullptr;
    resolve_next();
    return next.realloc(block, size);
}
void* start_reallocarray(void* block, std::size_t count, std::size_t size) {
    if (resolving) return block == nullptr ? starter_allocate(count * size, 0) : nullptr;
    resolve_next();
    return next.reallocarray(block, count, size);
}
void start_free(void* block) {
    if (resolving) return;  // nothing but starter blocks can exist yet
    resolve_next();
    next.free(block);
}
void* start_memalign(std::size_t alignment, std::size_t size) {
    if (resolving) return starter_allocate(size, alignment);
    resolve_next();
    return next.memalign(alignment, size);
}
int start_posix_memalign(void** block, std::size_t alignment, std::size_t size) {
    if (resolving) {
        *block = starter_allocate(size, alignment);
        return *block == nullptr ? ENOMEM : 0;
    }
    resolve_next();
    return next.posix_memalign(block, alignment, size);
}
void* start_aligned_alloc(std::size_t alignment, std::size_t size) {
    if (resolving) return starter_allocate(size, alignment);
    resolve_next();
    return next.aligned_alloc(alignment, size);
}
void* start_valloc(std::size_t size) {
    if (resolving) return starter_allocate(size, static_cast<std::size_t>(getpagesize()));
    resolve_next();
    return next.valloc(size);
}
void* start_pvalloc(std::size_t size) {
    if (resolving) return starter_allocate(size, static_cast<std::size_t>(getpagesize()));
    resolve_next();
    return next.pvalloc(size);
}
std::size_t start_usable_size(void* block) {
    if (resolving) return 0;
    resolve_next();
    return next.malloc_usable_size(block);
}

// Stand-ins for what the next allocator does not have, made of what it has: of posix_memalign, because that
// one says whether it failed (jemalloc's memalign leaves errno alone).
void* memalign_by_posix(std::size_t alignment, std::size_t size) {
    void* block = nullptr;
    const int error =
        next.posix_memalign(&block, alignment < sizeof(void*) ? sizeof(void*) : alignment, size);
    if (error != 0) return errno = error, nullptr;
    return block;
}
void* valloc_by_posix(std::size_t size) {
    return memalign_by_posix(static_cast<std::size_t>(getpagesize()), size);
}
void* pvalloc_by_posix(std::size_t size) {
    const auto page = static_cast<std::size_t>(getpagesize());
    if (size > SIZE_MAX - page) return errno = ENOMEM, nullptr;
    return memalign_by_posix(page, (size + page - 1) / page * page);
}
void* reallocarray_by_realloc(void* block, std::size_t count, std::size_t size) {
    std::size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total)) return errno = ENOMEM, nullptr;
    return next.realloc(block, total);
}
std::size_t no_usable_size(void* /*block*/) {
    return 0;
}

std::atomic<const char*> library_path{"unknown"};  // the loader's own text, which stays: we need that library

// The library that a function is in; null if the loader does not know it. Without dladdr where that can be:
// it looks through all symbols of the C library for the nearest one, in every process that starts.
[[nodiscard]] const link_map* library_of(const void* function) {
    if (_dl_find_object != nullptr) [[likely]] {
        dl_find_object found;
        return _dl_find_object(const_cast<void*>(function), &found) == 0 ? found.dlfo_link_map : nullptr;
    }
    Dl_info info;
    void* map = nullptr;
    return dladdr1(function, &info, &map, RTLD_DL_LINKMAP) == 0 ? nullptr : static_cast<const link_map*>(map);
}

// Looks `name` up behind us; `stand_in` where it is missing or belongs to another allocator than `home`.
template <class Function>
void look_up(Function*& entry, const char* name, const link_map* home, Function* stand_in) {
    void* symbol = dlsym(RTLD_NEXT, name);
    if (symbol != nullptr && (home == nullptr || library_of(symbol) == home)) {
        entry = reinterpret_cast<Function*>(symbol);
    } else {
        entry = stand_in;
    }
}

// A function of the C++ runtime in the process. A runtime that came with a dlopened plug-in (python's torch)
// is in a local scope, where RTLD_NEXT does not look.
void* runtime_symbol(const char* name) {
    void* symbol = dlsym(RTLD_NEXT, name);
    if (symbol != nullptr) return symbol;
    void* runtime = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
    return runtime == nullptr ? nullptr : dlsym(runtime, name);
}

}  // namespace

constinit NextTable next = {start_malloc, start_calloc,   start_realloc,        start_reallocarray,
                            start_free,   start_memalign, start_posix_memalign, start_aligned_alloc,
                            start_valloc, start_pvalloc,  start_usable_size};

void resolve_next() {
    if (resolving) return;
    resolving = true;
    NextTable found = next;
    look_up(found.malloc, "malloc", nullptr, found.malloc);
    const link_map* home = library_of(reinterpret_cast<const void*>(found.malloc));
    look_up(found.free, "free", nullptr, found.free);
    look_up(found.calloc, "calloc", nullptr, found.calloc);
    look_up(found.realloc, "realloc", nullptr, found.realloc);
    look_up(found.posix_memalign, "posix_memalign", nullptr, found.posix_memalign);
    look_up(found.reallocarray, "reallocarray", home, reallocarray_by_realloc);
    look_up(found.memalign, "memalign", home, memalign_by_posix);
    look_up(found.aligned_alloc, "aligned_alloc", home, found.memalign);
    look_up(found.valloc, "valloc", home, valloc_by_posix);
    look_up(found.pvalloc, "pvalloc", home, pvalloc_by_posix);
    look_up(found.malloc_usable_size, "malloc_usable_size", home, no_usable_size);
    if (home != nullptr && *home->l_name != '\0') library_path.store(home->l_name, std::memory_order_relaxed);
    // Two threads may get here at once: both found the same, and every entry works before and after.
    next = found;
    resolving = false;
}

const char* next_library() {
    return library_path.load(std::memory_order_relaxed);
}

bool starter_pool_is_untouched() {
    return starter_used.load(std::memory_order_relaxed) == 0;
}

std::size_t starter_block_size(const void* block) {
    std::size_t size = 0;
    std::memcpy(&size, static_cast<const char*>(block) - kHeaderBytes, sizeof size);
    return size;
}

void* move_from_starter_pool(void* block, std::size_t size) {
    void* moved = next.malloc(size);
    if (moved == nullptr) return nullptr;
    const std::size_t held = starter_block_size(block);
    std::memcpy(moved, block, held < size ? held : size);
    return moved;
}

void* operator_new_failed(std::size_t size, bool nothrow) {
    if (nothrow) {
        using New = void* (*)(std::size_t, const std::nothrow_t&);
        auto function = reinterpret_cast<New>(runtime_symbol("_ZnwmRKSt9nothrow_t"));
        return function == nullptr ? nullptr : function(size, std::nothrow);
    }
    using New = void* (*)(std::size_t);
    auto function = reinterpret_cast<New>(runtime_symbol("_Znwm"));
    if (function == nullptr) std::abort();  // out of memory, and no C++ runtime to tell
    return function(size);
}

void* operator_new_aligned_failed(std::size_t size, std::size_t alignment, bool nothrow) {
    const auto align = static_cast<std::align_val_t>(alignment);
    if (nothrow) {
        using New = void* (*)(std::size_t, std::align_val_t, const std::nothrow_t&);
        auto function = reinterpret_cast<New>(runtime_symbol("_ZnwmSt11align_val_tRKSt9nothrow_t"));
        return function == nullptr ? nullptr : function(size, align, std::nothrow);
    }
    using New = void* (*)(std::size_t, std::align_val_t);
    auto function = reinterpret_cast<New>(runtime_symbol("_ZnwmSt11align_val_t"));
    if (function == nullptr) std::abort();
    return function(size, align);
}

}  // namespace memo::interpose
