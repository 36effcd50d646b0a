// Taking and interning call stacks (tracer/sites.h).
#include "tracer/sites.h"

#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/lock.h"
#include "tracer/modules.h"
#include "tracer/unwinder.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>

namespace memo::tracer::sites {
namespace {

using Backtrace = int (*)(void**, int);

constinit std::atomic<Backtrace> backtrace{nullptr};
constinit IdTable table;
constinit std::atomic<std::uint64_t> refusals{0};
constinit std::atomic<bool> full{false};

// The program's frames as libunwind sees them, from its own return address on: ours lie above it. Just the
// caller where libunwind does not see it.
void take_by_libunwind(const Caller& caller, Scratch& scratch) {
    const Backtrace unwind = backtrace.load(std::memory_order_relaxed);
    if (unwind != nullptr) {
        const ErrnoKept error;
        const auto wanted = static_cast<int>(settings.depth + kOwnFrames);
        scratch.unwinding = true;
        const int found = unwind(scratch.frames, wanted);
        scratch.unwinding = false;
        for (std::uint32_t own = 0; own <= kOwnFrames && static_cast<int>(own) < found; ++own) {
            if (scratch.frames[own] != caller.return_address) continue;
            const std::uint32_t depth = static_cast<std::uint32_t>(found) - own;
            return scratch.stack.replace(scratch.frames + own, std::min(depth, settings.depth),
                                         depth > settings.depth || found == wanted);
        }
    }
    scratch.frames[0] = const_cast<void*>(caller.return_address);
    scratch.stack.replace(scratch.frames, 1, false);
}

// Enters a node that find did not find. Address 0 is the frames that were not kept, outside of all others.
std::uint32_t define(std::uint64_t key, std::uint32_t parent, std::uintptr_t address) {
    if (full.load(std::memory_order_relaxed)) return kNone;
    ModuleView view;
    const bool known = address != 0 && find_module(pointer_to(address), view);
    const Locked lock;
    const std::uint32_t found = table.find(key);
    if (found != kNone) return found;
    const auto id = static_cast<std::uint32_t>(table.size());
    if (id >= settings.max_sites) return full.store(true, std::memory_order_relaxed), kNone;
    if (address == 0) {
        definitions::cut_site(id);
    } else {
        const std::uint32_t module = known ? intern_module(view) : kNone;
        definitions::site(id, parent, {module, module == kNone ? address : address - view.base});
    }
    return table.insert(key, id) ? id : kNone;
}

[[gnu::noinline]] std::uint32_t find(std::uint32_t parent, std::uintptr_t address, std::uint64_t epoch) {
    const std::uint64_t mixed = mix(mix(epoch, parent), address);
    const std::uint64_t key = mixed == 0 ? 1 : mixed;
    const std::uint32_t id = table.find(key);
    return id != kNone ? id : define(key, parent, address);
}

std::uint32_t node(std::uint32_t parent, std::uintptr_t address, Scratch& scratch) {
    Scratch::Recent& recent = scratch.recent[spread(address ^ parent) % scratch.recent.size()];
    if (recent.address == address && recent.parent == parent && recent.id != kNone) [[likely]]
        return recent.id;
    recent = {address, parent, find(parent, address, scratch.epoch)};
    return recent.id;
}

}  // namespace

void load_unwinder() {
    void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    void* function = library == nullptr ? nullptr : dlsym(library, "unw_backtrace");
    if (function != nullptr && !free_of_descriptors(function)) {
        const Locked lock;
        definitions::note("libunwind keeps descriptors of its own open: its imports are not as expected");
    }
    backtrace.store(reinterpret_cast<Backtrace>(function), std::memory_order_release);
    if (function != nullptr) return;
    const Locked lock;
    definitions::note(
        "libunwind.so.8 was not found: where unwind tables end, a call stack is the caller alone");
}

std::uint32_t capture(const Caller& caller, Scratch& scratch) {
    StackMemory& stack = scratch.stack;
    const std::uint64_t epoch = module_epoch();
    if (scratch.epoch != epoch) {
        stack.forget_rules();
        scratch.recent.fill({0, 0, kNone});
        scratch.epoch = epoch;
    }
    if (settings.depth == 0) {
        scratch.frames[0] = const_cast<void*>(caller.return_address);
        stack.replace(scratch.frames, 1, false);
    } else if (!stack.update(caller, settings.depth)) {
        take_by_libunwind(caller, scratch);
    }
    const std::uint32_t unchanged = stack.unchanged();
    std::uint32_t id = kNone;
    if (unchanged > 0) {
        id = stack.site(unchanged - 1);
    } else if (stack.cut()) {
        id = node(kNone, 0, scratch);
    }
    for (std::uint32_t frame = unchanged; frame < stack.depth(); ++frame) {
        id = node(id, stack.address(frame), scratch);
        if (id == kNone) {
            stack.forget();
            refusals.fetch_add(1, std::memory_order_relaxed);
            return kNone;
        }
        stack.set_site(frame, id);
    }
    return id;
}

std::uint64_t refused() {
    return refusals.load(std::memory_order_relaxed);
}

std::uint64_t count() {
    return table.size();
}

void after_fork(bool unwinder_broken) {
    table.clear();
    forget_frame_rules();
    module_unloaded();  // no stack remembered is of this process's tree
    full.store(false, std::memory_order_relaxed);
    refusals.store(0, std::memory_order_relaxed);
    if (unwinder_broken) backtrace.store(nullptr, std::memory_order_relaxed);
}

}  // namespace memo::tracer::sites
