// libmemotrace.so: the exported functions, and the policy behind the malloc family. Each is a line or two;
// what recording means is in recorder.h.
//
// Besides the malloc family and the label API we export, each passed on to the next library's own:
// - dlclose: addresses are no longer what they were.
// - mmap and munmap, which the trace keeps apart from the blocks of the allocator.
// - the exec family (not its variadic members) and _exit, _Exit: the last chances to write out what is
// buffered.
//   A process that ends by a signal, by execl or by a raw system call loses the unwritten chunk of each
//   thread.
#include "interpose/next.h"
#include "tracer/entries.h"
#include "tracer/modules.h"
#include "tracer/recorder.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace memo::tracer {
namespace {

// The program's state where it called the exported function. Functions of this file keep a frame pointer
// (CMakeLists.txt), so the exported one's frame is this one or a few up its chain: the one whose return
// address is the caller. What the compiler made of it elsewhere leaves the caller without a stack.
[[gnu::always_inline]] inline Caller caller_at(const void* return_address) {
    constexpr int kMostUp = 4;
    const auto* frame = static_cast<std::uintptr_t const*>(__builtin_frame_address(0));
    for (int up = 0; up < kMostUp; ++up) {
        const std::uintptr_t above = frame[0];
        if (frame[1] == reinterpret_cast<std::uintptr_t>(return_address))
            return {return_address, reinterpret_cast<std::uintptr_t>(frame + 2), above};
        frame = static_cast<const std::uintptr_t*>(pointer_to(above));
    }
    return {return_address, 0, 0};
}

// What the exported functions jump to while every allocation is recorded, and where one is a sample.
[[gnu::noinline]] void* recorded_malloc(std::size_t size) {
    void* const block = interpose::next.malloc(size);
    if (block != nullptr)
        allocated(EntryPoint::malloc, block, size, 0, caller_at(__builtin_return_address(0)));
    return block;
}
[[gnu::noinline]] void* recorded_calloc(std::size_t count, std::size_t size) {
    void* const block = interpose::next.calloc(count, size);
    if (block != nullptr)
        allocated(EntryPoint::calloc, block, count * size, 0, caller_at(__builtin_return_address(0)));
    return block;
}
void pass_on(void* block) {
    entries.pass_on.load(std::memory_order_relaxed)(block);
}
template <EntryPoint E>
[[gnu::noinline]] void recorded_release(void* block) {
    released(E, block);
    pass_on(block);
}

// While sampling: most are neither samples nor blocks that were.
void* sampled_malloc(std::size_t size) {
    if (sampled::is_due(size)) [[unlikely]]
        return recorded_malloc(size);
    return interpose::next.malloc(size);
}
void* sampled_calloc(std::size_t count, std::size_t size) {
    if (sampled::is_due(count * size)) [[unlikely]]
        return recorded_calloc(count, size);
    return interpose::next.calloc(count, size);
}
template <EntryPoint E>
void sampled_release(void* block) {
    if (sampled::may_be_remembered(block)) [[unlikely]]
        return recorded_release<E>(block);
    pass_on(block);
}

class Policy {
  public:
    template <EntryPoint E>
    static interpose::Result allocate(std::size_t size, std::size_t alignment, const void* caller) {
        if constexpr (E == EntryPoint::malloc) return {entries.malloc.load(std::memory_order_relaxed)(size)};
        if constexpr (E == EntryPoint::calloc)
            return {entries.calloc.load(std::memory_order_relaxed)(1, size)};
        if (!is_wanted(size)) return interpose::next_allocate<E>(size, alignment);
        return allocate_watched<E>(size, alignment, caller);
    }
    template <EntryPoint E>
    static void* reallocate(void* block, std::size_t size, const void* caller) {
        const bool counted = is_wanted(size);
        if (!counted && !is_release_wanted(block)) return interpose::next_reallocate(block, size);
        return reallocate_watched<E>(block, size, caller);
    }
    template <EntryPoint E>
    static void release(void* block) {
        constexpr bool kDelete = E == EntryPoint::operator_delete;
        (kDelete ? entries.operator_delete : entries.free).load(std::memory_order_relaxed)(block);
    }
    static std::size_t usable_size(void* block) { return interpose::next_usable_size(block); }

