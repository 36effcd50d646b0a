// What one model says of a stretch of strain. Thread safety: plain values.
#pragma once

#include <cmath>
#include <vector>

namespace memo::ligo {

// Log odds of a merger, frame by frame.
struct Track {
    double rate = 0;   // Hz
    double start = 0;  // s, that frame 0 speaks of, from the first sample of the strain
    std::vector<float> log_odds;
};

// The probability that belongs to log odds, and back.
[[nodiscard]] inline float probability(float log_odds) {
    return 1 / (1 + std::exp(-log_odds));
}
[[nodiscard]] inline float log_odds(double probability) {
    return static_cast<float>(std::log(probability / (1 - probability)));
}

}  // namespace memo::ligo
