// Features of an image without regard to their scale: what makes up a focus score (arXiv 2108.12050).
//
//   bright(x, y) = max over i of  DoG_i(x, y)       what is brighter than around it, of whatever size
//   dark(x, y)   = max over i of -DoG_i(x, y)       what is darker
//
// with DoG_i as in scale_space.h. A feature is a pixel of one of the two that exceeds the threshold and that
// no pixel of its 3 x 3 neighbourhood exceeds; at the border the neighbours that are there count.
#pragma once

#include "scientific/imaging/scale_space.h"

#include <cstddef>
#include <memory>

namespace memo::imaging {

struct Responses {
    Image bright;
    Image dark;
};

struct FeatureCount {
    std::size_t bright = 0;
    std::size_t dark = 0;

    [[nodiscard]] std::size_t total() const { return bright + dark; }
};

// A back end, made for one size of image. Thread safety: one caller at a time; it may start threads itself.
class FeatureSource {
  public:
    FeatureSource() = default;
    FeatureSource(const FeatureSource&) = delete;
    FeatureSource& operator=(const FeatureSource&) = delete;
    virtual ~FeatureSource() = default;

    [[nodiscard]] virtual FeatureCount count(const Image& image, float threshold) = 0;
    [[nodiscard]] virtual Responses responses(const Image& image) = 0;
};

// Of every slice that `slices` computes, one after another.
[[nodiscard]] std::unique_ptr<FeatureSource> make_slice_features(std::unique_ptr<SliceSource> slices,
                                                                 unsigned threads);
// On fewer and fewer points: a level's responses are its own slices' and those of the coarser level,
// interpolated, so that no slice is ever computed in more points than it needs.
[[nodiscard]] std::unique_ptr<FeatureSource> make_pyramid_features(int width, int height,
                                                                   const Scales& scales, unsigned threads);

[[nodiscard]] FeatureCount count_features(const Responses& responses, float threshold, unsigned threads);

}  // namespace memo::imaging
