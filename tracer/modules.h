// Which module an address is in. The loader is asked without its lock where it offers that (_dl_find_object,
// glibc 2.35), because our caller may be inside malloc inside the loader.
//
// Invariants: find_module is called without the trace lock (its fallback takes the loader's); intern_module
// with it. A module is known by load bias, extent, path and build id: another file at the same place is
// another module. Thread safety: find_module any thread; the rest under the trace lock.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo::tracer {

struct ModuleView {
    std::uintptr_t start = 0;  // mapped range [start, end)
    std::uintptr_t end = 0;
    std::uintptr_t base = 0;          // load bias
    std::uintptr_t unwind_table = 0;  // address of .eh_frame_hdr; 0: none
    const char* path = "";            // the loader's name; empty for the executable
};

// An address of a mapped module, as something to read.
[[nodiscard]] inline const void* pointer_to(std::uintptr_t address) {
    return reinterpret_cast<const void*>(address);  // NOLINT(performance-no-int-to-ptr)
}

struct BuildId {
    std::uint8_t bytes[64] = {};
    std::size_t size = 0;
};

[[nodiscard]] bool find_module(const void* address, ModuleView& view);

// The build id of a mapped module, from its notes in memory; size 0 where it has none.
[[nodiscard]] BuildId build_id_of(const ModuleView& view);

// The path to open: the executable's for an empty name, made absolute. `buffer` is used where it must be
// built.
[[nodiscard]] const char* path_of(const ModuleView& view, char* buffer, std::size_t bytes);

// The module's id, defined in the trace if it is new; kNone when there are more modules than we keep.
[[nodiscard]] std::uint32_t intern_module(const ModuleView& view);

// A library was unloaded: what we know of addresses may be wrong from now on.
void module_unloaded();
extern std::atomic<std::uint64_t> current_module_epoch;
[[nodiscard]] inline std::uint64_t module_epoch() {
    return current_module_epoch.load(std::memory_order_acquire);
}

// Forgets all modules (the child of a fork).
void clear_modules();

}  // namespace memo::tracer
