// Taking and interning call stacks (tracer/sites.h).
#include "tracer/sites.h"

#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/lock.h"
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

struct Stack {
    void* const* frames;
    std::uint32_t depth;
    bool truncated;
};

// The program's frames, from its own return address on: ours lie above it. Just the caller where the unwinder
// does not see it.
Stack take(const void* const& caller, Scratch& scratch) {
    const Stack caller_only{const_cast<void* const*>(&caller), 1, false};
    const Backtrace unwind = backtrace.load(std::memory_order_relaxed);
    if (unwind == nullptr || settings.depth == 0) return caller_only;
    const auto wanted = static_cast<int>(settings.depth + kOwnFrames);
    scratch.unwinding = true;
    const int found = unwind(scratch.frames, wanted);
    scratch.unwinding = false;
    for (std::uint32_t own = 0; own <= kOwnFrames && static_cast<int>(own) < found; ++own) {
        if (scratch.frames[own] != caller) continue;
        const std::uint32_t depth = static_cast<std::uint32_t>(found) - own;
        return {scratch.frames + own, std::min(depth, settings.depth),
                depth > settings.depth || found == wanted};
    }
    return caller_only;
}

std::uint64_t hash_of(const Stack& stack) {
    std::uint64_t even = mix(module_epoch(), stack.depth);
    std::uint64_t odd = even;
    for (std::uint32_t i = 0; i + 1 < stack.depth;
         i += 2) {  // two chains, so that the multiplications overlap
        even = mix(even, reinterpret_cast<std::uintptr_t>(stack.frames[i]));
        odd = mix(odd, reinterpret_cast<std::uintptr_t>(stack.frames[i + 1]));
    }
    if (stack.depth % 2 == 1)
        even = mix(even, reinterpret_cast<std::uintptr_t>(stack.frames[stack.depth - 1]));
    const std::uint64_t hash = mix(even, odd);
    return hash == 0 ? 1 : hash;
}

std::uint32_t define(std::uint64_t hash, const Stack& stack, Scratch& scratch) {
    if (full.load(std::memory_order_relaxed)) return refusals.fetch_add(1, std::memory_order_relaxed), kNone;
    for (std::uint32_t i = 0; i < stack.depth; ++i) {
        ModuleView& view = scratch.views[i];
        view = {};
        if (i > 0) {
            const auto address = reinterpret_cast<std::uintptr_t>(stack.frames[i]);
            const ModuleView& before = scratch.views[i - 1];
            if (address - before.start < before.end - before.start) {
                view = before;
                continue;
            }
        }
        if (!find_module(stack.frames[i], view)) view = {};  // code of no module
    }
    const Locked lock;
    const std::uint32_t found = table.find(hash);
    if (found != kNone) return found;
    const std::size_t id = table.size();
    if (id >= settings.max_sites) {
        full.store(true, std::memory_order_relaxed);
        return refusals.fetch_add(1, std::memory_order_relaxed), kNone;
    }
    static constinit DefinedFrame frames[kMaxDepth] = {};  // under the trace lock
    for (std::uint32_t i = 0; i < stack.depth; ++i) {
        const ModuleView& view = scratch.views[i];
        const auto address = reinterpret_cast<std::uintptr_t>(stack.frames[i]);
        const std::uint32_t module = view.end == 0 ? kNone : intern_module(view);
        frames[i] = {module, module == kNone ? address : address - view.base};
    }
    definitions::site(static_cast<std::uint32_t>(id), stack.truncated, {frames, stack.depth});
    if (!table.insert(hash, static_cast<std::uint32_t>(id))) return kNone;
    return static_cast<std::uint32_t>(id);
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
    definitions::note("libunwind.so.8 was not found: call stacks are the caller alone");
}

std::uint32_t capture(const void* caller, Scratch& scratch) {
    const Stack stack = take(caller, scratch);
    const std::uint64_t hash = hash_of(stack);
    const std::uint32_t id = table.find(hash);
    return id != kNone ? id : define(hash, stack, scratch);
}

std::uint64_t refused() {
    return refusals.load(std::memory_order_relaxed);
}

void after_fork(bool unwinder_broken) {
    table.clear();
    full.store(false, std::memory_order_relaxed);
    refusals.store(0, std::memory_order_relaxed);
    if (unwinder_broken) backtrace.store(nullptr, std::memory_order_relaxed);
}

}  // namespace memo::tracer::sites
