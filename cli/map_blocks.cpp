// Rectangles, paths and density (cli/map_blocks.h). Edges are rounded to tenths of a pixel one by one, so
// that blocks that touch in the arena touch in the picture. Colours are classes: c0 to c24.
#include "cli/map_blocks.h"

#include "cli/map_density.h"
#include "cli/output.h"
#include "cli/xml_text.h"
#include "planner/parts.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <vector>

namespace memo::cli {

namespace {

constexpr double kSmallest = 0.5;  // pixels; what is narrower or lower is density
constexpr double kOutlined = 3;    // pixels; what is narrower or lower has no outline
constexpr std::size_t kMostTooltips = 5000;
constexpr std::size_t kTooltipBytes = std::size_t{400} * 1024;
constexpr std::size_t kMostRectangles = 12000;
constexpr std::size_t kMostRuns = 10000;

[[nodiscard]] std::int64_t tenths(double amount) {
    return std::llround(10 * amount);
}

[[nodiscard]] std::string from_tenths(std::int64_t amount) {
    const char* sign = amount < 0 ? "-" : "";
    amount = std::abs(amount);
    if (amount % 10 == 0) return fmt::format("{}{}", sign, amount / 10);
    if (amount < 10) return fmt::format("{}.{}", sign, amount);
    return fmt::format("{}{}.{}", sign, amount / 10, amount % 10);
}

// The pieces of all blocks, largest first.
[[nodiscard]] std::vector<MapRectangle> rectangles_of(const planner::Problem& problem,
                                                      std::span<const Offset> offsets,
                                                      std::span<const std::uint8_t> colors,
                                                      const MapFrame& frame) {
    std::vector<MapRectangle> rectangles;
    rectangles.reserve(problem.blocks.size());
    for (std::uint32_t i = 0; i < problem.blocks.size(); ++i) {
        planner::for_each_part(problem, i, [&](const planner::Piece& piece) {
            const std::uint64_t base = offsets[i].value;
            rectangles.push_back({frame.x(piece.life.lower.value) - frame.left,
                                  frame.y(base + piece.end.value) - frame.top,
                                  frame.x(piece.life.upper.value) - frame.left,
                                  frame.y(base + piece.begin.value) - frame.top, colors[i], i});
        });
    }
    std::stable_sort(rectangles.begin(), rectangles.end(),
                     [](const MapRectangle& a, const MapRectangle& b) { return a.area() > b.area(); });
    return rectangles;
}

// Names of slots begin with their tags: "aten::add #3".
[[nodiscard]] bool names_tag(const std::string& id, const std::string& tag) {
    return id.starts_with(tag) &&
           (id.size() == tag.size() || std::isalnum(static_cast<unsigned char>(id[tag.size()])) == 0);
}

// What a rectangle says under the mouse.
[[nodiscard]] std::string tooltip(const planner::Problem& problem, std::span<const Offset> offsets,
                                  std::span<const std::string> tags, std::uint32_t index) {
    const planner::Block& block = problem.blocks[index];
    const std::string id = problem.ids.empty() ? fmt::format("block {}", index) : problem.ids[index];
    std::string text = id;
    if (!tags[index].empty() && !names_tag(id, tags[index])) text += " (" + tags[index] + ")";
    text += fmt::format("\n{} ({} bytes)\n{} at {}", format_bytes(block.size.value), block.size.value,
                        planner::describe_lifetime(block.life), offsets[index].value);
    return xml_text(text);
}

// Four edges in tenths of a pixel on the picture.
struct Box {
    std::int64_t left;
    std::int64_t top;
    std::int64_t width;
    std::int64_t height;

    Box(const MapRectangle& one, const MapFrame& frame)
        : left(tenths(frame.left + one.left)),
          top(tenths(frame.top + one.top)),
          width(tenths(frame.left + one.right) - left),
          height(tenths(frame.top + one.bottom) - top) {}

