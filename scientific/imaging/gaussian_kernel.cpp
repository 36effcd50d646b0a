// Sampled Gaussians (gaussian_kernel.h).
#include "scientific/imaging/gaussian_kernel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace memo::imaging {

namespace {

struct Samples {
    std::vector<double> taps;
    int first;
    double centre;

    [[nodiscard]] double variance() const {
        double sum = 0;
        for (std::size_t i = 0; i < taps.size(); ++i) {
            const double x = first + static_cast<double>(i) - centre;
            sum += taps[i] * x * x;
        }
        return sum;
    }
};

[[nodiscard]] Samples sample(double sigma, int first, int last, double centre) {
    Samples samples{{}, first, centre};
    for (int i = first; i <= last; ++i) {
        const double x = (i - centre) / sigma;
        samples.taps.push_back(std::exp(-0.5 * x * x));
    }
    const double sum = std::accumulate(samples.taps.begin(), samples.taps.end(), 0.0);
    for (double& tap : samples.taps) tap /= sum;
    return samples;
}

[[nodiscard]] Kernel kernel_of(const Samples& samples) {
    return {std::vector<float>(samples.taps.begin(), samples.taps.end()), samples.first};
}

}  // namespace

Kernel gaussian_kernel(double sigma, double truncate) {
    const int radius = std::max(1, static_cast<int>(std::lround(truncate * sigma)));
    return kernel_of(sample(sigma, -radius, radius, 0));
}

Kernel step_kernel(double sigma, double centre, double truncate) {
    const int last = std::max(1, static_cast<int>(std::ceil(truncate * sigma + centre)));
    const int first = static_cast<int>(2 * centre) - last;
    // The variance of the cut samples grows with the sigma they are taken of: bisection.
    double low = 0.5 * sigma;
    double high = 1.5 * sigma;
    for (int i = 0; i < 50; ++i) {
        const double middle = 0.5 * (low + high);
        (sample(middle, first, last, centre).variance() < sigma * sigma ? low : high) = middle;
    }
    return kernel_of(sample(0.5 * (low + high), first, last, centre));
}

double step_sigma(double from, double to) {
    return std::sqrt(to * to - from * from);
}

}  // namespace memo::imaging
