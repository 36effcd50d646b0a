// The floating-point operators on words of one format (format.h). Inline: models of whole networks apply them
// hundreds of millions of times.
#pragma once

#include "scientific/hls/arithmetic/exp_model.h"
#include "scientific/hls/arithmetic/format.h"

#include <bit>
#include <utility>

namespace memo::hls {

class FloatModel {
  public:
    enum Class : Word { zero = 0, normal = 1, infinite = 2, not_a_number = 3 };

    explicit FloatModel(const Format& format)
        : exponent_bits_(format.high),
          fraction_bits_(format.low),
          dropped_(format.dropped),
          bias_((1 << (format.high - 1)) - 1),
          most_exponent_((1 << format.high) - 1) {}

    [[nodiscard]] Word add(Word a, Word b) const {
        if (class_of(a) != normal || class_of(b) != normal) return add_special(a, b);
        if (magnitude_of(a) < magnitude_of(b)) std::swap(a, b);
        const int distance = exponent_of(a) - exponent_of(b);
        const Word larger = significand_of(a) << kGuard;
        const Word smaller = shift_sticky(significand_of(b) << kGuard, distance);
        const bool subtracts = sign_of(a) != sign_of(b);
        Word sum = subtracts ? larger - smaller : larger + smaller;
        if (sum == 0) return pack_class(zero, false);
        int exponent = exponent_of(a);
        const int top = fraction_bits_ + kGuard;
        const int leading = static_cast<int>(std::bit_width(sum)) - 1;
        if (leading > top) {
            sum = (sum >> 1) | (sum & 1);
            ++exponent;
        } else {
            sum <<= top - leading;
            exponent -= top - leading;
        }
        return pack(sign_of(a), exponent, sum, kGuard);
    }

    [[nodiscard]] Word multiply(Word a, Word b) const {
        if (dropped_ > 0) {
            a = as_factor(a);
            b = as_factor(b);
        }
        const bool sign = sign_of(a) != sign_of(b);
        if (class_of(a) != normal || class_of(b) != normal) return multiply_special(a, b, sign);
        Word product = significand_of(a) * significand_of(b);
        int exponent = exponent_of(a) + exponent_of(b) - bias_;
        int extra = fraction_bits_;
        if ((product >> (2 * fraction_bits_ + 1)) != 0) {
            ++exponent;
            ++extra;
        }
        return pack(sign, exponent, product, extra);
    }

    [[nodiscard]] Word divide(Word a, Word b) const {
        const bool sign = sign_of(a) != sign_of(b);
        if (class_of(a) != normal || class_of(b) != normal) return divide_special(a, b, sign);
        const Word dividend = significand_of(a) << (fraction_bits_ + 2);
        const Word divisor = significand_of(b);
        Word quotient = dividend / divisor;
        int exponent = exponent_of(a) - exponent_of(b) + bias_;
        if ((quotient >> (fraction_bits_ + 2)) == 0) {
            quotient <<= 1;  // the bit that follows is in the remainder: as sticky it rounds alike
            --exponent;
        }
        const bool rest = dividend % divisor != 0;
        return pack(sign, exponent, (quotient << 1) | static_cast<Word>(rest), 3);
    }

    [[nodiscard]] bool less(Word a, Word b) const {
        if (class_of(a) == not_a_number || class_of(b) == not_a_number) return false;
        return key_of(a) < key_of(b);
    }

    [[nodiscard]] Word max(Word a, Word b) const {
        if (class_of(a) == not_a_number || class_of(b) == not_a_number) return nan();
        return less(a, b) ? b : a;
    }

    [[nodiscard]] Word relu(Word a) const {
        return sign_of(a) && class_of(a) != not_a_number ? pack_class(zero, false) : a;
    }

    [[nodiscard]] Word negate(Word a) const { return a ^ (Word{1} << (exponent_bits_ + fraction_bits_)); }

