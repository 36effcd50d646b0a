#include "scientific/hls/arithmetic/arithmetic.h"

namespace memo::hls {

Latencies latencies_of(const Format& format) {
    const bool is_float = format.kind == Format::Kind::floating;
    const int quotient_bits = is_float ? format.low + 3 : format.width() + format.low;
    Latencies latencies;
    latencies.add = is_float ? 3 : 1;
    latencies.exp = 5;
    latencies.divide = static_cast<std::uint32_t>((quotient_bits + 1) / 2 + 1);
    return latencies;
}

Arithmetic::Arithmetic(const Format& format)
    : format_(format), exp_(format), float_(format), fixed_(format) {}

Word Arithmetic::subtract(Word a, Word b) const {
    return floating() ? float_.add(a, float_.negate(b)) : fixed_.subtract(a, b);
}
Word Arithmetic::divide(Word a, Word b) const {
    return floating() ? float_.divide(a, b) : fixed_.divide(a, b);
}
bool Arithmetic::less(Word a, Word b) const {
    return floating() ? float_.less(a, b) : fixed_.less(a, b);
}
Word Arithmetic::max(Word a, Word b) const {
    return floating() ? float_.max(a, b) : fixed_.max(a, b);
}
Word Arithmetic::relu(Word a) const {
    return floating() ? float_.relu(a) : fixed_.relu(a);
}
Word Arithmetic::negate(Word a) const {
    return floating() ? float_.negate(a) : fixed_.negate(a);
}
Word Arithmetic::exp(Word a) const {
    return floating() ? float_.exp(a, exp_) : fixed_.exp(a, exp_);
}
Word Arithmetic::encode(double value) const {
    return floating() ? float_.encode(value) : fixed_.encode(value);
}
double Arithmetic::decode(Word word) const {
    return floating() ? float_.decode(word) : fixed_.decode(word);
}

Word Arithmetic::apply(Kind kind, Word a, Word b, Word c) const {
    switch (kind) {
        case Kind::add:
            return add(a, b);
        case Kind::subtract:
            return subtract(a, b);
        case Kind::multiply:
            return multiply(a, b);
        case Kind::divide:
            return divide(a, b);
        case Kind::fmac:
            return fmac(a, b, c);
        case Kind::maximum:
            return max(a, b);
        case Kind::relu:
            return relu(a);
        case Kind::exp:
            return exp(a);
        case Kind::negate:
            return negate(a);
        case Kind::copy:
        case Kind::input:
        case Kind::constant:
            break;
    }
    return a;
}

}  // namespace memo::hls
