// Detections as CSV and JSON, and what is drawn of them, gathered image by image and written at the end.
//
// Invariants: rows come in the order of images, in an image strongest first. Thread safety: one thread.
#pragma once

#include "scientific/dog/histogram.h"
#include "scientific/dog/options.h"

#include <string>
#include <vector>

namespace memo::dog {

// How a run went.
struct RunSummary {
    // Of each image, from its arrival; where nothing arrives, from the end of the one before.
    std::vector<double> latencies_ms;
    // Live only: the same without the wait, images a second, and those that were not looked at.
    std::vector<double> busy_ms;
    double rate = 0;
    std::vector<std::string> dropped;
};

class Report {
  public:
    explicit Report(const Options& options);

    // The overlay is written here, since it needs the image. The error is one line.
    [[nodiscard]] std::optional<Error> add(const std::string& name, const imaging::Image& image,
                                           const imaging::Detections& detections);
    [[nodiscard]] std::optional<Error> write(const std::string& backend, const RunSummary& run) const;

    [[nodiscard]] std::size_t images() const { return images_; }
    [[nodiscard]] const Histogram& histogram() const { return histogram_; }

  private:
    [[nodiscard]] std::string json(const std::string& backend, const RunSummary& run) const;
    [[nodiscard]] std::string overlay_path(const std::string& name) const;

    Options options_;
    Histogram histogram_;
    std::size_t images_ = 0;
    std::string csv_;
    std::vector<std::string> json_images_;
};

}  // namespace memo::dog
