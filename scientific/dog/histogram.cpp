// The size distribution (histogram.h).
#include "scientific/dog/histogram.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::dog {

double volume(double radius, double pixel_size) {
    const double r = radius * pixel_size;
    return 4.0 / 3.0 * std::numbers::pi * r * r * r;
}

Histogram::Histogram(double least, double most, int bins) {
    const double width = (most - least) / bins;
    for (int i = 0; i < bins; ++i) bins_.push_back({least + i * width, least + (i + 1) * width, 0, 0});
}

void Histogram::add(const std::vector<imaging::Blob>& blobs) {
    const double width = bins_.front().to - bins_.front().from;
    for (const imaging::Blob& blob : blobs) {
        const double place = std::floor((blob.radius - bins_.front().from) / width);
        Bin& bin =
            bins_[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins_.size() - 1)))];
        const double one = volume(blob.radius, 1);
        ++bin.count;
        bin.volume += one;
        ++count_;
        volume_ += one;
    }
}

}  // namespace memo::dog
