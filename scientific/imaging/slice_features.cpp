// Features of slices that come one after another (features.h), and counting them in whole images.
#include "scientific/imaging/feature_rows.h"
#include "scientific/imaging/features.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace memo::imaging {

namespace {

class SliceFeatures final : public FeatureSource {
  public:
    SliceFeatures(std::unique_ptr<SliceSource> slices, unsigned threads)
        : slices_(std::move(slices)), threads_(threads) {}

    [[nodiscard]] FeatureCount count(const Image& image, float threshold) override {
        return count_features(responses(image), threshold, threads_);
    }

    [[nodiscard]] Responses responses(const Image& image) override {
        Responses found{Image(image.width(), image.height()), Image(image.width(), image.height())};
        slices_->slices(image, [&](int bin, const Image& slice) {
            for_ranges(threads_, slice.height(), [&](int begin, int end) {
                for (int y = begin; y < end; ++y)
                    add(bin == 0, slice.row(y), found.bright.row(y), found.dark.row(y), slice.width());
            });
        });
        return found;
    }

  private:
    static void add(bool first, const float* slice, float* bright, float* dark, int width) {
        for (int x = 0; x < width; ++x) {
            bright[x] = first || slice[x] > bright[x] ? slice[x] : bright[x];
            dark[x] = first || -slice[x] > dark[x] ? -slice[x] : dark[x];
        }
    }

    std::unique_ptr<SliceSource> slices_;
    unsigned threads_;
};

}  // namespace

FeatureCount count_features(const Responses& responses, float threshold, unsigned threads) {
    const int height = responses.bright.height();
    std::vector<FeatureCount> counts(static_cast<std::size_t>(height));
    const auto in_row = [&](const Image& image, int y) {
        return count_in_row(image.row(std::max(y - 1, 0)), image.row(y),
                            image.row(std::min(y + 1, height - 1)), image.width(), threshold);
    };
    for_ranges(threads, height, [&](int begin, int end) {
        for (int y = begin; y < end; ++y)
            counts[static_cast<std::size_t>(y)] = {in_row(responses.bright, y), in_row(responses.dark, y)};
    });
    return std::accumulate(counts.begin(), counts.end(), FeatureCount{}, [](FeatureCount a, FeatureCount b) {
        return FeatureCount{a.bright + b.bright, a.dark + b.dark};
    });
}

std::unique_ptr<FeatureSource> make_slice_features(std::unique_ptr<SliceSource> slices, unsigned threads) {
    return std::make_unique<SliceFeatures>(std::move(slices), threads);
}

}  // namespace memo::imaging
