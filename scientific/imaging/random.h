// Random numbers for synthetic images: the standard's distributions differ between libraries; these do not.
// Thread safety: one thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace memo::imaging {

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    [[nodiscard]] double uniform() {  // [0, 1), by splitmix64
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return static_cast<double>((z ^ (z >> 31U)) >> 11U) * 0x1p-53;
    }
    [[nodiscard]] double between(double low, double high) { return low + (high - low) * uniform(); }
    [[nodiscard]] double normal() {  // Box and Muller
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }
    // Counting for small means, and the normal distribution, which is as good there, for large ones.
    [[nodiscard]] double poisson(double mean) {
        if (mean > 50) return std::max(0.0, std::round(mean + std::sqrt(mean) * normal()));
        const double limit = std::exp(-mean);
        int count = 0;
        double product = uniform();
        while (product > limit) {
            product *= uniform();
            ++count;
        }
        return count;
    }

  private:
    std::uint64_t state_;
};

}  // namespace memo::imaging
