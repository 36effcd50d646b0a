// Detections as CSV and JSON, and what is drawn of them, gathered image by image and written at the end.
//
// Invariants: rows come in the order of images, in an image strongest first. Thread safety: one thread.
#pragma once

#include "scientific/dog/histogram.h"
#include "scientific/dog/options.h"

#include <string>

namespace memo::dog {

class Report {
  public:
    explicit Report(const Options& options);

    // The overlay is written here, since it needs the image. The error is one line.
    [[nodiscard]] std::optional<Error> add(const std::string& name, const imaging::Image& image,
                                           const imaging::Detections& detections);
    // How the run went, for the JSON: a line of JSON fields, as `"rate": 99.8, "dropped": []`.
    void set_summary(std::string fields) { summary_ = std::move(fields); }
    [[nodiscard]] std::optional<Error> write(const std::string& backend) const;

    [[nodiscard]] std::size_t images() const { return images_; }
    [[nodiscard]] const Histogram& histogram() const { return histogram_; }

  private:
    [[nodiscard]] std::string json(const std::string& backend) const;
    [[nodiscard]] std::string overlay_path(const std::string& name) const;

    Options options_;
    Histogram histogram_;
    std::size_t images_ = 0;
    std::string csv_;
    std::string json_images_;
    std::string summary_;
};

// `text` as a JSON string, in quotes; bytes beyond ASCII become `?`.
[[nodiscard]] std::string json_string(const std::string& text);

}  // namespace memo::dog
