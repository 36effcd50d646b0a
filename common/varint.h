// Variable-length integers, as the trace stores them: seven bits a byte, lowest first, the top bit says
// "more". Signed differences go through zigzag, so that small ones of either sign stay small.
//
// Invariants: at most kMaxVarint bytes a number; the reader accepts nothing longer and nothing that
// overflows. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memo {

inline constexpr std::size_t kMaxVarint = 10;

// Writes `value` at `out`, which has room for kMaxVarint bytes; returns the end.
[[nodiscard]] inline std::uint8_t* put_varint(std::uint8_t* out, std::uint64_t value) {
    while (value >= 0x80) {
        *out++ = static_cast<std::uint8_t>(value | 0x80);
        value >>= 7;
    }
    *out++ = static_cast<std::uint8_t>(value);
    return out;
}

// Reads one number from [at, end) into `value`; returns the byte after it, or nullptr where the number is cut
// short or does not fit in 64 bits.
[[nodiscard]] inline const std::uint8_t* get_varint(const std::uint8_t* at, const std::uint8_t* end,
                                                    std::uint64_t& value) {
    std::uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && at != end; shift += 7) {
        const std::uint64_t bits = *at & 0x7fU;
        if (shift == 63 && bits > 1) return nullptr;
        result |= bits << shift;
        if ((*at++ & 0x80U) == 0) {
            value = result;
            return at;
        }
    }
    return nullptr;
}

[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference) {
    return (difference << 1) ^ (0 - (difference >> 63));
}

[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t value) {
    return (value >> 1) ^ (0 - (value & 1));
}

}  // namespace memo
