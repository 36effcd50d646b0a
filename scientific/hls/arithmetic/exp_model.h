// The part of e^x that all formats share: |x| as a fixed-point number to 2^k m with 1 <= m <= 2.
//
//   y = x log2 e, cut to `fraction` bits below the point (towards minus infinity)
//   k = floor(y);  h = the next `index` bits of y;  g = the bits below those
//   m = T[h] + T[h] (g ln 2), T[h] = 2^(h / 2^index) to the nearest of `precision` bits below the point
//
// For results of p significant bits below the leading one: precision = p + 4, fraction = p + 5, index = (p +
// 4) / 2. The errors of the table, of both constants, of the four cuts and of the missing g^2 term stay below
// .4 units of the last place p, so a result rounded to the nearest is off by less than one. Thread safety:
// const functions.
#pragma once

#include "scientific/hls/arithmetic/format.h"

#include <cstdint>
#include <vector>

namespace memo::hls {

struct ExpParts {
    int exponent = 0;      // k
    Word significand = 0;  // m, `precision` bits below the point
};

class ExpModel {
  public:
    explicit ExpModel(const Format& format);

    // `magnitude` is |x| with `fraction()` bits below the point, less than 2^`high` of the format.
    [[nodiscard]] ExpParts parts(Word magnitude, bool negative) const;

    [[nodiscard]] int precision() const { return precision_; }
    [[nodiscard]] int fraction() const { return fraction_; }
    [[nodiscard]] int index() const { return index_; }
    [[nodiscard]] int scale_fraction() const { return scale_fraction_; }
    [[nodiscard]] Word log2e() const { return log2e_; }  // scale_fraction bits below the point
    [[nodiscard]] Word ln2() const { return ln2_; }      // fraction - index bits below the point
    [[nodiscard]] const std::vector<std::uint32_t>& table() const { return table_; }

  private:
    int precision_;
    int fraction_;
    int index_;
    int scale_fraction_;
    Word log2e_;
    Word ln2_;
    std::vector<std::uint32_t> table_;
};

}  // namespace memo::hls
