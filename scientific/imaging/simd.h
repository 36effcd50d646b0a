// Vectors of floats, and running a loop with the widest of them that the processor at hand has: one binary
// for all.
//
// A loop is a class with a static member template `run<Vector>(arguments...)`, marked MEMO_INLINE as is all
// that it calls, so that it is compiled once for each instruction set, within a function that may use it.
// Sums are taken in the same order on every processor; only fused multiplication rounds differently. Thread
// safety: pure functions.
#pragma once

#include <cstring>

// Inlined even into a function for another instruction set, which no plain function can ask for.
#define MEMO_INLINE [[gnu::always_inline]] static inline

namespace memo::imaging {

using Float4 [[gnu::vector_size(16)]] = float;
#if defined(__x86_64__)
using Float8 [[gnu::vector_size(32)]] = float;
using Float16 [[gnu::vector_size(64)]] = float;
#endif

namespace simd {

#if defined(__x86_64__)
template <class Loop, class... Arguments>
[[gnu::target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]] void run_avx512(Arguments... arguments) {
    Loop::template run<Float16>(arguments...);
}

template <class Loop, class... Arguments>
[[gnu::target("avx2,fma")]] void run_avx2(Arguments... arguments) {
    Loop::template run<Float8>(arguments...);
}
#endif

}  // namespace simd

// Runs Loop::run with the widest vectors there are. Arguments are passed by value.
template <class Loop, class... Arguments>
void run_vectorised(Arguments... arguments) {
#if defined(__x86_64__)
    static const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
    static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx512) return simd::run_avx512<Loop>(arguments...);
    if (avx2) return simd::run_avx2<Loop>(arguments...);
#endif
    Loop::template run<Float4>(arguments...);
}

}  // namespace memo::imaging
