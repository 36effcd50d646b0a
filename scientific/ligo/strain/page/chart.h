// Panels of one SVG, above each other over a common time. Thread safety: one thread a figure.
#pragma once

#include "scientific/ligo/strain/time_frequency.h"

#include <string>
#include <vector>

namespace memo::ligo {

// Values at equal distances in time.
struct Curve {
    std::string name;
    std::string colour;  // of the page's custom properties: "h1", "l1", "fit", "a" to "d"
    double gps_start = 0;
    double rate = 0;
    std::vector<float> values;
};

struct Panel {
    std::string title;
    std::string unit;  // of the values
    std::vector<Curve> curves;
    std::vector<double> levels;  // dashed horizontal lines
    double least = 0;            // the axis reaches at least from here to there
    double most = 0;
    double height = 120;  // pixels
};

class Figure {
  public:
    // Times are told relative to `zero`, GPS seconds, in [begin, end).
    Figure(double zero, double begin, double end);

    // A vertical line in all panels.
    void mark(double gps, const std::string& title);
    void add(const Panel& panel);
    // Energies of `most` and above are the brightest. The page holds the gradient `scale` (colours.h).
    void add(const std::string& title, const TimeFrequencyMap& map, double most);

    // `time_label` stands below the axis.
    [[nodiscard]] std::string svg(const std::string& title, const std::string& time_label) const;

  private:
    [[nodiscard]] double at_x(double gps) const;
    [[nodiscard]] std::string path(const Curve& curve, double low, double high, double top,
                                   double height) const;
    void head(const std::string& title);
    void frame(double height);

    double zero_;
    double begin_;
    double end_;
    double y_ = 0;
    std::string body_;
    std::string marks_;
    std::vector<std::pair<double, std::string>> marked_;
    std::vector<std::pair<double, double>> frames_;  // top and height
};

}  // namespace memo::ligo
