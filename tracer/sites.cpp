// Taking and interning call stacks (tracer/sites.h).
#include "tracer/sites.h"

#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/lock.h"
#include "tracer/modules.h"
#include "tracer/nodes.h"
#include "tracer/unwinder.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>

namespace memo::tracer::sites {
namespace {

using Backtrace = int (*)(void**, int);

constinit std::atomic<Backtrace> backtrace{nullptr};
constinit std::atomic<std::uint64_t> refusals{0};

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

// The node of a frame below `parent`; kNone when there is no room for it.
[[gnu::always_inline]] inline std::uint32_t node_of(std::uint32_t parent, std::uint32_t frame,
                                                    Scratch& scratch) {
    if (frame == kUnseen) [[unlikely]]
        return parent;
    if (nodes::follows_parent({parent, frame})) return parent + 1;
    const std::uint64_t key = std::uint64_t{parent} << 32U | frame;
    Scratch::Recent& recent = scratch.recent[spread(key) % scratch.recent.size()];
    if (recent.key == key && recent.id != kNone) [[likely]]
        return recent.id;
    const std::uint32_t id = frame == kNone ? kNone : nodes::enter({parent, frame});
    recent = {key, id};
    return id;
}

// The node at the end of a path that begins below a node.
[[gnu::always_inline]] inline std::uint32_t site_along(StackMemory::Path& path, Scratch& scratch) {
    const std::uint32_t base = scratch.stack.site(path.base());
    std::uint32_t id = path.site_from(base);
    if (id != kNone) [[likely]]
        return id;
    id = base;
    for (const std::uint32_t frame : path.frames()) {
        id = node_of(id, frame, scratch);
        if (id == kNone) {
            refusals.fetch_add(1, std::memory_order_relaxed);
            return kNone;
        }
    }
    path.lead(base, id);
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
    if (scratch.epoch != epoch) [[unlikely]] {
        stack.forget_code();
        if (scratch.epoch != 0) scratch.recent.fill({});  // else all zero, and better left untouched
        scratch.epoch = epoch;
    }
    if (StackMemory::Path* const path = stack.recall(caller)) [[likely]]
        return site_along(*path, scratch);
    if (settings.depth == 0) {
        scratch.frames[0] = const_cast<void*>(caller.return_address);
        stack.replace(scratch.frames, 1, false);
    } else if (!stack.update(caller, settings.depth)) {
        take_by_libunwind(caller, scratch);
    }
    std::uint32_t id = kNone;
    std::uint32_t frame = stack.unchanged();
    if (frame > 0) {
        id = stack.site(frame - 1);
    } else if (stack.cut()) {
        id = nodes::enter({});
    }
    for (; frame < stack.depth(); ++frame) {
        id = node_of(id, stack.frame(frame), scratch);
        if (id == kNone) [[unlikely]]
            break;
        stack.set_site(frame, id);
    }
    if (id == kNone) [[unlikely]] {
        stack.forget();  // not all of its frames have sites
        refusals.fetch_add(1, std::memory_order_relaxed);
        return kNone;
    }
    stack.memorise();
    return id;
}

std::uint64_t refused() {
    return refusals.load(std::memory_order_relaxed);
}

void after_fork(bool unwinder_broken) {
    nodes::after_fork();
    frames::after_fork();
    module_unloaded();  // no stack remembered is of this process's tree
    refusals.store(0, std::memory_order_relaxed);
    if (unwinder_broken) backtrace.store(nullptr, std::memory_order_relaxed);
}

}  // namespace memo::tracer::sites
