// Cells of operations, drawn (schedule_picture.h).
#include "scientific/hls/rtl/schedule_picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

namespace memo::hls {

namespace {

constexpr double kTop = 64;
constexpr double kWidth = 1000;
constexpr double kBottom = 56;
constexpr std::uint32_t kMostRows = 144;
constexpr std::uint32_t kMostColumns = 500;

// Colours that are told apart in print and by most colour-blind people (Okabe, Ito 2008), then lighter ones.
constexpr const char* kColours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9",
                                    "#8c6d31", "#999999", "#5254a3", "#b5cf6b", "#e7969c", "#17becf"};

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '<')
            result += "&lt;";
        else if (letter == '&')
            result += "&amp;";
        else
            result += letter;
    }
    return result;
}

// How often each layer starts an operation in each cell.
struct Cells {
    std::uint32_t rows;
    std::uint32_t columns;
    double elements_a_row;
    double cycles_a_column;
    std::vector<std::map<std::uint16_t, std::uint32_t>> starts;
};

Cells count_starts(const Graph& graph, const Schedule& schedule) {
    const auto elements = static_cast<std::uint32_t>(schedule.elements.size());
    Cells cells{
        std::min(elements, kMostRows), std::min(std::max(schedule.latency, 1U), kMostColumns), 0, 0, {}};
    cells.elements_a_row = static_cast<double>(elements) / cells.rows;
    cells.cycles_a_column = static_cast<double>(std::max(schedule.latency, 1U)) / cells.columns;
    cells.starts.resize(std::size_t{cells.rows} * cells.columns);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!is_operation(graph.nodes[i].kind)) continue;
        const auto row = static_cast<std::size_t>(schedule.element_of[i] / cells.elements_a_row);
        const auto column = std::min<std::size_t>(
            static_cast<std::size_t>(schedule.start_of[i] / cells.cycles_a_column), cells.columns - 1);
        ++cells.starts[row * cells.columns + column][graph.nodes[i].layer];
    }
    return cells;
}

// 1, 2, 5, 10, … so that there are no more than a dozen steps.
std::uint64_t nice_step(std::uint64_t range) {
    constexpr std::uint64_t kSteps = 12;
    for (std::uint64_t power = 1;; power *= 10)
        for (const std::uint64_t step : {power, 2 * power, 5 * power})
            if (range <= kSteps * step) return step;
}

std::string element_axis(const Schedule& schedule, const Cells& cells, double left, double row_height) {
    const double height = row_height * cells.rows;
    std::string svg;
    svg += fmt::format(
        "<text x=\"18\" y=\"{0:.1f}\" text-anchor=\"middle\" fill=\"#555\" transform=\"rotate(-90 18 "
        "{0:.1f})\">element</text>\n",
        kTop + height / 2);
    const std::uint64_t step = nice_step(schedule.elements.size());
    for (std::uint64_t element = 0; element < schedule.elements.size(); element += step)
        svg += fmt::format(
            "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 6,
            kTop + (static_cast<double>(element) / cells.elements_a_row + 0.5) * row_height + 4, element);
    return svg;
}

}  // namespace