    [[nodiscard]] Word exp(Word a, const ExpModel& model) const;
    [[nodiscard]] Word encode(double value) const;
    [[nodiscard]] double decode(Word word) const;

  private:
    static constexpr int kGuard = 3;  // guard, round and sticky bits of a sum

    [[nodiscard]] Class class_of(Word a) const {
        return static_cast<Class>((a >> (exponent_bits_ + fraction_bits_ + 1)) & 3);
    }
    [[nodiscard]] bool sign_of(Word a) const { return ((a >> (exponent_bits_ + fraction_bits_)) & 1) != 0; }
    [[nodiscard]] Word magnitude_of(Word a) const {
        return a & ((Word{1} << (exponent_bits_ + fraction_bits_)) - 1);
    }
    [[nodiscard]] int exponent_of(Word a) const {
        return static_cast<int>(magnitude_of(a) >> fraction_bits_);
    }
    // With its leading one.
    [[nodiscard]] Word significand_of(Word a) const {
        const Word one = Word{1} << fraction_bits_;
        return (a & (one - 1)) | one;
    }
    // Ordered as the numbers are.
    [[nodiscard]] std::int64_t key_of(Word a) const {
        if (class_of(a) == zero) return 0;
        const Word size =
            class_of(a) == infinite ? Word{1} << (exponent_bits_ + fraction_bits_ + 1) : magnitude_of(a) + 1;
        return sign_of(a) ? -static_cast<std::int64_t>(size) : static_cast<std::int64_t>(size);
    }
    [[nodiscard]] Word pack_class(Class kind, bool sign) const {
        return ((Word{kind} << 1) | static_cast<Word>(sign)) << (exponent_bits_ + fraction_bits_);
    }
    [[nodiscard]] Word nan() const { return pack_class(not_a_number, false); }

    // Shifted right; what falls out sets the lowest bit.
    [[nodiscard]] Word shift_sticky(Word value, int distance) const {
        if (distance > fraction_bits_ + kGuard) return 1;
        const Word lost = value & ((Word{1} << distance) - 1);
        return (value >> distance) | static_cast<Word>(lost != 0);
    }

    // Without the bits that a multiplier does not see: rounded to the nearest, ties to even. A carry out of
    // the fraction makes the exponent one more, as it should.
    [[nodiscard]] Word as_factor(Word a) const {
        if (class_of(a) != normal) return a;
        const Word odd = (a >> dropped_) & 1;
        const Word half = Word{1} << (dropped_ - 1);
        const Word rounded = (magnitude_of(a) + half - 1 + odd) >> dropped_ << dropped_;
        if (rounded >> (exponent_bits_ + fraction_bits_) != 0) return pack_class(infinite, sign_of(a));
        return pack_class(normal, sign_of(a)) | rounded;
    }

    // `significand` has its leading one `extra` bits above the fraction's place, and the lowest bit is
    // sticky.
    [[nodiscard]] Word pack(bool sign, int exponent, Word significand, int extra) const {
        Word kept = significand >> extra;
        const Word rest = significand & ((Word{1} << extra) - 1);
        const Word half = Word{1} << (extra - 1);
        kept += static_cast<Word>(rest > half || (rest == half && (kept & 1) != 0));
        exponent += static_cast<int>(kept >> (fraction_bits_ + 1));  // the fraction is zero then
        if (exponent < 0) return pack_class(zero, sign);
        if (exponent > most_exponent_) return pack_class(infinite, sign);
        const Word fraction = kept & ((Word{1} << fraction_bits_) - 1);
        return pack_class(normal, sign) | (static_cast<Word>(exponent) << fraction_bits_) | fraction;
    }

    [[nodiscard]] Word add_special(Word a, Word b) const;
    [[nodiscard]] Word multiply_special(Word a, Word b, bool sign) const;
    [[nodiscard]] Word divide_special(Word a, Word b, bool sign) const;

    int exponent_bits_;
    int fraction_bits_;
    int dropped_;
    int bias_;
    int most_exponent_;
};

}  // namespace memo::hls
