// The size distribution: how many droplets of a radius, and how much of the volume they hold.
// Thread safety: that of a container.
#pragma once

#include "scientific/imaging/detections.h"

#include <vector>

namespace memo::dog {

// A droplet's volume is a sphere's: 4/3 pi (r p)^3, p being the size of a pixel. The paper has no formula for
// volume; this one takes the disc in the image for the sphere's equator.
[[nodiscard]] double volume(double radius, double pixel_size);

class Histogram {
  public:
    // `bins` of equal width over radii from `least` to `most`; what lies outside counts in the outermost.
    Histogram(double least, double most, int bins);

    void add(const std::vector<imaging::Blob>& blobs);

    struct Bin {
        double from = 0;  // radii in [from, to), pixels
        double to = 0;
        std::size_t count = 0;
        double volume = 0;  // cubic pixels
    };
    [[nodiscard]] const std::vector<Bin>& bins() const { return bins_; }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] double total_volume() const { return volume_; }  // cubic pixels

  private:
    std::vector<Bin> bins_;
    std::size_t count_ = 0;
    double volume_ = 0;
};

}  // namespace memo::dog