    [[nodiscard]] bool outlined() const {
        return static_cast<double>(std::min(width, height)) >= 10 * kOutlined;
    }
    [[nodiscard]] std::string path() const {
        return "M" + from_tenths(left) + " " + from_tenths(top) + "h" + from_tenths(width) + "v" +
               from_tenths(height) + "h" + from_tenths(-width) + "z";
    }
};

using PathOfColor = std::array<std::string, kMapColors>;

void append_paths(std::string& svg, const PathOfColor& paths, const std::string& attributes) {
    for (std::size_t color = 0; color < kMapColors; ++color) {
        if (paths.at(color).empty()) continue;
        svg += fmt::format("<path class=\"c{}\"{} d=\"{}\"/>\n", color, attributes, paths.at(color));
    }
}

// The rectangles worth drawing one by one; what it leaves out is in `rest`.
[[nodiscard]] std::string drawn(const planner::Problem& problem, std::span<const Offset> offsets,
                                std::span<const std::string> tags, const MapFrame& frame,
                                std::span<const MapRectangle> rectangles, std::vector<MapRectangle>& rest) {
    std::array<std::string, 2> told;  // with tooltips: without outlines, with them
    std::array<PathOfColor, 2> paths;
    std::size_t count = 0;
    for (const MapRectangle& one : rectangles) {
        if (one.right - one.left < kSmallest || one.bottom - one.top < kSmallest ||
            count == kMostRectangles) {
            rest.push_back(one);
            continue;
        }
        const Box box(one, frame);
        const std::size_t outline = box.outlined() ? 1 : 0;
        if (count++ < kMostTooltips && told[0].size() + told[1].size() < kTooltipBytes) {
            told.at(outline) += fmt::format(
                "<rect class=\"c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
                one.color, from_tenths(box.left), from_tenths(box.top), from_tenths(box.width),
                from_tenths(box.height), tooltip(problem, offsets, tags, one.block));
        } else {
            paths.at(outline).at(one.color) += box.path();
        }
    }
    std::string svg = "<g>\n";
    append_paths(svg, paths[0], "");
    svg += told[0] + "</g>\n<g class=\"outlined\">\n";
    append_paths(svg, paths[1], "");
    return svg + told[1] + "</g>\n";
}

[[nodiscard]] std::string density(const MapFrame& frame, std::span<const MapRectangle> rectangles) {
    if (rectangles.empty()) return {};
    std::vector<DensityRun> runs;
    std::int64_t cell = 1;
    for (;; cell *= 2) {
        const auto size = static_cast<double>(cell);
        runs = density_runs(rectangles, size, static_cast<std::uint32_t>(std::ceil(frame.width / size)),
                            static_cast<std::uint32_t>(std::ceil(frame.height / size)));
        if (runs.size() <= kMostRuns || size >= frame.height) break;
    }
    std::array<PathOfColor, kDensityLevels> paths;
    for (const DensityRun& run : runs) {
        const double right = std::min(static_cast<double>((run.left + run.length) * cell), frame.width);
        const double bottom = std::min(static_cast<double>((run.row + 1) * cell), frame.height);
        const MapRectangle box{static_cast<double>(run.left * cell),
                               static_cast<double>(run.row * cell),
                               right,
                               bottom,
                               run.color,
                               0};
        paths.at(run.level).at(run.color) += Box(box, frame).path();
    }
    std::string svg = "<g>\n";
    for (std::size_t level = 0; level < kDensityLevels; ++level) {
        const bool full = level + 1 == kDensityLevels;
        append_paths(
            svg, paths.at(level),
            full ? std::string() : fmt::format(" fill-opacity=\"0.{}\"", 100 * (level + 1) / kDensityLevels));
    }
    return svg + "</g>\n";
}

}  // namespace

std::string pixels(double amount) {
    return from_tenths(tenths(amount));
}

std::string map_blocks(const planner::Problem& problem, std::span<const Offset> offsets,
                       std::span<const std::string> tags, const MapColors& colors, const MapFrame& frame) {
    const std::vector<MapRectangle> rectangles = rectangles_of(problem, offsets, colors.of_blocks(), frame);
    std::vector<MapRectangle> rest;
    const std::string large = drawn(problem, offsets, tags, frame, rectangles, rest);
    return density(frame, rest) + large;
}

}  // namespace memo::cli
