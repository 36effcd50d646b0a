// The picture around the blocks (cli/map_svg.h): axes, marks, load and legend, laid out by hand on a page of
// 1240 pixels.
#include "cli/map_svg.h"

#include "cli/map_blocks.h"
#include "cli/map_colors.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "cli/xml_text.h"
#include "planner/peak.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace memo::cli {

namespace {

constexpr double kPageWidth = 1240;
constexpr double kLeft = 84;
constexpr double kTop = 92;
constexpr double kWidth = 1000;
constexpr double kHeight = 600;
constexpr double kHeadroom = 1.03;  // addresses shown, in heights
constexpr std::size_t kLegendColumns = 4;
constexpr std::size_t kLegendLetters = 30;
constexpr std::size_t kTitleLetters = 100;
constexpr double kLegendRow = 20;
constexpr std::size_t kMostSteps = 2000;  // of the load line; more are drawn as maxima of columns

constexpr std::string_view kStyle = R"(
text{font:12px system-ui,sans-serif;fill:#24292f}
.head{font-size:16px;font-weight:600}
.page{fill:#fff}
.plot{fill:#f3f4f6}
.grid{stroke:#d0d7de;stroke-width:1}
.faint{fill:#57606a}
.outlined{stroke:#fff;stroke-width:.5}
.load{fill:none;stroke:#111;stroke-width:1.2}
.halo{fill:none;stroke:#fff;stroke-width:3;stroke-opacity:.55}
.height{stroke:#24292f;stroke-width:1.2}
.max{stroke:#cf222e;stroke-width:1.2;stroke-dasharray:6 3}
.peak{stroke:#cf222e;stroke-width:1.2}
.marked{fill:#cf222e;font-weight:600}
.c24{fill:#8c959f}
)";
constexpr std::string_view kDarkStyle = R"(@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.page{fill:#0d1117}
.plot{fill:#161b22}
.grid{stroke:#30363d}
.faint{fill:#8d96a0}
.outlined{stroke:#0d1117}
.load{stroke:#f0f6fc}
.halo{stroke:#0d1117}
.height{stroke:#e6edf3}
.max,.peak{stroke:#ff7b72}
.marked{fill:#ff7b72}
.c24{fill:#6e7681}
}
)";

// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return digits;
}

// The first 1, 2 or 5 times a power of ten that gives at most `ticks` steps over `span`; at least 1.
[[nodiscard]] std::uint64_t decimal_step(std::uint64_t span, std::uint64_t ticks) {
    for (std::uint64_t power = 1;; power *= 10) {
        for (const std::uint64_t factor : {1, 2, 5}) {
            if (span / ticks < factor * power) return factor * power;
        }
    }
}

[[nodiscard]] std::uint64_t binary_step(std::uint64_t span, std::uint64_t ticks) {
    std::uint64_t step = 1;
    while (span / ticks >= step) step *= 2;
    return step;
}

[[nodiscard]] std::string line(std::string_view style, double x1, double y1, double x2, double y2) {
    return fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n", style, pixels(x1),
                       pixels(y1), pixels(x2), pixels(y2));
}

[[nodiscard]] std::string text(double x, double y, std::string_view anchor, std::string_view style,
                               std::string_view words) {
    const std::string as = style.empty() ? "" : fmt::format(" class=\"{}\"", style);
    return fmt::format("<text{} x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", as, pixels(x), pixels(y),
                       anchor, xml_text(words));
}

// At most `letters` code points.
[[nodiscard]] std::string shortened(const std::string& words, std::size_t letters) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if ((static_cast<unsigned char>(words[i]) & 0xc0U) == 0x80U) continue;
        if (++seen > letters) return words.substr(0, i) + "…";
    }
    return words;
}

class Map {
  public:
    explicit Map(const MapInput& input)
        : input_(input), peak_(planner::find_peak(input.problem)), colors_(input.problem, input.tags) {
        const auto& blocks = input.problem.blocks;
        frame_ = {kLeft, kTop, kWidth, kHeight, UINT64_MAX, 0, 0};
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            height_ = std::max(height_, input.offsets[i].value + blocks[i].size.value);
            frame_.first_moment = std::min(frame_.first_moment, blocks[i].life.lower.value);
            frame_.last_moment = std::max(frame_.last_moment, blocks[i].life.upper.value);
        }
        // Plans with overlaps are drawn too; their max load may be above the height.
        const auto highest = static_cast<double>(std::max(height_, peak_.max_load.value));
        frame_.addresses = static_cast<std::uint64_t>(std::ceil(highest * kHeadroom));
    }

    [[nodiscard]] std::string svg() const {
        const std::size_t rows = (colors_.legend().size() + kLegendColumns - 1) / kLegendColumns;
        const double page = kTop + kHeight + 64 + kLegendRow * static_cast<double>(rows);
        std::string svg = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"{0}\" height=\"{1}\" "
            "viewBox=\"0 0 {0} {1}\" role=\"img\">\n<title>{2}</title>\n",
            pixels(kPageWidth), pixels(page), xml_text(input_.title));
        svg += style();
        svg += fmt::format("<rect class=\"page\" width=\"{}\" height=\"{}\"/>\n", pixels(kPageWidth),
                           pixels(page));
        svg += fmt::format("<rect class=\"plot\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                           pixels(kLeft), pixels(kTop), pixels(kWidth), pixels(kHeight));
        svg += heading() + axes();
        svg += map_blocks(input_.problem, input_.offsets, input_.tags, colors_, frame_);
        svg += load() + marks() + legend();
        return svg + "</svg>\n";
    }

  private:
    [[nodiscard]] static std::string style() {
        std::string css(kStyle);
        for (std::size_t i = 0; i < kMapPalette.size(); ++i)
            css += fmt::format(".c{}{{fill:{}}}\n", i, kMapPalette.at(i));
        css += kDarkStyle;
        return "<style type=\"text/css\">" + css + "</style>\n";
    }

    [[nodiscard]] std::string heading() const {
        const double over = height_ < peak_.max_load.value ? 0 : gap_of(height_, peak_.max_load.value);
        const std::string figures = fmt::format("{} blocks, height {}, max load {}, {:.3f} % over it",
                                                grouped(input_.problem.blocks.size()), format_bytes(height_),
                                                format_bytes(peak_.max_load.value), 100 * over);
        return text(kLeft, 28, "start", "head", shortened(input_.title, kTitleLetters)) +
               text(kLeft, 48, "start", "faint", figures);
    }

    [[nodiscard]] std::string axes() const {
        std::string svg;
        const std::uint64_t bytes = binary_step(frame_.addresses, 8);
        for (std::uint64_t at = 0; at < frame_.addresses; at += bytes) {
            const double y = frame_.y(at);
            svg += line("grid", kLeft, y, kLeft + kWidth, y);
            svg += text(kLeft - 6, y + 4, "end", "faint", format_bytes(at));
        }
        const std::uint64_t step = decimal_step(frame_.last_moment - frame_.first_moment, 10);
        // In units of steps, so that the last one cannot wrap.
        for (std::uint64_t i = (frame_.first_moment + (step - 1)) / step; i <= frame_.last_moment / step;
             ++i) {
            const double x = frame_.x(i * step);
            svg += line("grid", x, kTop, x, kTop + kHeight + 4);
            svg += text(x, kTop + kHeight + 18, "middle", "faint", grouped(i * step));
        }
        const double below = kTop + kHeight + 36;
        svg += text(kLeft + kWidth / 2, below, "middle", "faint", "time (events)");
        svg += text(kLeft, below, "start", "faint", "tags · share of bytes × time");
        svg += text(kLeft - 6, kTop - 18, "end", "faint", "address");
        return svg;
    }

    // The line of the load as a path: every step, or of each column of pixels the largest load.
    [[nodiscard]] std::string load_path() const {
        const std::vector<planner::LoadStep> steps = planner::load_curve(input_.problem);
        std::string path;
        const auto go = [&](double x, double y) {
            path += path.empty() ? "M" + pixels(x) + " " + pixels(y) : "H" + pixels(x) + "V" + pixels(y);
        };
        if (steps.size() <= kMostSteps) {
            for (const planner::LoadStep& step : steps)
                go(frame_.x(step.moment.value), frame_.y(step.load.value));
            return path;
        }
        std::vector<Bytes> columns(static_cast<std::size_t>(kWidth));
        for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
            auto column = static_cast<std::size_t>(frame_.x(steps[i].moment.value) - kLeft);
            const double end = frame_.x(steps[i + 1].moment.value) - kLeft;
            do {
                Bytes& most = columns[std::min(column, columns.size() - 1)];
                most = std::max(most, steps[i].load);
            } while (static_cast<double>(++column) < end);
        }
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i == 0 || columns[i] != columns[i - 1])
                go(kLeft + static_cast<double>(i), frame_.y(columns[i].value));
        }
        return path + "H" + pixels(kLeft + kWidth);
    }

    [[nodiscard]] std::string load() const {
        const std::string path = load_path();
        return fmt::format(
            "<path class=\"halo\" d=\"{0}\"/>\n<path class=\"load\" d=\"{0}\"><title>load</title></path>\n",
            path);
    }

    // Height and max load, named in the margin on the right, and the peak, named above.
    [[nodiscard]] std::string marks() const {
        const double right = kLeft + kWidth;
        const double high = frame_.y(height_);
        const double max = frame_.y(peak_.max_load.value);
        std::string svg;
        const auto name = [&](double y, std::string_view style, std::string_view what, std::uint64_t bytes) {
            svg += text(right + 8, y, "start", style, what);
            svg += text(right + 8, y + 15, "start", style, format_bytes(bytes));
        };
        svg += line("height", kLeft, high, right + 5, high);
        svg += line("max", kLeft, max, right + 5, max);
        if (height_ == peak_.max_load.value) {
            name(high + 4, "marked", "height = max load", height_);
        } else {
            // Two lines each: they must not run into one another.
            const double apart = std::max(0.0, 34 - std::abs(max - high)) / 2;
            const double up = max > high ? -apart : apart;
            name(high + 4 + up, "", "height", height_);
            name(max + 4 - up, "marked", "max load", peak_.max_load.value);
        }
        const Lifetime& stretch = peak_.stretches.front();
        const double x = frame_.x(stretch.lower.value);
        svg += line("peak", x, kTop - 4, x, kTop + kHeight);
        std::string words = fmt::format("peak: {} ({} bytes) at {}", format_bytes(peak_.max_load.value),
                                        grouped(peak_.max_load.value), grouped(stretch.lower.value));
        if (peak_.stretches.size() > 1)
            words += fmt::format(", and {} times more", grouped(peak_.stretches.size() - 1));
        const double share = (x - kLeft) / kWidth;
        svg += text(x, kTop - 10, share < 0.2 ? "start" : share > 0.8 ? "end" : "middle", "marked", words);
        return svg;
    }

    [[nodiscard]] std::string legend() const {
        std::string svg;
        const double top = kTop + kHeight + 56;
        constexpr double kColumn = (kPageWidth - kLeft) / kLegendColumns;
        for (std::size_t i = 0; i < colors_.legend().size(); ++i) {
            const LegendEntry& entry = colors_.legend()[i];
            const std::size_t row = i / kLegendColumns;
            const double x = kLeft + kColumn * static_cast<double>(i % kLegendColumns);
            const double y = top + kLegendRow * static_cast<double>(row);
            svg += fmt::format(
                R"(<g><title>{}</title><rect class="c{}" x="{}" y="{}" width="12" height="12"/>)",
                xml_text(shortened(entry.text, kTitleLetters)), entry.color, pixels(x), pixels(y - 10));
            svg += text(x + 18, y, "start", "",
                        shortened(entry.text, kLegendLetters) + " · " + format_share(entry.share));
            svg += "</g>\n";
        }
        return svg;
    }

    const MapInput& input_;
    planner::Peak peak_;
    MapColors colors_;
    MapFrame frame_;
    std::uint64_t height_ = 0;
};

}  // namespace

std::string map_svg(const MapInput& input) {
    return Map(input).svg();
}

}  // namespace memo::cli
