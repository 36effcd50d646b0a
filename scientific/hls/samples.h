// Samples with known answers: files of rows of little-endian float32, a sample's numbers and then its targets
// (the coordinates wanted, or one label), and simulated Bragg peaks and digits. Thread safety: pure
// functions.
#pragma once

#include "common/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memo::hls {

struct Samples {
    std::size_t inputs = 0;
    std::size_t targets = 0;
    std::vector<float> rows;  // inputs + targets numbers each

    [[nodiscard]] std::size_t count() const {
        return inputs + targets == 0 ? 0 : rows.size() / (inputs + targets);
    }
    [[nodiscard]] std::span<const float> row(std::size_t index) const {
        return std::span(rows).subspan(index * (inputs + targets), inputs + targets);
    }
};

// `targets` of each row's numbers are targets. The error begins with the path.
[[nodiscard]] Result<Samples> read_samples(const std::string& path, std::size_t inputs, std::size_t targets);

// Peaks as area detectors of X-ray diffraction see them (after Liu et al., arXiv 2008.08198): 11x11 pixels, a
// pseudo-Voigt profile, eta G + (1 - eta) L, with widths 0.8 to 2 pixels along two axes of a random angle,
// its centre up to 1.5 pixels from the middle, photon noise (`photons` at the top) and Gaussian read-out
// noise; scaled to 0...1 like BraggNN's input. Targets: how many columns and rows the
// centre is from the middle, over 11: a float has finer steps near 0 than near 1/2.
[[nodiscard]] Samples simulate_peaks(std::size_t count, std::uint64_t seed, double photons = 200,
                                     double noise = 0.01);

// Digits drawn with strokes, 28x28 pixels between 0 and 1: each a polyline of our own, turned, sheared,
// scaled, moved and thickened at random, with noise. Target: the digit.
[[nodiscard]] Samples simulate_digits(std::size_t count, std::uint64_t seed);

}  // namespace memo::hls
