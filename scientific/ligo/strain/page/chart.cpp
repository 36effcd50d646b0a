// Panels of one SVG (chart.h).
#include "scientific/ligo/strain/page/chart.h"

#include "scientific/ligo/strain/page/colours.h"
#include "scientific/ligo/strain/page/escaped.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace memo::ligo {

namespace {

constexpr double kWidth = 1000;
constexpr double kLeft = 64;
constexpr double kRight = 64;
constexpr double kInner = kWidth - kLeft - kRight;
constexpr double kHead = 26;  // above a panel, for its title
constexpr double kFoot = 44;
constexpr double kTiny = 1e-6;      // of a step
constexpr double kHeadroom = 0.05;  // between the greatest value and the frame
constexpr double kMapHeight = 150;
constexpr double kLetter = 8;       // the width of one, of any font that comes
constexpr double kLegendStep = 28;  // between a name in the legend and the next line's mark

// Steps of 1, 2 or 5 times a power of ten, about `count` of them.
[[nodiscard]] double step_for(double width, int count) {
    const double rough = width / count;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double share = rough / power;
    return (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10) * power;
}

// Multiples of the step.
[[nodiscard]] std::vector<double> ticks(double low, double high, double step) {
    std::vector<double> places;
    for (long i = std::lround(std::ceil(low / step - kTiny)); static_cast<double>(i) <= high / step + kTiny;
         ++i)
        places.push_back(static_cast<double>(i) * step);
    return places;
}

[[nodiscard]] std::string tick_text(double value, double step) {
    const double rounded = std::round(value / step) * step;
    return fmt::format("{:.6g}", std::abs(rounded) < step / 2 ? 0.0 : rounded);
}

}  // namespace

Figure::Figure(double zero, double begin, double end) : zero_(zero), begin_(begin), end_(end) {}

double Figure::at_x(double gps) const {
    return kLeft + (gps - begin_) / (end_ - begin_) * kInner;
}

void Figure::mark(double gps, const std::string& title) {
    if (gps >= begin_ && gps <= end_) marked_.emplace_back(gps, title);
}

void Figure::head(const std::string& title) {
    y_ += kHead;
    body_ +=
        fmt::format("<text class=\"t\" x=\"{}\" y=\"{:.0f}\">{}</text>\n", kLeft, y_ - 8, escaped(title));
}

void Figure::frame(double height) {
    body_ += fmt::format("<rect class=\"f\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\"/>\n", kLeft,
                         y_, kInner, height);
    frames_.emplace_back(y_, height);
    y_ += height;
}

// Where there are more values than pixels: the band between the least and the greatest of a pixel.
std::string Figure::path(const Curve& curve, double low, double high, double top, double height) const {
    const auto at_y = [&](double value) {
        return top + height * (1 - (std::clamp(value, low, high) - low) / (high - low));
    };
    const auto index = [&](double gps) {
        return std::clamp((gps - curve.gps_start) * curve.rate, 0.0,
                          static_cast<double>(curve.values.size()));
    };
    const auto first = static_cast<std::size_t>(std::ceil(index(begin_)));
    const auto last = static_cast<std::size_t>(index(end_));
    const double per_pixel = (end_ - begin_) * curve.rate / kInner;
    std::string way;
    if (per_pixel <= 2) {
        for (std::size_t i = first; i < last; ++i) {
            if (!std::isfinite(curve.values[i])) continue;
            way += fmt::format("{}{:.1f} {:.1f}", way.empty() ? "M" : "L",
                               at_x(curve.gps_start + static_cast<double>(i) / curve.rate),
                               at_y(static_cast<double>(curve.values[i])));
        }
        return fmt::format("<path class=\"w\" stroke=\"var(--{})\" d=\"{}\"/>\n", curve.colour, way);
    }
    std::string back;
    for (int pixel = 0; pixel < static_cast<int>(kInner); ++pixel) {
        const double from = begin_ + (end_ - begin_) * pixel / kInner;
        const double to = begin_ + (end_ - begin_) * (pixel + 1) / kInner;
        const auto a = static_cast<std::size_t>(index(from));
        const auto b = std::min(curve.values.size(), static_cast<std::size_t>(index(to)) + 1);
        if (a >= b) continue;
        const auto [least, greatest] =
            std::minmax_element(curve.values.begin() + static_cast<std::ptrdiff_t>(a),
                                curve.values.begin() + static_cast<std::ptrdiff_t>(b));
        const double x = kLeft + pixel + 0.5;
        way +=
            fmt::format("{}{:.1f} {:.1f}", way.empty() ? "M" : "L", x, at_y(static_cast<double>(*greatest)));
        back.insert(0, fmt::format("L{:.1f} {:.1f}", x, at_y(static_cast<double>(*least))));
    }
    return way.empty()
               ? ""
               : fmt::format("<path class=\"e\" stroke=\"var(--{0})\" fill=\"var(--{0})\" d=\"{1}{2}Z\"/>\n",
                             curve.colour, way, back);
}

