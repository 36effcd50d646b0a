// The operators of the hardware, as a bit-exact model. The SystemVerilog beside this file computes the same
// words: scripts/check_hls_arithmetic.sh compares them. Floats are rounded to the nearest, ties to even, after
// every operation; a fused multiply-add is none: `fmac` rounds its product, then its sum, as the paper's
// (arXiv 2302.06751, section 3) chain of FloPoCo cores does.
//
// Floats: NaN in gives NaN out; inf - inf, 0 x inf, 0/0 and inf/inf are NaN; x/0 is an infinity. An exact sum of zero is +0, but
// -0 + -0 is -0. Fixed point saturates; x/0 is the bound of x's sign, 0/0 is 0.
//
// Invariants: every result is a canonical word (format.h), whatever the operands' unused bits are, except that
// max, relu, negate and copy pass the bits of an operand on.
// Thread safety: const functions of an object without mutable state.
#pragma once

#include "scientific/hls/arithmetic/exp_model.h"
#include "scientific/hls/arithmetic/fixed_model.h"
#include "scientific/hls/arithmetic/float_model.h"
#include "scientific/hls/arithmetic/format.h"

#include <cstdint>
#include <string_view>

namespace memo::hls {

enum class Operator : std::uint8_t {
    add,       // a + b
    subtract,  // a - b
    multiply,  // a b
    divide,    // a / b
    fmac,      // a b + c
    max,       // a if not a < b, else b
    relu,      // a if it is not negative, else +0
    negate,    // -a
    exp,       // e^a
    copy,      // a
};
inline constexpr int kOperators = 10;

[[nodiscard]] std::string_view name_of(Operator operation);
[[nodiscard]] int operands_of(Operator operation);

// Cycles from the one in which an operator reads a and b to the first in which its result can be read: the
// number of its pipeline registers. Every operator takes new operands each cycle. Floats: add and subtract 3,
// multiply 2, fmac 5, exp 5, max, relu, negate and copy 1, divide two quotient bits a cycle, 5 at (5,4). Fixed point: add and subtract 1,
// fmac 3, divide longer.
[[nodiscard]] int latency_of(const Format& format, Operator operation);
// fmac reads c this many cycles after a and b, just before its addition, so a chain of n takes
// multiply + n add = 2 + 3n cycles at (5,4). 0 for all others.
[[nodiscard]] int late_operand_of(const Format& format, Operator operation);

class Arithmetic {
  public:
    explicit Arithmetic(const Format& format);

    [[nodiscard]] const Format& format() const { return format_; }

    // The nearest word, ties to even. Too large: infinity, or fixed point's bound; a NaN in fixed point is 0.
    [[nodiscard]] Word encode(double value) const;
    // Exact.
    [[nodiscard]] double decode(Word word) const;

    [[nodiscard]] Word add(Word a, Word b) const { return floating() ? float_.add(a, b) : fixed_.add(a, b); }
    [[nodiscard]] Word subtract(Word a, Word b) const;
    [[nodiscard]] Word multiply(Word a, Word b) const {
        return floating() ? float_.multiply(a, b) : fixed_.multiply(a, b);
    }
    [[nodiscard]] Word divide(Word a, Word b) const;
    [[nodiscard]] Word fmac(Word a, Word b, Word c) const { return add(multiply(a, b), c); }
    [[nodiscard]] bool less(Word a, Word b) const;  // false beside a NaN; -0 is not less than +0
    [[nodiscard]] Word max(Word a, Word b) const;   // NaN beside a NaN
    [[nodiscard]] Word relu(Word a) const;
    [[nodiscard]] Word negate(Word a) const;
    // e^a = 2^k 2^f, k the integer part of a log2 e; 2^f from a table for the first bits of f and 1 + g ln 2
    // for the rest g (range reduction and one term of the Taylor series). Off by less than one unit in the last
    // place; what is exact and what is cut is said in exp_model.h.
    [[nodiscard]] Word exp(Word a) const;

    // Operands that the operator lacks are ignored.
    [[nodiscard]] Word apply(Operator operation, Word a, Word b = 0, Word c = 0) const;

    [[nodiscard]] const ExpModel& exp_model() const { return exp_; }

  private:
    [[nodiscard]] bool floating() const { return format_.kind == Format::Kind::floating; }

    Format format_;
    ExpModel exp_;
    FloatModel float_;
    FixedModel fixed_;
};

}  // namespace memo::hls
