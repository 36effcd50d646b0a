// Charts as SVG that follow the reader's choice of light or dark. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

namespace memo::focus {

struct Point {
    double x = 0;
    double y = 0;
    bool marked = false;  // in the warning colour
    std::string title;    // shown under the pointer
};

struct Chart {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<Point> points;
    std::vector<Point> curve;    // a line through them
    std::vector<double> levels;  // horizontal lines: the first one plain, others dashed
    bool joined = false;         // the points are joined by a thin line
    bool embedded = false;       // within a page, which has the colours
};

// Points that are no numbers are left out.
[[nodiscard]] std::string svg_of(const Chart& chart);

// Custom properties of CSS for both schemes, as `svg_of` uses them.
[[nodiscard]] const std::string& colours();

}  // namespace memo::focus
