// What counts say: rates with upper limits, shares with errors. Thread safety: pure functions.
#pragma once

#include <cstdint>

namespace memo::ligo {

// The mean below which a Poisson variable gives `count` or less with a probability of 1 - confidence: the
// upper limit on the expected number (Gehrels, Astrophys. J. 303, 336 (1986), equation 1).
[[nodiscard]] double poisson_upper_limit(std::uint64_t count, double confidence = 0.9);

// A binomial share and the bounds of its interval of one standard deviation (Wilson, J. Am. Stat. Assoc. 22,
// 209 (1927)). Of no trials: all of [0, 1].
struct Share {
    double value = 0;
    double low = 0;
    double high = 1;
};
[[nodiscard]] Share binomial_share(std::uint64_t hits, std::uint64_t trials);

}  // namespace memo::ligo
