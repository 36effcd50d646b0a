// The fixed-point operators on words of one format (format.h): rounded to the nearest, ties to even,
// saturated.
#pragma once

#include "scientific/hls/arithmetic/exp_model.h"
#include "scientific/hls/arithmetic/format.h"

#include <algorithm>

namespace memo::hls {

class FixedModel {
  public:
    explicit FixedModel(const Format& format)
        : format_(format), most_((std::int64_t{1} << (format.width() - 1)) - 1), least_(-most_ - 1) {}

    [[nodiscard]] Word add(Word a, Word b) const { return saturate(value_of(a) + value_of(b)); }
    [[nodiscard]] Word subtract(Word a, Word b) const { return saturate(value_of(a) - value_of(b)); }
    [[nodiscard]] Word multiply(Word a, Word b) const {
        return saturate(shift_to_nearest(value_of(a) * value_of(b), format_.low));
    }
    [[nodiscard]] Word divide(Word a, Word b) const;
    [[nodiscard]] bool less(Word a, Word b) const { return value_of(a) < value_of(b); }
    [[nodiscard]] Word max(Word a, Word b) const { return less(a, b) ? b : a; }
    [[nodiscard]] Word relu(Word a) const { return value_of(a) < 0 ? 0 : a; }
    [[nodiscard]] Word negate(Word a) const { return saturate(-value_of(a)); }
    [[nodiscard]] Word exp(Word a, const ExpModel& model) const;
    [[nodiscard]] Word encode(double value) const;
    [[nodiscard]] double decode(Word word) const;

  private:
    [[nodiscard]] std::int64_t value_of(Word a) const {
        const int unused = 64 - format_.width();
        return static_cast<std::int64_t>(a << unused) >> unused;
    }
    [[nodiscard]] Word saturate(std::int64_t value) const {
        return static_cast<Word>(std::clamp(value, least_, most_)) & format_.mask();
    }
    [[nodiscard]] static std::int64_t shift_to_nearest(std::int64_t value, int shift) {
        if (shift == 0) return value;
        const std::int64_t kept = value >> shift;
        const std::int64_t rest = value & ((std::int64_t{1} << shift) - 1);
        const std::int64_t half = std::int64_t{1} << (shift - 1);
        return kept + static_cast<std::int64_t>(rest > half || (rest == half && (kept & 1) != 0));
    }

    Format format_;
    std::int64_t most_;
    std::int64_t least_;
};

}  // namespace memo::hls
