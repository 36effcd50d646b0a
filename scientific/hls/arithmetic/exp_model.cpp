#include "scientific/hls/arithmetic/exp_model.h"

#include <cmath>
#include <numbers>

namespace memo::hls {

namespace {

__extension__ using Wide = __int128;

Word nearest(long double value) {
    return static_cast<Word>(std::llround(value));
}

}  // namespace

ExpModel::ExpModel(const Format& format) {
    const int bits = format.kind == Format::Kind::floating ? format.low : format.high + format.low - 1;
    precision_ = bits + 4;
    fraction_ = bits + 5;
    index_ = (bits + 4) / 2;
    scale_fraction_ = fraction_ + format.high;
    log2e_ = nearest(std::ldexp(std::numbers::log2e_v<long double>, scale_fraction_));
    ln2_ = nearest(std::ldexp(std::numbers::ln2_v<long double>, fraction_ - index_));
    const auto entries = std::size_t{1} << index_;
    table_.reserve(entries);
    for (std::size_t h = 0; h < entries; ++h) {
        const auto power = std::exp2(static_cast<long double>(h) / static_cast<long double>(entries));
        table_.push_back(static_cast<std::uint32_t>(nearest(std::ldexp(power, precision_))));
    }
}

ExpParts ExpModel::parts(Word magnitude, bool negative) const {
    const Wide product = static_cast<Wide>(magnitude) * static_cast<Wide>(log2e_);
    const Wide y = (negative ? -product : product) >> scale_fraction_;
    const int rest_bits = fraction_ - index_;
    const auto below = static_cast<Word>(y) & ((Word{1} << fraction_) - 1);
    const Word first = below >> rest_bits;
    const Word rest = below & ((Word{1} << rest_bits) - 1);
    const Word slope = (rest * ln2_) >> rest_bits;
    const Word base = table_[first];
    return {static_cast<int>(y >> fraction_), base + ((base * slope) >> fraction_)};
}

}  // namespace memo::hls
