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

std::uint64_t key_of(std::uint32_t parent, std::uintptr_t address, std::uint64_t epoch) {
    const std::uint64_t key = mix(mix(epoch, parent), address);
    return key == 0 ? 1 : key;
}

// The node of a key, entered if it is new; kNone when the table is full. Under the trace lock. Address 0
// stands for the frames that were not kept.
std::uint32_t enter_node(std::uint64_t key, std::uint32_t parent, std::uintptr_t address,
                         const ModuleView& view) {
    const std::uint32_t found = table.find(key);
    if (found != kNone) return found;
    const auto id = static_cast<std::uint32_t>(table.size());
    if (id >= settings.max_sites) return full.store(true, std::memory_order_relaxed), kNone;
    if (address == 0) {
        definitions::cut_site(id);
    } else {
        const std::uint32_t module = view.end == 0 ? kNone : intern_module(view);
        definitions::site(id, parent, {module, module == kNone ? address : address - view.base});
    }
    return table.insert(key, id) ? id : kNone;
}

// Gives frames [first, depth) of the stack their sites, the first of which is new, and so most likely all of
// them. Modules are looked up before the lock is taken, which is taken once.
[[gnu::noinline]] std::uint32_t enter_frames(std::uint32_t parent, std::uint32_t first, Scratch& scratch) {
    if (full.load(std::memory_order_relaxed)) return kNone;
    StackMemory& stack = scratch.stack;
    for (std::uint32_t frame = first; frame < stack.depth(); ++frame) {
        ModuleView& view = scratch.views[frame];
        const std::uintptr_t address = stack.address(frame);
        if (frame > first) view = scratch.views[frame - 1];
        if (frame > first && address - view.start < view.end - view.start) continue;
        if (!find_module(pointer_to(address), view)) view = {};  // code of no module
    }
    const Locked lock;
    for (std::uint32_t frame = first; frame < stack.depth(); ++frame) {
        const std::uintptr_t address = stack.address(frame);
        parent = enter_node(key_of(parent, address, scratch.epoch), parent, address, scratch.views[frame]);
        if (parent == kNone) return kNone;
        stack.set_site(frame, parent);
    }
    return parent;
}

// The node that stands for the frames that a cut stack lacks.
[[gnu::noinline]] std::uint32_t cut_node(std::uint64_t epoch) {
    const std::uint64_t key = key_of(kNone, 0, epoch);
    const std::uint32_t found = table.find(key);
    if (found != kNone) return found;
    const Locked lock;
    return enter_node(key, kNone, 0, {});
}

// A node that is known; kNone if it is not.
std::uint32_t known_node(std::uint32_t parent, std::uintptr_t address, Scratch& scratch) {
    Scratch::Recent& recent = scratch.recent[spread(address ^ parent) % scratch.recent.size()];
    if (recent.address == address && recent.parent == parent && recent.id != kNone) [[likely]]
        return recent.id;
    const std::uint32_t id = table.find(key_of(parent, address, scratch.epoch));
    recent = {address, parent, id};
    return id;
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
        id = cut_node(epoch);
    }
    for (std::uint32_t frame = unchanged; frame < stack.depth(); ++frame) {
        const std::uint32_t parent = id;
        id = known_node(parent, stack.address(frame), scratch);
        if (id == kNone) [[unlikely]] {
            id = enter_frames(parent, frame, scratch);
            break;
        }
        stack.set_site(frame, id);
    }
    if (id == kNone) {
        stack.forget();  // not all of its frames have sites
        refusals.fetch_add(1, std::memory_order_relaxed);
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
