// The sizes that small blocks come in: multiples of 16 up to 128, then four to each power of two, up to 4
// KiB. A request wastes at most a fifth of its block, or 15 bytes.
//
// Every size is a multiple of 16, and those that a multiple of 32 or 64 is rounded up to are multiples of
// that: so blocks that lie one behind the other from the start of an aligned stretch have the alignment that
// was asked for, up to kMostAlignment, if the size was rounded up to it first. Class 0 is none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace memo::size_classes {

inline constexpr std::size_t kMost = 4096;
inline constexpr std::size_t kMostAlignment = 64;

inline constexpr std::array<std::uint16_t, 29> kBytes = {
    0,   16,  32,  48,  64,  80,   96,   112,  128,  160,  192,  224,  256,  320, 384,
    448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096};
inline constexpr unsigned kCount = kBytes.size();

namespace detail {

inline constexpr std::size_t kStep = 16;

// The class of each multiple of 16; of 0 bytes the smallest.
inline constexpr auto kByStep = [] {
    std::array<std::uint8_t, kMost / kStep + 1> classes{};
    std::uint8_t size_class = 1;
    for (std::size_t step = 0; step < classes.size(); ++step) {
        if (step * kStep > kBytes[size_class]) ++size_class;
        classes[step] = size_class;
    }
    return classes;
}();

}  // namespace detail

// The smallest class that holds `size` bytes, at most kMost.
[[nodiscard]] constexpr unsigned of(std::size_t size) {
    return detail::kByStep[(size + detail::kStep - 1) / detail::kStep];
}

}  // namespace memo::size_classes
