// The score against known defocus: ln(features + 1) = top - slope |z - best|, by least squares for each
// `best` of a grid that is made finer until its step does not matter. Thread safety: pure functions.
#pragma once

#include "common/result.h"

#include <string>
#include <vector>

namespace memo::focus {

struct Sample {
    std::string image;
    double defocus = 0;  // in the table's unit
    double log_features = 0;
};

struct Calibration {
    double best = 0;         // the defocus at which features are most
    double slope = 0;        // loss of ln(features + 1) a unit of defocus
    double top = 0;          // ln(features + 1) there
    double r2 = 0;           // share of the variance that the fit explains
    double scatter = 0;      // 1.4826 median |residual|
    bool one_sided = false;  // fewer than two defoci lie on one side of it: it may lie beyond

    [[nodiscard]] double at(double defocus) const;
};

// The error: fewer than three different defoci.
[[nodiscard]] Result<Calibration> calibrate(const std::vector<Sample>& samples);

// Rows of a table "image,defocus" with that head; images beside the table. The error names the line.
[[nodiscard]] Result<std::vector<Sample>> samples_of_csv(const std::string& text);

// The curve: samples and fit.
[[nodiscard]] std::string calibration_svg(const std::vector<Sample>& samples, const Calibration& fit,
                                          const std::string& unit);

}  // namespace memo::focus
