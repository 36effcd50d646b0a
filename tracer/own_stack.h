// A stack of the tracer's own, for work that needs more than a program's thread may have left: compressing a
// chunk wants some 20 KiB, and a thread or a signal's handler may stand on 16 KiB or less.
//
// Invariants: used under the trace lock only, so by one thread at a time and with all signals blocked; the
// function does not throw or jump out. Thread safety: as the lock.
#pragma once

#include "tracer/memory.h"

#include <cstddef>

namespace memo::tracer {

// Calls function(argument) on the stack that ends at `end`.
inline void call_on_stack(const char* end, void (*function)(void*), void* argument) {
    asm volatile(
        "movq %%rsp, %%rbx\n\t"
        "movq %[end], %%rsp\n\t"
        "callq *%[function]\n\t"
        "movq %%rbx, %%rsp"
        : "+D"(argument)
        : [end] "r"(end), [function] "r"(function)
        : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2",
          "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15");
}

// Runs `work` on the tracer's stack; where there is no memory for one, on the program's.
template <class Work>
void on_own_stack(Work& work) {
    constexpr std::size_t kBytes = std::size_t{256} * 1024;
    static constinit char* pages = nullptr;
    if (pages == nullptr) pages = static_cast<char*>(map_pages(kBytes));
    if (pages == nullptr) return work();
    call_on_stack(
        pages + kBytes, [](void* pointer) { (*static_cast<Work*>(pointer))(); }, &work);
}

}  // namespace memo::tracer