  private:
    // Functions of their own, so that the exported ones need no frame where they only pass on.
    template <EntryPoint E>
    [[gnu::noinline]] static interpose::Result allocate_watched(std::size_t size, std::size_t alignment,
                                                                const void* caller) {
        const interpose::Result result = interpose::next_allocate<E>(size, alignment);
        if (result.block != nullptr) allocated(E, result.block, size, alignment, caller_at(caller));
        return result;
    }
    template <EntryPoint E>
    [[gnu::noinline]] static void* reallocate_watched(void* block, std::size_t size, const void* caller) {
        const Reallocation reallocation;
        void* moved = interpose::next_reallocate(block, size);
        if (moved != nullptr || size == 0) reallocation.succeeded(E, block, moved, size, caller_at(caller));
        return moved;
    }
};

// The functions that we stand in front of; found in the constructor, because the child of a vfork must not
// look.
struct NextFunctions {
    int (*dlclose)(void*);
    int (*execve)(const char*, char* const*, char* const*);
    int (*execv)(const char*, char* const*);
    int (*execvp)(const char*, char* const*);
    int (*execvpe)(const char*, char* const*, char* const*);
    int (*fexecve)(int, char* const*, char* const*);
    void (*exit)(int);
};
constinit NextFunctions next_functions = {};

template <class Function>
Function* found(Function*& function, const char* name) {
    if (function == nullptr) {
        const OwnWork own;
        function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    }
    return function;
}

// By the bare system call, because this may come before any other library is ready.
void* map(void* where, std::size_t size, int protection, int flags, int file, off_t offset) {
    const long address = syscall(SYS_mmap, where, size, protection, flags, file, offset);
    return const_cast<void*>(pointer_to(static_cast<std::uintptr_t>(address)));
}

void at_exit(void* /*unused*/) {
    write_out();
}

extern "C" int __cxa_atexit(void (*function)(void*), void* argument,
                            void* library);  // NOLINT: of the C++ ABI

// Runs after the constructors of the program's libraries and before the program's own.
[[gnu::constructor]] void construct() {
    interpose::resolve_next();
    entries.choose(attention.load());  // what was chosen before may not have been resolved yet
    found(next_functions.dlclose, "dlclose");
    found(next_functions.execve, "execve");
    found(next_functions.execv, "execv");
    found(next_functions.execvp, "execvp");
    found(next_functions.execvpe, "execvpe");
    found(next_functions.fexecve, "fexecve");
    found(next_functions.exit, "_exit");
    initialise();
    // Handlers of no library run in reverse order of registration, and the loader's own, which runs all
    // destructors, is registered after this: so this one comes after every destructor.
    const OwnWork own;
    __cxa_atexit(at_exit, nullptr, nullptr);
    at_quick_exit(write_out);
}

}  // namespace
}  // namespace memo::tracer

namespace memo::tracer {

constinit Entries entries = {recorded_malloc, recorded_calloc, recorded_release<EntryPoint::free>,
                             recorded_release<EntryPoint::operator_delete>, interpose::next_release};

void Entries::choose(Attention now) {
    pass_on.store(interpose::starter_pool_is_untouched() ? interpose::next.free : interpose::next_release);
    switch (now) {
        case Attention::every:
            malloc.store(recorded_malloc);
            calloc.store(recorded_calloc);
            free.store(recorded_release<EntryPoint::free>);
            operator_delete.store(recorded_release<EntryPoint::operator_delete>);
            break;
        case Attention::sampled:
            malloc.store(sampled_malloc);
            calloc.store(sampled_calloc);
            free.store(sampled_release<EntryPoint::free>);
            operator_delete.store(sampled_release<EntryPoint::operator_delete>);
            break;
        case Attention::none:
            malloc.store(interpose::next.malloc);
            calloc.store(interpose::next.calloc);
            free.store(pass_on.load());
            operator_delete.store(pass_on.load());
            break;
    }
}

}  // namespace memo::tracer

using memo::tracer::Policy;
#include "interpose/family.inc"

#pragma GCC visibility push(default)
extern "C" {

void memo_label_push(const char* name) {
    memo::tracer::label_push(name == nullptr ? "" : name);
}
void memo_label_pop() {
    memo::tracer::label_pop();
}

// For tracer/python: what is open without being a label, "nn::features.3". `end` gets what `begin` returned.
std::uint32_t memo_scope_begin(const char* name) {
    return memo::tracer::operation_begin(name == nullptr ? "" : name);
}
void memo_scope_end(std::uint32_t token) {
    memo::tracer::operation_end(token);
}

int dlclose(void* library) noexcept {
    using namespace memo::tracer;
    const int result = found(next_functions.dlclose, "dlclose")(library);
    module_unloaded();
    return result;
}

void* mmap(void* where, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
    using namespace memo::tracer;
    void* const result = map(where, size, protection, flags, file, offset);
    if (result != MAP_FAILED && !is_switched_off())
        mapped(EntryPoint::mmap, result, size, caller_at(__builtin_return_address(0)));
    return result;
}
void* mmap64(void* where, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
    using namespace memo::tracer;
    void* const result = map(where, size, protection, flags, file, offset);
    if (result != MAP_FAILED && !is_switched_off())
        mapped(EntryPoint::mmap, result, size, caller_at(__builtin_return_address(0)));
    return result;
}
int munmap(void* where, std::size_t size) noexcept {
    using namespace memo::tracer;
    if (!is_switched_off()) mapped(EntryPoint::munmap, where, size, caller_at(__builtin_return_address(0)));
    return static_cast<int>(syscall(SYS_munmap, where, size));
}

int execve(const char* path, char* const* arguments, char* const* variables) noexcept {
    using namespace memo::tracer;
    write_out();
    return found(next_functions.execve, "execve")(path, arguments, variables);
}
int execv(const char* path, char* const* arguments) noexcept {
    using namespace memo::tracer;
    write_out();
    return found(next_functions.execv, "execv")(path, arguments);
}
int execvp(const char* file, char* const* arguments) noexcept {
    using namespace memo::tracer;
    write_out();
    return found(next_functions.execvp, "execvp")(file, arguments);
}
int execvpe(const char* file, char* const* arguments, char* const* variables) noexcept {
    using namespace memo::tracer;
    write_out();
    return found(next_functions.execvpe, "execvpe")(file, arguments, variables);
}
int fexecve(int file, char* const* arguments, char* const* variables) noexcept {
    using namespace memo::tracer;
    write_out();
    return found(next_functions.fexecve, "fexecve")(file, arguments, variables);
}

void _exit(int status) {
    using namespace memo::tracer;
    write_out();
    found(next_functions.exit, "_exit")(status);
    for (;;) syscall(SYS_exit_group, status);
}
void _Exit(int status) noexcept {
    _exit(status);
}

}  // extern "C"
#pragma GCC visibility pop