void Figure::add(const Panel& panel) {
    head(panel.title);
    double low = panel.least;
    double high = panel.most;
    for (const Curve& curve : panel.curves) {
        for (std::size_t i = 0; i < curve.values.size(); ++i) {
            const double gps = curve.gps_start + static_cast<double>(i) / curve.rate;
            if (gps < begin_ || gps >= end_ || !std::isfinite(curve.values[i])) continue;
            low = std::min(low, static_cast<double>(curve.values[i]));
            high = std::max(high, static_cast<double>(curve.values[i]));
        }
    }
    for (const double level : panel.levels) high = std::max(high, level);
    if (!(high > low)) high = low + 1;
    high += kHeadroom * (high - low);
    if (low < 0) low -= kHeadroom * (high - low);
    const double step = step_for(high - low, static_cast<int>(panel.height / 35));
    const double bottom = y_ + panel.height;
    const auto at_y = [&](double value) { return bottom - panel.height * (value - low) / (high - low); };
    for (const double tick : ticks(low, high, step))
        body_ += fmt::format(
            "<path class=\"g\" d=\"M{} {:.1f}h{}\"/><text x=\"{}\" y=\"{:.1f}\" "
            "text-anchor=\"end\">{}</text>\n",
            kLeft, at_y(tick), kInner, kLeft - 8, at_y(tick) + 4, tick_text(tick, step));
    for (const double level : panel.levels)
        body_ += fmt::format("<path class=\"n\" d=\"M{} {:.1f}h{}\"/>\n", kLeft, at_y(level), kInner);
    for (const Curve& curve : panel.curves) body_ += path(curve, low, high, y_, panel.height);
    body_ +=
        fmt::format("<text transform=\"translate(14 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                    y_ + panel.height / 2, escaped(panel.unit));
    // The legend, from the right, in the title's line.
    double x = kLeft + kInner;
    for (std::size_t i = panel.curves.size(); i-- > 0;) {
        const Curve& curve = panel.curves[i];
        body_ += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", x, y_ - 8,
                             escaped(curve.name));
        x -= kLetter * static_cast<double>(curve.name.size()) + 22;
        body_ += fmt::format(
            "<path class=\"w\" stroke=\"var(--{})\" stroke-width=\"3\" d=\"M{:.1f} {:.1f}h16\"/>\n",
            curve.colour, x, y_ - 12);
        x -= kLegendStep - 16;
    }
    frame(panel.height);
}

void Figure::add(const std::string& title, const TimeFrequencyMap& map, double most) {
    head(title);
    if (!map.energy.empty()) {
        const double left = at_x(map.gps_start);
        body_ += fmt::format(
            "<image x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" preserveAspectRatio=\"none\" "
            "href=\"{}\"/>\n",
            left, y_, at_x(map.gps_start + map.seconds) - left, kMapHeight, picture_of(map, most));
        const double whole = std::log(map.high / map.low);
        for (const double f : {32.0, 64.0, 128.0, 256.0, 512.0}) {
            if (f < map.low || f > map.high) continue;
            const double y = y_ + kMapHeight * (1 - std::log(f / map.low) / whole);
            body_ += fmt::format(
                "<path class=\"f\" d=\"M{} {:.1f}h5\"/><text x=\"{}\" y=\"{:.1f}\" "
                "text-anchor=\"end\">{:g}</text>\n",
                kLeft - 5, y, kLeft - 8, y + 4, f);
        }
    }
    body_ +=
        fmt::format("<text transform=\"translate(14 {:.1f}) rotate(-90)\" text-anchor=\"middle\">Hz</text>\n",
                    y_ + kMapHeight / 2);
    const double bar = kLeft + kInner + 10;
    body_ += fmt::format(
        "<rect class=\"f\" x=\"{0}\" y=\"{1:.1f}\" width=\"10\" height=\"{2}\" style=\"fill:url(#scale)\"/>"
        "<text x=\"{3}\" y=\"{4:.1f}\">{5:g}</text><text x=\"{3}\" y=\"{6:.1f}\">0</text>\n",
        bar, y_, kMapHeight, bar + 14, y_ + 11, most, y_ + kMapHeight);
    frame(kMapHeight);
}

std::string Figure::svg(const std::string& title, const std::string& time_label) const {
    std::string text = fmt::format("<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\"><title>{}</title>\n", kWidth,
                                   y_ + kFoot, escaped(title));
    text += body_;
    const double step = step_for(end_ - begin_, 8);
    for (const double tick : ticks(begin_ - zero_, end_ - zero_, step)) {
        const double x = at_x(zero_ + tick);
        for (const auto& [top, height] : frames_)
            text += fmt::format(R"(<path class="f" d="M{:.1f} {:.1f}v-5"/>)", x, top + height);
        text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x, y_ + 18,
                            tick_text(tick, step));
    }
    for (const auto& [gps, name] : marked_)
        for (const auto& [top, height] : frames_)
            text += fmt::format("<path class=\"mark\" d=\"M{:.1f} {:.1f}v{:.1f}\"><title>{}</title></path>\n",
                                at_x(gps), top, height, escaped(name));
    text += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n</svg>\n",
                        kLeft + kInner / 2, y_ + 38, escaped(time_label));
    return text;
}

}  // namespace memo::ligo