std::string schedule_svg(const Graph& graph, const Schedule& schedule, std::string_view title,
                         double clock_ns, const std::vector<std::string>& rows) {
    const Cells cells = count_starts(graph, schedule);
    // Names are longer than numbers; there is room for them if every row is one element.
    constexpr std::size_t kMostNamed = 48;
    const bool named = !rows.empty() && rows.size() == cells.rows && rows.size() <= kMostNamed;
    const double left = named ? 150 : 64;
    const double row_height = std::clamp(480.0 / cells.rows, named ? 13.0 : 3.0, 18.0);
    const double column_width = kWidth / cells.columns;
    const double height = row_height * cells.rows;

    std::vector<std::uint16_t> layers;
    for (const auto& cell : cells.starts)
        for (const auto& entry : cell) layers.push_back(entry.first);
    std::sort(layers.begin(), layers.end());
    layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
    const auto colour_of = [&](std::uint16_t layer) {
        const auto at = std::lower_bound(layers.begin(), layers.end(), layer) - layers.begin();
        return kColours[static_cast<std::size_t>(at) % std::size(kColours)];
    };
    constexpr double kEntry = 150;
    constexpr double kLine = 18;
    const auto per_line = static_cast<std::size_t>(kWidth / kEntry);
    const std::size_t legend_lines = (layers.size() + per_line - 1) / per_line;
    const double legend = kLine * static_cast<double>(legend_lines);

    std::string svg = fmt::format(
        R"(<svg xmlns="http://www.w3.org/2000/svg" shape-rendering="crispEdges" viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="{2}" y="26" font-size="17">{3}</text>
<text x="{2}" y="46" fill="#555">{4} {10}; a sample every {5} cycles ({6:.2f} µs), done after {7} ({8:.2f} µs at {9} ns)</text>
)",
        left + kWidth + 24, kTop + height + kBottom + legend, left, escaped(title), schedule.elements.size(),
        schedule.interval, schedule.interval * clock_ns / 1000, schedule.latency,
        schedule.latency * clock_ns / 1000, clock_ns, rows.empty() ? "elements" : "cores");
    svg += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#f4f4f4\"/>\n", left, kTop,
                       kWidth, height);

    const double bar_height = row_height > 6 ? row_height - 1 : row_height;
    if (cells.elements_a_row == 1 && cells.cycles_a_column == 1)
        for (std::uint32_t node = 0; node < graph.nodes.size(); ++node) {
            if (!is_operation(graph.nodes[node].kind)) continue;
            svg += fmt::format(
                "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\" "
                "fill-opacity=\"0.3\"/>\n",
                left + schedule.start_of[node] * column_width, kTop + schedule.element_of[node] * row_height,
                latency(schedule.latencies, graph.nodes[node].kind) * column_width, bar_height,
                colour_of(graph.nodes[node].layer));
        }
    const double capacity = std::max(1.0, cells.elements_a_row * cells.cycles_a_column);
    for (std::uint32_t row = 0; row < cells.rows; ++row) {
        for (std::uint32_t column = 0; column < cells.columns; ++column) {
            const auto& cell = cells.starts[std::size_t{row} * cells.columns + column];
            if (cell.empty()) continue;
            std::uint32_t all = 0;
            for (const auto& entry : cell) all += entry.second;
            const auto most = std::max_element(
                cell.begin(), cell.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
            svg += fmt::format(
                "<rect x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\" "
                "fill-opacity=\"{:.2f}\"/>\n",
                left + column * column_width, kTop + row * row_height, column_width, bar_height,
                colour_of(most->first), std::clamp(0.25 + 0.75 * all / capacity, 0.25, 1.0));
        }
    }
    // One sample's stages.
    for (std::uint32_t cycle = schedule.interval;
         cycle < schedule.latency && schedule.latency / schedule.interval <= 12; cycle += schedule.interval)
        svg += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#333\" stroke-dasharray=\"4 "
            "3\"/>\n",
            left + cycle / cells.cycles_a_column * column_width, kTop, kTop + height);
    const std::uint64_t step = nice_step(schedule.latency);
    for (std::uint64_t cycle = 0; cycle <= schedule.latency; cycle += step)
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                           left + static_cast<double>(cycle) / cells.cycles_a_column * column_width,
                           kTop + height + 16, cycle);
    svg += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"#555\">cycle of the sample{}</text>\n",
        left + kWidth / 2, kTop + height + 34,
        schedule.latency > schedule.interval ? "; dashed: the next one begins" : "");
    if (named) {
        for (std::size_t row = 0; row < rows.size(); ++row)
            svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\" font-size=\"11\">{}</text>\n",
                               left - 6, kTop + (static_cast<double>(row) + 0.5) * row_height + 4,
                               escaped(rows[row]));
    } else {
        svg += element_axis(schedule, cells, left, row_height);
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const double x = left + kEntry * static_cast<double>(i % per_line);
        const std::size_t line = i / per_line;
        const double y = kTop + height + kBottom + kLine * static_cast<double>(line);
        const std::string name = layers[i] < graph.layers.size() ? graph.layers[layers[i]] : "?";
        svg += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" fill=\"{}\"/><text x=\"{}\" "
            "y=\"{}\">{}</text>\n",
            x, y - 10, colour_of(layers[i]), x + 17, y, escaped(name));
    }
    svg += "</svg>\n";
    return svg;
}

}  // namespace memo::hls
