// Number formats of the hardware. A number is a word: the low `width()` bits of an integer, the others zero.
//
// Floating (wE, wF), after FloPoCo (de Dinechin, Pasca 2011, and the FloPoCo manual, "Floating-point
// formats"), from the most significant bit on:
//   2 bits   class: 00 zero, 01 normal, 10 infinity, 11 not a number
//   1 bit    sign
//   wE bits  exponent, biased by 2^(wE-1) - 1; all values are normal ones, 0 and the largest too
//   wF bits  fraction, of a significand with a leading one
// There are no subnormals: what is below the least normal number becomes a zero of its sign. Of a zero or an
// infinity only class and sign mean something, of a NaN only the class; operators write 0 into the rest.
//
// Floating (wE, wM, wF) has words of (wE, wF), in which it adds, compares, divides and exponentiates, but its
// multipliers see factors rounded to wM fraction bits: short factors, long sums. A product fits if wF > 2 wM.
//
// Fixed (I, F): two's complement of I integer bits, the sign among them, and F fraction bits; sums, products
// and encodings that do not fit become the nearest bound.
#pragma once

#include "common/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace memo::hls {

using Word = std::uint64_t;

struct Format {
    enum class Kind : std::uint8_t { floating, fixed };

    Kind kind = Kind::floating;
    int high = 5;     // exponent bits (floating) or integer bits with the sign (fixed)
    int low = 4;      // fraction bits
    int dropped = 0;  // fraction bits of a word that a multiplier does not see (floating)

    [[nodiscard]] int width() const { return (kind == Kind::floating ? 3 : 0) + high + low; }
    [[nodiscard]] Word mask() const { return (Word{1} << width()) - 1; }
    // "5,4", "5,4,9" or "fixed 8,8": what parse_format reads.
    [[nodiscard]] std::string name() const;

    bool operator==(const Format&) const = default;
};

// Exponents have 2 to 8 bits, fractions of floats 1 to 23, fixed formats at most 24 bits in all and one
// integer bit at least. "float 5,4" is "5,4"; "5,4,9" has factors of 4 fraction bits and sums of 9.
[[nodiscard]] Result<Format> parse_format(std::string_view text);

}  // namespace memo::hls
