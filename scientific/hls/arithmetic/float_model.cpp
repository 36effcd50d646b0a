#include "scientific/hls/arithmetic/float_model.h"

#include <cmath>
#include <limits>

namespace memo::hls {

Word FloatModel::add_special(Word a, Word b) const {
    const Class left = class_of(a);
    const Class right = class_of(b);
    if (left == not_a_number || right == not_a_number) return nan();
    if (left == infinite && right == infinite)
        return sign_of(a) == sign_of(b) ? pack_class(infinite, sign_of(a)) : nan();
    if (left == infinite || right == infinite) return pack_class(infinite, sign_of(left == infinite ? a : b));
    if (left == zero && right == zero) return pack_class(zero, sign_of(a) && sign_of(b));
    return left == zero ? b : a;
}

Word FloatModel::multiply_special(Word a, Word b, bool sign) const {
    const Class left = class_of(a);
    const Class right = class_of(b);
    if (left == not_a_number || right == not_a_number) return nan();
    if (left == infinite || right == infinite)
        return left == zero || right == zero ? nan() : pack_class(infinite, sign);
    return pack_class(zero, sign);
}

Word FloatModel::divide_special(Word a, Word b, bool sign) const {
    const Class left = class_of(a);
    const Class right = class_of(b);
    if (left == not_a_number || right == not_a_number || (left == right && left != normal)) return nan();
    return pack_class(left == infinite || right == zero ? infinite : zero, sign);
}

Word FloatModel::exp(Word a, const ExpModel& model) const {
    const Class kind = class_of(a);
    if (kind == not_a_number) return nan();
    if (kind == zero) return pack(false, bias_, Word{2} << fraction_bits_, 1);
    const int power = exponent_of(a) - bias_;
    if (kind == infinite || power >= exponent_bits_) return pack_class(sign_of(a) ? zero : infinite, false);
    const int shift = power + model.fraction() - fraction_bits_;
    Word magnitude = significand_of(a);
    if (shift >= 0) {
        magnitude <<= shift;
    } else {
        magnitude = -shift > fraction_bits_ ? 0 : magnitude >> -shift;
    }
    const ExpParts parts = model.parts(magnitude, sign_of(a));
    return pack(false, parts.exponent + bias_, parts.significand, model.precision() - fraction_bits_);
}

Word FloatModel::encode(double value) const {
    if (std::isnan(value)) return nan();
    const bool sign = std::signbit(value);
    if (std::isinf(value)) return pack_class(infinite, sign);
    if (value == 0) return pack_class(zero, sign);
    constexpr int kBits = std::numeric_limits<double>::digits;  // leading one and 52 more
    int power = 0;
    const double part = std::frexp(std::abs(value), &power);  // in [1/2, 1)
    const auto significand = static_cast<Word>(std::ldexp(part, kBits));
    return pack(sign, power - 1 + bias_, significand, kBits - 1 - fraction_bits_);
}

double FloatModel::decode(Word word) const {
    double size = 0;
    switch (class_of(word)) {
        case not_a_number:
            return std::numeric_limits<double>::quiet_NaN();
        case infinite:
            size = std::numeric_limits<double>::infinity();
            break;
        case normal:
            size = std::ldexp(static_cast<double>(significand_of(word)),
                              exponent_of(word) - bias_ - fraction_bits_);
            break;
        case zero:
            break;
    }
    return sign_of(word) ? -size : size;
}

}  // namespace memo::hls
