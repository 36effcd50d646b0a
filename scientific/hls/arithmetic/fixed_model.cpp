#include "scientific/hls/arithmetic/fixed_model.h"

#include <cmath>
#include <cstdlib>

namespace memo::hls {

Word FixedModel::divide(Word a, Word b) const {
    const std::int64_t dividend = value_of(a);
    const std::int64_t divisor = value_of(b);
    if (divisor == 0) return dividend == 0 ? 0 : saturate(dividend < 0 ? least_ : most_);
    const std::int64_t size = std::abs(dividend) << format_.low;
    const std::int64_t by = std::abs(divisor);
    std::int64_t quotient = size / by;
    const std::int64_t twice = 2 * (size % by);
    quotient += static_cast<std::int64_t>(twice > by || (twice == by && (quotient & 1) != 0));
    return saturate((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}

Word FixedModel::exp(Word a, const ExpModel& model) const {
    const std::int64_t value = value_of(a);
    const auto magnitude = static_cast<Word>(std::abs(value)) << (model.fraction() - format_.low);
    const ExpParts parts = model.parts(magnitude, value < 0);
    if (parts.exponent >= format_.high - 1) return saturate(most_);
    const int shift = model.precision() - format_.low - parts.exponent;  // 5 or more: the format is narrower
    constexpr int kAllLost = 62;
    return shift > kAllLost ? 0
                            : saturate(shift_to_nearest(static_cast<std::int64_t>(parts.significand), shift));
}

Word FixedModel::encode(double value) const {
    if (std::isnan(value)) return 0;
    const double scaled = std::ldexp(value, format_.low);
    if (scaled >= static_cast<double>(most_)) return saturate(most_);
    if (scaled <= static_cast<double>(least_)) return saturate(least_);
    return saturate(std::llrint(scaled));  // ties to even: the default rounding of the processor
}

double FixedModel::decode(Word word) const {
    return std::ldexp(static_cast<double>(value_of(word)), -format_.low);
}

}  // namespace memo::hls
