// Charts as SVG (chart.h).
#include "scientific/focus/chart.h"

#include "scientific/imaging/text_fields.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace memo::focus {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kWidth = 760;
constexpr double kHeight = 340;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 40;
constexpr double kBottom = 52;

struct Axis {
    double low = 0;
    double high = 1;
    double step = 1;

    [[nodiscard]] int steps() const { return static_cast<int>(std::lround((high - low) / step)); }
};

// From a round number below to one above, about five steps.
[[nodiscard]] Axis axis_for(double low, double high) {
    if (!(high > low)) {
        low -= 0.5;
        high += 0.5;
    }
    const double rough = (high - low) / 5;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double share = rough / power;
    const double step = (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10) * power;
    return {std::floor(low / step) * step, std::ceil(high / step) * step, step};
}

class Plot {
  public:
    explicit Plot(const Chart& chart) : chart_(chart) {
        double low_x = kInfinity;
        double high_x = -kInfinity;
        double low_y = kInfinity;
        double high_y = -kInfinity;
        const auto include = [&](double x, double y) {
            if (!std::isfinite(x) || !std::isfinite(y)) return;
            low_x = std::min(low_x, x);
            high_x = std::max(high_x, x);
            low_y = std::min(low_y, y);
            high_y = std::max(high_y, y);
        };
        for (const Point& point : chart.points) include(point.x, point.y);
        for (const Point& point : chart.curve) include(point.x, point.y);
        if (low_x > high_x) include(0, 0);
        for (const double level : chart.levels) include(low_x, level);
        x_ = axis_for(low_x, high_x);
        y_ = axis_for(low_y, high_y);
    }

    [[nodiscard]] std::string svg() const {
        std::string text = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" "
            "font-size=\"13\" role=\"img\">\n<title>{}</title>\n",
            kWidth, kHeight, imaging::xml_text(chart_.title));
        text +=
            "<style>" + (chart_.embedded ? std::string() : colours()) +
            ".p{fill:var(--paper)}.t{fill:var(--text)}.m{fill:var(--muted)}.g{stroke:var(--grid);fill:none}"
            ".l{stroke:var(--line);fill:none}.d{stroke:var(--bad);fill:none;stroke-dasharray:5 4}"
            ".c{stroke:var(--curve);fill:none;stroke-width:2}.o{fill:var(--line)}.b{fill:var(--bad)}</"
            "style>\n";
        if (!chart_.embedded)
            text += fmt::format("<rect class=\"p\" width=\"{}\" height=\"{}\"/>\n", kWidth, kHeight);
        text += fmt::format("<text class=\"t\" x=\"{}\" y=\"22\" font-weight=\"bold\">{}</text>\n", kLeft,
                            imaging::xml_text(chart_.title));
        text += axes();
        for (std::size_t i = 0; i < chart_.levels.size(); ++i) {
            text += fmt::format("<path class=\"{}\" d=\"M{} {:.1f}H{}\"/>\n", i == 0 ? "c" : "d", kLeft,
                                at_y(chart_.levels[i]), kWidth - kRight);
        }
        if (chart_.joined) text += path("l", chart_.points);
        text += path("c", chart_.curve);
        for (const Point& point : chart_.points) {
            if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
            text += fmt::format(
                "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"><title>{}</title></circle>\n",
                point.marked ? "b" : "o", at_x(point.x), at_y(point.y), point.marked ? 5 : 3,
                imaging::xml_text(point.title));
        }
        return text + "</svg>\n";
    }

  private:
    [[nodiscard]] double at_x(double x) const {
        return kLeft + (x - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight);
    }
    [[nodiscard]] double at_y(double y) const {
        return kHeight - kBottom - (y - y_.low) / (y_.high - y_.low) * (kHeight - kTop - kBottom);
    }

    [[nodiscard]] std::string axes() const {
        std::string text;
        for (int i = 0; i <= y_.steps(); ++i) {
            const double y = y_.low + i * y_.step;
            text += fmt::format(
                "<path class=\"g\" d=\"M{0} {1:.1f}H{2}\"/><text class=\"m\" x=\"{3}\" y=\"{4:.1f}\" "
                "text-anchor=\"end\">{5:.6g}</text>\n",
                kLeft, at_y(y), kWidth - kRight, kLeft - 8, at_y(y) + 4, rounded(y, y_.step));
        }
        for (int i = 0; i <= x_.steps(); ++i) {
            const double x = x_.low + i * x_.step;
            text +=
                fmt::format("<text class=\"m\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>\n",
                            at_x(x), kHeight - kBottom + 18, rounded(x, x_.step));
        }
        text += fmt::format("<text class=\"m\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                            0.5 * (kLeft + kWidth - kRight), kHeight - 10, imaging::xml_text(chart_.x_label));
        text += fmt::format(
            "<text class=\"m\" transform=\"translate(16 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
            0.5 * (kTop + kHeight - kBottom), imaging::xml_text(chart_.y_label));
        return text;
    }

    // Without the dust of adding up steps.
    [[nodiscard]] static double rounded(double value, double step) { return std::round(value / step) * step; }

    [[nodiscard]] std::string path(const char* style, const std::vector<Point>& points) const {
        std::string way;
        for (const Point& point : points) {
            if (!std::isfinite(point.x) || !std::isfinite(point.y)) continue;
            way += fmt::format("{}{:.1f} {:.1f}", way.empty() ? "M" : "L", at_x(point.x), at_y(point.y));
        }
        return way.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, way);
    }

    const Chart& chart_;
    Axis x_;
    Axis y_;
};

}  // namespace

const std::string& colours() {
    static const std::string text =
        ":root{color-scheme:light "
        "dark;--paper:#fff;--text:#1d2329;--muted:#59636e;--grid:#e3e7eb;--line:#2b6cb0;"
        "--curve:#2f855a;--bad:#c53030}"
        "@media(prefers-color-scheme:dark){:root{--paper:#14181d;--text:#e6e9ec;--muted:#a3adb8;--grid:#"
        "2b323a;"
        "--line:#63b3ed;--curve:#68d391;--bad:#fc8181}}";
    return text;
}

std::string svg_of(const Chart& chart) {
    return Plot(chart).svg();
}

}  // namespace memo::focus
