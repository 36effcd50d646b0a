// What counts say (rates.h).
#include "scientific/ligo/search/rates.h"

#include <cmath>

namespace memo::ligo {

namespace {

// The probability of `count` or less for this mean.
[[nodiscard]] double at_most(std::uint64_t count, double mean) {
    double term = std::exp(-mean);
    double sum = term;
    for (std::uint64_t i = 1; i <= count; ++i) {
        term *= mean / static_cast<double>(i);
        sum += term;
    }
    return sum;
}

constexpr int kHalvings = 60;
constexpr double kNormalQuantile = 1.2816;  // of 90 %

}  // namespace

double poisson_upper_limit(std::uint64_t count, double confidence) {
    // Far above the limit of any confidence that doubles can tell from 1; beyond 700 exp(-mean) has no digits
    // left.
    const auto n = static_cast<double>(count);
    if (count > 500) return n + 1 + kNormalQuantile * std::sqrt(n + 1);
    double low = n;
    double high = n + 10 * std::sqrt(n + 1) + 20;
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = 0.5 * (low + high);
        (at_most(count, middle) > 1 - confidence ? low : high) = middle;
    }
    return high;
}

Share binomial_share(std::uint64_t hits, std::uint64_t trials) {
    if (trials == 0) return {};
    const auto n = static_cast<double>(trials);
    const double p = static_cast<double>(hits) / n;
    const double middle = (p + 0.5 / n) / (1 + 1 / n);
    const double half = std::sqrt(p * (1 - p) / n + 0.25 / (n * n)) / (1 + 1 / n);
    return {p, middle - half, middle + half};
}

}  // namespace memo::ligo
