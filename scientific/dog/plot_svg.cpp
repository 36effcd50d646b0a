// The size distribution as SVG (plot_svg.h).
#include "scientific/dog/plot_svg.h"

#include "scientific/imaging/text_fields.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::dog {

namespace {

constexpr double kLeft = 70;
constexpr double kWidth = 560;
constexpr double kHeight = 160;

template <class Value>
[[nodiscard]] std::string panel(const Histogram& histogram, double top, const std::string& title,
                                const std::string& colour, const Value& value) {
    double most = 0;
    for (const Histogram::Bin& bin : histogram.bins()) most = std::max(most, value(bin));
    const double bar = kWidth / static_cast<double>(histogram.bins().size());
    std::string svg =
        fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>\n", kLeft, top - 8, title);
    double x = kLeft;
    for (const Histogram::Bin& bin : histogram.bins()) {
        const double height = most > 0 ? kHeight * value(bin) / most : 0;
        svg +=
            fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
                        x + 0.5, top + kHeight - height, bar - 1, height, colour);
        x += bar;
    }
    svg += fmt::format("<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#333\"/>\n", kLeft, top,
                       top + kHeight, kLeft + kWidth);
    svg +=
        fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.4g}</text>\n", kLeft - 6, top + 10, most);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">0</text>\n", kLeft - 6, top + kHeight);
    return svg;
}

}  // namespace

std::string plot_svg(const Histogram& histogram, double pixel_size, const std::string& unit) {
    const double scale = pixel_size > 0 ? pixel_size : 1;
    const double least = histogram.bins().front().from * scale;
    const double most = histogram.bins().back().to * scale;
    const double total = histogram.total_volume() > 0 ? histogram.total_volume() : 1;
    std::string svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 470\" font-family=\"sans-serif\" "
        "font-size=\"13\">\n<rect width=\"660\" height=\"470\" fill=\"white\"/>\n";
    svg += panel(histogram, 40, fmt::format("{} droplets by radius", histogram.count()), "#2b7bba",
                 [](const Histogram::Bin& bin) { return static_cast<double>(bin.count); });
    svg += panel(histogram, 250, "share of the volume by radius", "#c8553d",
                 [&](const Histogram::Bin& bin) { return bin.volume / total; });
    for (int i = 0; i <= 5; ++i) {
        svg += fmt::format("<text x=\"{}\" y=\"430\" text-anchor=\"middle\">{:.3g}</text>\n",
                           kLeft + kWidth * i / 5, least + (most - least) * i / 5);
    }
    svg += fmt::format("<text x=\"{}\" y=\"455\" text-anchor=\"middle\">radius, {}</text>\n</svg>\n",
                       kLeft + kWidth / 2, pixel_size > 0 ? imaging::xml_text(unit) : "pixels");
    return svg;
}

}  // namespace memo::dog
