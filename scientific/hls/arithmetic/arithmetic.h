// The operators of the hardware, as a bit-exact model. The SystemVerilog beside this file computes the same
// words: scripts/check_hls_arithmetic.sh compares them. Floats are rounded to the nearest, ties to even,
// after every operation; a fused multiply-add is none: `fmac` rounds its product, then its sum, as the
// paper's (arXiv 2302.06751, section 3) chain of FloPoCo cores does.
//
// Floats: NaN in gives NaN out; inf - inf, 0 x inf, 0/0 and inf/inf are NaN; x/0 is an infinity. An exact sum
// of zero is +0, but -0 + -0 is -0. Fixed point saturates; x/0 is the bound of x's sign, 0/0 is 0.
//
// Invariants: every result is a canonical word (format.h), whatever the operands' unused bits are, except
// that max, relu and negate pass the bits of an operand on. Thread safety: const functions of an object
// without mutable state.
#pragma once

#include "scientific/hls/arithmetic/exp_model.h"
#include "scientific/hls/arithmetic/fixed_model.h"
#include "scientific/hls/arithmetic/float_model.h"
#include "scientific/hls/arithmetic/format.h"
#include "scientific/hls/graph/latencies.h"

namespace memo::hls {

// The pipeline registers of the operators. Floats: multiply 2, add 3, compare 1, exp 5, and divide two
// quotient bits a cycle, 5 cycles at (5,4). Fixed point adds in 1, and divides for longer. Every operator
// takes new operands each cycle.
[[nodiscard]] Latencies latencies_of(const Format& format);

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
    // for the rest g (range reduction and one term of the Taylor series). Off by less than one unit in the
    // last place; what is exact and what is cut is said in exp_model.h.
    [[nodiscard]] Word exp(Word a) const;

    // Of inputs and constants: a itself. Operands that the operator lacks are ignored.
    [[nodiscard]] Word apply(Kind kind, Word a, Word b = 0, Word c = 0) const;

    [[nodiscard]] const ExpModel& exp_model() const { return exp_; }

  private:
    [[nodiscard]] bool floating() const { return format_.kind == Format::Kind::floating; }

    Format format_;
    ExpModel exp_;
    FloatModel float_;
    FixedModel fixed_;
};

}  // namespace memo::hls
