// The page's colours (colours.h).
#include "scientific/ligo/strain/page/colours.h"

#include "scientific/imaging/image_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace memo::ligo {

namespace {

using Rgb = std::array<unsigned char, 3>;

// Viridis, at ninths: darker is less, for every eye and without colour.
constexpr std::array<Rgb, 10> kViridis = {
    Rgb{68, 1, 84},    Rgb{72, 40, 120},  Rgb{62, 74, 137},  Rgb{49, 104, 142}, Rgb{38, 130, 142},
    Rgb{31, 158, 137}, Rgb{53, 183, 121}, Rgb{109, 205, 89}, Rgb{180, 222, 44}, Rgb{253, 231, 37}};

[[nodiscard]] Rgb colour_of(double share) {
    const double place = std::clamp(share, 0.0, 1.0) * (kViridis.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(place), kViridis.size() - 2);
    const double part = place - static_cast<double>(below);
    Rgb colour{};
    for (std::size_t i = 0; i < 3; ++i)
        colour[i] = static_cast<unsigned char>(
            std::lround((1 - part) * kViridis[below][i] + part * kViridis[below + 1][i]));
    return colour;
}

[[nodiscard]] std::string base64(const std::vector<char>& bytes) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        const std::size_t digits = std::min<std::size_t>(bytes.size() - i, 3) + 1;
        for (std::size_t k = 0; k < 4; ++k) text += k < digits ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

}  // namespace

const std::string& page_style() {
    static const std::string text =
        ":root{color-scheme:light "
        "dark;--paper:#fff;--text:#1d2329;--muted:#59636e;--grid:#e3e7eb;--frame:#c5ccd3;"
        "--h1:#c2410c;--l1:#1d4ed8;--fit:#1d2329;--a:#0f766e;--b:#be185d;--c:#4d7c0f;--d:#7e22ce;--bad:#"
        "c53030}\n"
        "@media(prefers-color-scheme:dark){:root{--paper:#14181d;--text:#e6e9ec;--muted:#a3adb8;--grid:#"
        "2b323a;"
        "--frame:#47515c;--h1:#fb923c;--l1:#60a5fa;--fit:#f1f5f9;--a:#2dd4bf;--b:#f472b6;--c:#a3e635;--d:#"
        "c084fc;"
        "--bad:#fc8181}}\n"
        "*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:24px;background:var(--paper);"
        "color:var(--text);font:15px/1.45 system-ui,sans-serif}h1{font-size:24px;margin:0 0 "
        "4px}h2{font-size:18px;"
        "margin:32px 0 4px}.sub{color:var(--muted);margin:0 0 12px;overflow-wrap:anywhere}\n"
        ".cards{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}.card{border:1px solid var(--grid);"
        "border-radius:8px;padding:8px 14px;min-width:110px}.card b{display:block;font-size:20px}"
        ".card span{color:var(--muted);font-size:13px}\n"
        ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:8px 0}"
        "th,td{padding:4px 12px 4px 0;text-align:right;white-space:nowrap;border-bottom:1px solid "
        "var(--grid)}"
        "th{color:var(--muted);font-weight:500;font-size:13px;vertical-align:bottom}"
        "th:first-child,td:first-child{text-align:left}ul{margin:4px "
        "0;padding-left:20px;color:var(--muted)}\n"
        "svg{width:100%;height:auto;display:block;margin-top:8px}svg text{font:13px system-ui,sans-serif;"
        "fill:var(--muted)}svg .t{fill:var(--text);font-weight:600}.g{stroke:var(--grid);fill:none}"
        ".f{stroke:var(--frame);fill:none}.n{stroke:var(--muted);fill:none;stroke-dasharray:5 4}"
        ".w{fill:none;stroke-width:1.3;stroke-linejoin:round}.e{stroke-width:.6;fill-opacity:.45}"
        ".mark{stroke:var(--bad);stroke-dasharray:2 3;fill:none}.dot{fill:var(--bad)}\n";
    return text;
}

std::string picture_of(const TimeFrequencyMap& map, double most) {
    imaging::ColourImage image{static_cast<int>(map.columns), static_cast<int>(map.rows), {}};
    image.pixels.reserve(3 * map.rows * map.columns);
    for (std::size_t row = map.rows; row-- > 0;) {
        for (std::size_t column = 0; column < map.columns; ++column) {
            const Rgb colour = colour_of(static_cast<double>(map.at(row, column)) / most);
            image.pixels.insert(image.pixels.end(), colour.begin(), colour.end());
        }
    }
    return "data:image/png;base64," + base64(imaging::encode_png(image));
}

std::string gradient() {
    std::string text =
        "<svg width=\"0\" height=\"0\" style=\"position:absolute;width:0\"><defs><linearGradient "
        "id=\"scale\" "
        "x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">";
    for (std::size_t i = 0; i < kViridis.size(); ++i)
        text += fmt::format("<stop offset=\"{:.3f}\" stop-color=\"rgb({},{},{})\"/>",
                            static_cast<double>(i) / (kViridis.size() - 1), kViridis[i][0], kViridis[i][1],
                            kViridis[i][2]);
    return text + "</linearGradient></defs></svg>\n";
}

}  // namespace memo::ligo
