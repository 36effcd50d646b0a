#include "scientific/hls/arithmetic/arithmetic.h"

#include <array>

namespace memo::hls {

namespace {

struct Facts {
    std::string_view name;
    int operands;
    int floating_latency;
    int fixed_latency;
};
constexpr int kOfWidth = 0;  // divide: two quotient bits a cycle
constexpr std::array<Facts, kOperators> kFacts = {{
    {"add", 2, 3, 1},
    {"subtract", 2, 3, 1},
    {"multiply", 2, 2, 2},
    {"divide", 2, kOfWidth, kOfWidth},
    {"fmac", 3, 5, 3},
    {"max", 2, 1, 1},
    {"relu", 1, 1, 1},
    {"negate", 1, 1, 1},
    {"exp", 1, 5, 5},
    {"copy", 1, 1, 1},
}};

const Facts& facts_of(Operator operation) { return kFacts.at(static_cast<std::size_t>(operation)); }

}  // namespace

std::string_view name_of(Operator operation) { return facts_of(operation).name; }

int operands_of(Operator operation) { return facts_of(operation).operands; }

int latency_of(const Format& format, Operator operation) {
    const bool floating = format.kind == Format::Kind::floating;
    if (operation == Operator::divide) {
        const int quotient_bits = floating ? format.low + 3 : format.width() + format.low;
        return (quotient_bits + 1) / 2 + 1;
    }
    return floating ? facts_of(operation).floating_latency : facts_of(operation).fixed_latency;
}

int late_operand_of(const Format& format, Operator operation) {
    return operation == Operator::fmac ? latency_of(format, Operator::multiply) : 0;
}

Arithmetic::Arithmetic(const Format& format)
    : format_(format), exp_(format), float_(format), fixed_(format) {}

Word Arithmetic::subtract(Word a, Word b) const {
    return floating() ? float_.add(a, float_.negate(b)) : fixed_.subtract(a, b);
}
Word Arithmetic::divide(Word a, Word b) const { return floating() ? float_.divide(a, b) : fixed_.divide(a, b); }
bool Arithmetic::less(Word a, Word b) const { return floating() ? float_.less(a, b) : fixed_.less(a, b); }
Word Arithmetic::max(Word a, Word b) const { return floating() ? float_.max(a, b) : fixed_.max(a, b); }
Word Arithmetic::relu(Word a) const { return floating() ? float_.relu(a) : fixed_.relu(a); }
Word Arithmetic::negate(Word a) const { return floating() ? float_.negate(a) : fixed_.negate(a); }
Word Arithmetic::exp(Word a) const { return floating() ? float_.exp(a, exp_) : fixed_.exp(a, exp_); }
Word Arithmetic::encode(double value) const { return floating() ? float_.encode(value) : fixed_.encode(value); }
double Arithmetic::decode(Word word) const { return floating() ? float_.decode(word) : fixed_.decode(word); }

Word Arithmetic::apply(Operator operation, Word a, Word b, Word c) const {
    switch (operation) {
        case Operator::add: return add(a, b);
        case Operator::subtract: return subtract(a, b);
        case Operator::multiply: return multiply(a, b);
        case Operator::divide: return divide(a, b);
        case Operator::fmac: return fmac(a, b, c);
        case Operator::max: return max(a, b);
        case Operator::relu: return relu(a);
        case Operator::negate: return negate(a);
        case Operator::exp: return exp(a);
        case Operator::copy: return a;
    }
    return a;
}

}  // namespace memo::hls
