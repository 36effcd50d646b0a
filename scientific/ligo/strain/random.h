// Random numbers by index: the n-th number of a stream is a function of the stream and n, so that any part of
// a series can be made by any thread and is always the same. Thread safety: pure functions.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace memo::ligo {

class RandomStream {
  public:
    // Streams of one seed with different numbers are independent.
    RandomStream(std::uint64_t seed, std::uint64_t stream)
        : key_(mix(seed + 0x9e3779b97f4a7c15U * (stream + 1))) {}

    [[nodiscard]] std::uint64_t bits(std::uint64_t index) const {
        return mix(key_ + 0x9e3779b97f4a7c15U * (index + 1));
    }
    [[nodiscard]] double uniform(std::uint64_t index) const {  // [0, 1)
        return static_cast<double>(bits(index) >> 11U) * 0x1p-53;
    }
    [[nodiscard]] double between(std::uint64_t index, double low, double high) const {
        return low + (high - low) * uniform(index);
    }
    // The normal numbers 2 pair and 2 pair + 1 (Box and Muller).
    [[nodiscard]] std::pair<float, float> normals(std::uint64_t pair) const {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform(2 * pair)));
        const double angle = 2.0 * std::numbers::pi * uniform(2 * pair + 1);
        return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
    }

  private:
    [[nodiscard]] static std::uint64_t mix(std::uint64_t z) {  // the finaliser of splitmix64
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    std::uint64_t key_;
};

}  // namespace memo::ligo
