// The whole of the paper for one image after another: smoothing, contrast stretch, scale space, maxima,
// pruning.
//
// Invariants: detections depend on the image and the options, within the tolerances of the back ends not on
// the back end, and not on the images before. Thread safety: one caller at a time.
#pragma once

#include "common/result.h"
#include "scientific/imaging/detections.h"
#include "scientific/imaging/preprocess.h"
#include "scientific/imaging/scale_space.h"

#include <memory>
#include <string>
#include <vector>

namespace memo::imaging {

class WholeDetector;  // cuda_backend.h

struct DetectorOptions {
    Preprocessing preprocessing;
    Scales scales;
    double threshold = 0.1;
    double overlap = 0.5;  // the most that two blobs may share, of the smaller one
    RadiusRule radius = RadiusRule::refined;
    std::string backend = "auto";
    unsigned threads = 1;
};

// Names that `backend` may have.
[[nodiscard]] const std::vector<std::string>& backend_names();

// Why these options mean nothing, as one line; empty if they do.
[[nodiscard]] std::string wrong_options(const DetectorOptions& options);

struct Detections {
    std::vector<Blob> blobs;
    std::size_t maxima = 0;  // before pruning
    double preprocessing_ms = 0;
    double scale_space_ms = 0;  // with its maxima
    double pruning_ms = 0;
    double copying_ms = 0;  // to a GPU and back; the other times are then the device's
};

class Detector {
  public:
    // `options` are right.
    explicit Detector(DetectorOptions options);
    ~Detector();

    // Makes the back end on the first image and whenever the size changes. The error is one line: an image of
    // less than 3 x 3 pixels.
    [[nodiscard]] Result<Detections> detect(const Image& image);

    // What `auto` chose, or what stood in for a GPU that is not there. Empty before the first image.
    [[nodiscard]] const std::string& backend() const { return chosen_; }
    // One line for people about that choice; empty where there is nothing to say.
    [[nodiscard]] const std::string& remark() const { return remark_; }

  private:
    void choose(const Image& image);
    void make(int width, int height);

    DetectorOptions options_;
    std::string chosen_;
    std::string remark_;
    int width_ = 0;
    int height_ = 0;
    std::unique_ptr<MaximumSource> source_;
    std::unique_ptr<WholeDetector> whole_;  // in place of source_, on a GPU
};

}  // namespace memo::imaging
