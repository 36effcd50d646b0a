// What networks learn from: whitened noise with and without signals in it, made as it is wanted.
//
// The noise is simulated and conditioned as a file's would be. Signals are those of a bank of waveforms, each
// whitened by the design spectrum deformed at random (a wall at low frequencies, a tilt), so that no network
// learns one spectrum; sources are anywhere in the sky. What must not be taken for a merger: signals in one
// detector alone, and sine-Gaussians.
//
// Invariant: an example is a function of the options and its index. Thread safety: const functions.
#pragma once

#include "scientific/ligo/nets/architecture.h"
#include "scientific/ligo/strain/random.h"

#include <cstdint>
#include <span>
#include <vector>

namespace memo::ligo {

struct ExampleOptions {
    std::uint64_t seed = 1;
    double noise_seconds = 3072;  // of each detector; they are paired at random
    int waveforms = 2000;
    double lightest = 16;  // total masses, as the detector sees them; log-uniform
    double heaviest = 140;
    double least_ratio = 0.2;  // mass2 / mass1, log-uniform up to 1
    double spins = 0.25;       // standard deviation of the effective spin
    double quietest = 6.5;     // network SNR
    double loudest = 24;
    double rate = 0.7;    // events a second, of all kinds
    double others = 0.3;  // share of them that are no mergers
    int frames = 320;     // of an example
};

// A batch, row by row.
struct Batch {
    std::vector<float> strain;   // examples x 2 x samples, white
    std::vector<float> targets;  // examples x frames: 1 where positive
    std::vector<float> weights;  // examples x frames: 0 where no answer is right
};

class Examples {
  public:
    Examples(const Architecture& architecture, const ExampleOptions& options);

    [[nodiscard]] std::size_t samples() const { return samples_; }  // of an example, a detector
    // Examples [first, first + count); signals have an SNR of at least `quietest`.
    void make(std::uint64_t first, std::size_t count, double quietest, Batch& batch) const;

  private:
    struct Wave {  // both phases, each of an SNR of 1
        std::vector<float> cosine;
        std::vector<float> sine;
    };
    class Maker;

    Architecture architecture_;
    ExampleOptions options_;
    std::size_t samples_;
    std::vector<float> noise_[2];
    std::vector<Wave> bank_;
};

}  // namespace memo::ligo
