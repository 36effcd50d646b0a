// Synthetic PLIF images (synthetic.h).
#include "scientific/imaging/synthetic.h"

#include "scientific/imaging/detections.h"
#include "scientific/imaging/random.h"

#include <algorithm>
#include <cmath>

namespace memo::imaging {

namespace {

constexpr double kBackground = 0.05;  // of full brightness
constexpr int kTries = 100000;        // places tried for one droplet

[[nodiscard]] Blob disc(const Droplet& droplet) {
    return {static_cast<float>(droplet.x), static_cast<float>(droplet.y), 0,
            static_cast<float>(droplet.radius), 0};
}

// Of the sum of two radii, between the edges of separated droplets.
constexpr double kGap = 0.5;

[[nodiscard]] bool collides(const Droplet& droplet, const std::vector<Droplet>& others,
                            const SyntheticOptions& options) {
    return std::any_of(others.begin(), others.end(), [&](const Droplet& other) {
        if (!options.separated) return normalised_overlap(disc(droplet), disc(other)) > options.most_overlap;
        const double distance = std::hypot(droplet.x - other.x, droplet.y - other.y);
        return distance < (1 + kGap) * (droplet.radius + other.radius);
    });
}

// Brightens `image` to 1 within the droplet; pixels on its edge by the share that is covered, by distance.
void paint(const Droplet& droplet, Image& image) {
    const int left = std::max(0, static_cast<int>(std::floor(droplet.x - droplet.radius - 1)));
    const int right =
        std::min(image.width() - 1, static_cast<int>(std::ceil(droplet.x + droplet.radius + 1)));
    const int top = std::max(0, static_cast<int>(std::floor(droplet.y - droplet.radius - 1)));
    const int bottom =
        std::min(image.height() - 1, static_cast<int>(std::ceil(droplet.y + droplet.radius + 1)));
    for (int y = top; y <= bottom; ++y) {
        for (int x = left; x <= right; ++x) {
            const double inside = droplet.radius - std::hypot(x - droplet.x, y - droplet.y);
            const auto covered = static_cast<float>(std::clamp(inside + 0.5, 0.0, 1.0));
            image.at(x, y) = std::max(image.at(x, y), covered);
        }
    }
}

}  // namespace

Result<Synthetic> synthesise(const SyntheticOptions& options) {
    Random random(options.seed);
    Synthetic made{Image(options.width, options.height), {}};
    std::vector<double> radii;
    radii.reserve(static_cast<std::size_t>(options.droplets));
    for (int i = 0; i < options.droplets; ++i) {
        radii.push_back(random.between(options.min_radius, options.max_radius));
    }
    std::sort(radii.rbegin(), radii.rend());  // large ones first, while there is room
    for (const double radius : radii) {
        Droplet droplet{0, 0, radius};
        // Whole in the image, with a margin in which nothing is cut off.
        const double margin = std::min(1.5 * radius, 0.5 * std::min(options.width, options.height) - 1);
        int tries = 0;
        do {
            if (++tries > kTries) {
                return Error{"there is no room for droplet " + std::to_string(made.truth.size() + 1) +
                             " of " + std::to_string(options.droplets) +
                             ": ask for fewer, or smaller ones, or let them overlap"};
            }
            droplet.x = random.between(margin, options.width - 1 - margin);
            droplet.y = random.between(margin, options.height - 1 - margin);
        } while (collides(droplet, made.truth, options));
        made.truth.push_back(droplet);
    }

    Image& image = made.image;
    for (int y = 0; y < image.height(); ++y) std::fill_n(image.row(y), image.width(), 0.0F);
    for (const Droplet& droplet : made.truth) paint(droplet, image);
    for (int y = 0; y < image.height(); ++y) {
        const double off = ((y + 0.5) / image.height() - 0.5) / options.sheet_sigma;
        const double sheet = std::exp(-0.5 * off * off);
        float* row = image.row(y);
        for (int x = 0; x < image.width(); ++x) {
            double value = sheet * (kBackground + (1 - kBackground) * row[x]);
            if (options.photons > 0) value = random.poisson(value * options.photons) / options.photons;
            if (options.noise > 0) value += options.noise * random.normal();
            row[x] = static_cast<float>(value);
        }
    }
    return made;
}

}  // namespace memo::imaging
