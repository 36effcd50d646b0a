// The focus score of an image, after arXiv 2108.12050: crop, scale, contrast stretch, Difference of Gaussians
// at many scales, features regardless of scale; the score is their number.
//
// Invariants: a score depends on the image, the crop and the options, within the tolerance of the back ends
// (docs/focus.md) not on the back end, and not on the images before. Thread safety: one caller at a time.
#pragma once

#include "common/result.h"
#include "scientific/imaging/features.h"
#include "scientific/imaging/resize.h"

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace memo::focus {

struct ScoreOptions {
    int width = 1024;  // that images are scaled to; 0 leaves both sides as they are
    int height = 1024;
    double saturation = 0.0035;                     // share of pixels that the stretch may clip
    imaging::Scales scales = {1.0, 30.0, 29, 4.0};  // 30 Gaussians
    double threshold = 0.04;                        // least response of a feature
    std::string backend = "pyramid";
    unsigned threads = 1;
};

// Names that `backend` may have.
[[nodiscard]] const std::vector<std::string>& backend_names();

// Why these options mean nothing, as one line; empty if they do.
[[nodiscard]] std::string wrong_options(const ScoreOptions& options);

struct Score {
    imaging::FeatureCount features;
    double preparation_ms = 0;  // crop, scale, stretch
    double features_ms = 0;

    // ln(features + 1): falls about linearly with the defocus.
    [[nodiscard]] double log_features() const {
        return std::log(static_cast<double>(features.total()) + 1.0);
    }
};

// Crop, scale and stretch. The error: the crop is not within the image, or less than 3 x 3 pixels are left.
[[nodiscard]] Result<imaging::Image> prepared(const imaging::Image& image,
                                              const std::optional<imaging::Rectangle>& crop,
                                              const ScoreOptions& options);

class Scorer {
  public:
    // `options` are right.
    explicit Scorer(ScoreOptions options);

    // Makes the back end on the first image and whenever the size changes.
    [[nodiscard]] Result<Score> score(const imaging::Image& image,
                                      const std::optional<imaging::Rectangle>& crop);

    [[nodiscard]] const ScoreOptions& options() const { return options_; }
    // What is used: another where a GPU is not there.
    [[nodiscard]] const std::string& backend() const { return backend_; }
    // One line for people about that; empty where there is nothing to say.
    [[nodiscard]] const std::string& remark() const { return remark_; }

  private:
    void choose(int width, int height);

    ScoreOptions options_;
    std::string backend_;
    std::string remark_;
    int width_ = 0;
    int height_ = 0;
    std::unique_ptr<imaging::FeatureSource> source_;
};

}  // namespace memo::focus
