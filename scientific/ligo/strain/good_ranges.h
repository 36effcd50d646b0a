// Which parts of a detector's strain are good. Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/strain.h"

namespace memo::ligo {

// Sets strain.good to where samples are numbers that a strain can be, below 1, and the second, counted from
// the start, is fit (all are where `fit` ends), sets samples elsewhere to 0, and notes what is missing.
void find_good(Strain& strain, const std::vector<bool>& fit);

void zero_outside(Strain& strain);

// "3 s from GPS 1000000020.000, ...": the first ranges, and how much all of them are, on one line.
[[nodiscard]] std::string told(const std::vector<Range>& ranges, const Strain& strain);

}  // namespace memo::ligo
