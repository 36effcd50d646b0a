// The score against known defocus (calibration.h).
#include "scientific/focus/calibration.h"

#include "scientific/focus/chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

namespace memo::focus {

namespace {

constexpr int kGrid = 64;
constexpr int kRefinements = 4;

struct Line {
    double top = 0;
    double slope = 0;
    double squares = std::numeric_limits<double>::infinity();  // of the residuals
};

// The line through (|z - best|, L) by least squares; it does not rise.
[[nodiscard]] Line line_for(const std::vector<Sample>& samples, double best) {
    const auto count = static_cast<double>(samples.size());
    double x = 0;
    double y = 0;
    for (const Sample& sample : samples) {
        x += std::fabs(sample.defocus - best) / count;
        y += sample.log_features / count;
    }
    double xx = 0;
    double xy = 0;
    for (const Sample& sample : samples) {
        const double dx = std::fabs(sample.defocus - best) - x;
        xx += dx * dx;
        xy += dx * (sample.log_features - y);
    }
    Line line;
    line.slope = xx > 0 ? std::max(0.0, -xy / xx) : 0;
    line.top = y + line.slope * x;
    line.squares = 0;
    for (const Sample& sample : samples) {
        const double off = sample.log_features - (line.top - line.slope * std::fabs(sample.defocus - best));
        line.squares += off * off;
    }
    return line;
}

[[nodiscard]] bool parse_number(const std::string& text, double& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

}  // namespace

double Calibration::at(double defocus) const {
    return top - slope * std::fabs(defocus - best);
}

Result<Calibration> calibrate(const std::vector<Sample>& samples) {
    std::set<double> defoci;
    for (const Sample& sample : samples) defoci.insert(sample.defocus);
    if (defoci.size() < 3)
        return Error{"a calibration wants images at three different defoci at least, and there are " +
                     std::to_string(defoci.size())};
    const double least = *defoci.begin();
    const double most = *defoci.rbegin();
    double low = least;
    double high = most;
    double best = low;
    Line line;
    for (int refinement = 0; refinement < kRefinements; ++refinement) {
        const double step = (high - low) / kGrid;
        for (int i = 0; i <= kGrid; ++i) {
            const Line other = line_for(samples, low + i * step);
            if (other.squares < line.squares) {
                line = other;
                best = low + i * step;
            }
        }
        low = std::max(least, best - step);
        high = std::min(most, best + step);
    }
    Calibration fit{best, line.slope, line.top, 0, 0, false};
    const auto beyond = static_cast<std::size_t>(std::distance(defoci.upper_bound(best), defoci.end()));
    const auto before = static_cast<std::size_t>(std::distance(defoci.begin(), defoci.lower_bound(best)));
    fit.one_sided = std::min(beyond, before) < 2;
    double mean = 0;
    for (const Sample& sample : samples) mean += sample.log_features / static_cast<double>(samples.size());
    double squares = 0;
    std::vector<double> residuals;
    residuals.reserve(samples.size());
    for (const Sample& sample : samples) {
        squares += (sample.log_features - mean) * (sample.log_features - mean);
        residuals.push_back(std::fabs(sample.log_features - fit.at(sample.defocus)));
    }
    fit.r2 = squares > 0 ? 1 - line.squares / squares : 0;
    std::nth_element(residuals.begin(), residuals.begin() + static_cast<std::ptrdiff_t>(residuals.size() / 2),
                     residuals.end());
    fit.scatter = 1.4826 * residuals[residuals.size() / 2];
    return fit;
}

Result<std::vector<Sample>> samples_of_csv(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::vector<Sample> samples;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (line.ends_with('\r')) line.pop_back();
        if (number == 1) {
            if (line != "image,defocus") return Error{"line 1 must be: image,defocus"};
            continue;
        }
        if (line.empty()) continue;
        const std::size_t comma = line.rfind(',');
        Sample sample;
        if (comma == std::string::npos || comma == 0 || !parse_number(line.substr(comma + 1), sample.defocus))
            return Error{"line " + std::to_string(number) + " is no image and its defocus: NAME,NUMBER"};
        sample.image = line.substr(0, comma);
        samples.push_back(std::move(sample));
    }
    if (samples.empty()) return Error{"has no images"};
    return samples;
}

std::string calibration_svg(const std::vector<Sample>& samples, const Calibration& fit,
                            const std::string& unit) {
    Chart chart;
    chart.title = fmt::format("best at {0:.4g}{1}, a factor e fewer every {2:.3g}{1}, r2 {3:.3f}", fit.best,
                              unit.empty() ? "" : " " + unit, fit.slope > 0 ? 1 / fit.slope : 0.0, fit.r2);
    chart.x_label = unit.empty() ? "defocus" : "defocus, " + unit;
    chart.y_label = "ln(features + 1)";
    chart.points.reserve(samples.size());
    double low = samples.front().defocus;
    double high = low;
    for (const Sample& sample : samples) {
        low = std::min(low, sample.defocus);
        high = std::max(high, sample.defocus);
        chart.points.push_back(
            {sample.defocus, sample.log_features, false,
             fmt::format("{}: {:.0f} features", sample.image, std::exp(sample.log_features) - 1)});
    }
    for (const double z : {low, fit.best, high}) chart.curve.push_back({z, fit.at(z), false, ""});
    return svg_of(chart);
}

}  // namespace memo::focus
