// Where the C++ runtime keeps exceptions, in place of libstdc++'s own objects for it. The runtime, linked
// statically, finds these definitions first; their layout is the Itanium C++ ABI's (§2.2.2, §2.4.2).
//
// A thread's exceptions in flight: libstdc++ has them in dynamic TLS, which the loader allocates with malloc
// at a thread's first throw; the learner's memory running out, the one thing that is thrown here, is no time
// for that. The exceptions themselves: libstdc++ keeps 72 KiB for when there is no memory, which it allocates
// as the library is loaded, in every process. The one thread of ours that throws needs a few hundred bytes.
// Thread safety: all functions.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace __cxxabiv1 {

struct __cxa_eh_globals {  // NOLINT(bugprone-reserved-identifier)
    void* caught_exceptions;
    unsigned int uncaught_exceptions;
};

namespace {

constinit thread_local __cxa_eh_globals of_this_thread{};

// What lies before an exception, with the count of those who hold it. A dependent one
// (std::rethrow_exception) is no larger.
constexpr std::size_t kHeaderBytes = 128;

// For when malloc has nothing. Blocks are taken as they come, and whole.
struct Reserve {
    static constexpr std::size_t kBlocks = 4;
    static constexpr std::size_t kBytes = 512;
    alignas(16) char blocks[kBlocks][kBytes];
    std::atomic<bool> taken[kBlocks];

    [[nodiscard]] void* take(std::size_t size) {
        for (std::size_t k = 0; k < kBlocks && size <= kBytes; ++k) {
            if (!taken[k].exchange(true, std::memory_order_acquire)) return blocks[k];
        }
        return nullptr;
    }
    [[nodiscard]] bool give(const void* block) {
        const std::uintptr_t offset =
            reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(blocks);
        if (offset >= sizeof blocks) return false;
        taken[offset / kBytes].store(false, std::memory_order_release);
        return true;
    }
};
constinit Reserve reserve{};

[[nodiscard]] void* take(std::size_t size) noexcept {
    void* block = std::malloc(size);
    if (block == nullptr) block = reserve.take(size);
    if (block == nullptr) std::terminate();
    return std::memset(block, 0, size);
}
void give(void* block) noexcept {
    if (!reserve.give(block)) std::free(block);
}

}  // namespace

// NOLINTBEGIN(bugprone-reserved-identifier,readability-redundant-declaration)
extern "C" {
__cxa_eh_globals* __cxa_get_globals() noexcept;
__cxa_eh_globals* __cxa_get_globals_fast() noexcept;
void* __cxa_allocate_exception(std::size_t size) noexcept;
void __cxa_free_exception(void* exception) noexcept;
void* __cxa_allocate_dependent_exception() noexcept;
void __cxa_free_dependent_exception(void* exception) noexcept;

__cxa_eh_globals* __cxa_get_globals() noexcept {
    return &of_this_thread;
}
__cxa_eh_globals* __cxa_get_globals_fast() noexcept {
    return &of_this_thread;
}
void* __cxa_allocate_exception(std::size_t size) noexcept {
    return static_cast<char*>(take(kHeaderBytes + size)) + kHeaderBytes;
}
void __cxa_free_exception(void* exception) noexcept {
    give(static_cast<char*>(exception) - kHeaderBytes);
}
void* __cxa_allocate_dependent_exception() noexcept {
    return take(kHeaderBytes);
}
void __cxa_free_dependent_exception(void* exception) noexcept {
    give(exception);
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-redundant-declaration)

}  // namespace __cxxabiv1
