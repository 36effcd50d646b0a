// Which parts of a detector's strain are good. Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/strain.h"

namespace memo::ligo {

// Sets strain.good to where samples are finite numbers and the second, counted from the start, is fit (all
// are where `fit` ends), sets samples elsewhere to 0, and notes what is missing.
void find_good(Strain& strain, const std::vector<bool>& fit);

void zero_outside(Strain& strain);

}  // namespace memo::ligo
