// Reports of a compilation (report.h).
#include "scientific/hls/report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace memo::hls {

std::vector<LayerSpan> layer_spans(const Compiled& made) {
    std::vector<LayerSpan> spans;
    for (const std::string& name : made.graph.layers) spans.push_back({name, 0, UINT32_MAX, 0});
    for (std::uint32_t index = 0; index < made.graph.nodes.size(); ++index) {
        const Node& node = made.graph.nodes[index];
        if (!is_operation(node.kind)) continue;
        LayerSpan& span = spans[node.layer];
        ++span.operations;
        span.begin = std::min(span.begin, made.schedule.start_of[index]);
        span.end = std::max(span.end, ready_cycle(made.graph, made.schedule, NodeId{index}));
    }
    std::erase_if(spans, [](const LayerSpan& span) { return span.operations == 0; });
    return spans;
}

namespace {

double over(double value, double bound) {
    return bound > 0 ? 100 * (value / bound - 1) : 0;
}

std::size_t count_functions(const Schedule& schedule) {
    return static_cast<std::size_t>(
        std::count(schedule.elements.begin(), schedule.elements.end(), ElementKind::function));
}

}  // namespace

std::string report_text(const Compiled& made) {
    const Schedule& schedule = made.schedule;
    const auto elements = static_cast<std::uint32_t>(schedule.elements.size());
    std::string text = fmt::format("{}: {} MACs, {} operations in the graph, numbers {}\n", made.network.name,
                                   made.macs, count_operations(made.graph), made.options.format.name());
    text += fmt::format(
        "elements   {} ({} of them for exp and divide), {} accumulators each\n", elements,
        count_functions(schedule),
        made.options.schedule.accumulators > 0 ? made.options.schedule.accumulators : schedule.latencies.add);
    if (made.options.schedule.pipelined)
        text += fmt::format(
            "interval   {} cycles = {:.3f} us a sample at {:g} ns; lower bound {} (+{:.1f} %), of the MACs "
            "alone {}\n",
            schedule.interval, made.microseconds(schedule.interval), made.options.clock_ns,
            made.bounds.interval, over(schedule.interval, made.bounds.interval), made.bounds.products);
    text += fmt::format(
        "latency    {} cycles = {:.3f} us from a sample to its result; lower bound {} (+{:.1f} %)\n",
        schedule.latency, made.microseconds(schedule.latency), made.bounds.latency,
        over(schedule.latency, made.bounds.latency));
    text += fmt::format(
        "memory     {} words of {} bits on chip, max load {} (gap {:.2f} %), {} without sharing; largest "
        "bank {}\n",
        made.plan.words, made.options.format.width(), made.plan.max_load,
        over(static_cast<double>(made.plan.words), static_cast<double>(made.plan.max_load)), made.plan.values,
        made.plan.largest);
    for (const Phase& phase : made.phases)
        text += fmt::format("{:<10} {:.2f} s, {} MiB resident\n", phase.name, phase.seconds,
                            phase.resident >> 20);
    text += fmt::format("\n{:<20} {:>10} {:>8} {:>8} {:>10}\n", "layer", "operations", "begin", "end", "us");
    for (const LayerSpan& span : layer_spans(made))
        text += fmt::format("{:<20} {:>10} {:>8} {:>8} {:>10.2f}\n", span.name, span.operations, span.begin,
                            span.end, made.microseconds(span.end - span.begin));
    return text;
}

std::string report_json(const Compiled& made) {
    using Json = nlohmann::json;
    Json phases = Json::array();
    for (const Phase& phase : made.phases)
        phases.push_back(
            {{"name", phase.name}, {"seconds", phase.seconds}, {"resident_bytes", phase.resident}});
    Json layers = Json::array();
    for (const LayerSpan& span : layer_spans(made))
        layers.push_back(
            {{"name", span.name}, {"operations", span.operations}, {"begin", span.begin}, {"end", span.end}});
    const Json object = {{"network", made.network.name},
                         {"format", made.options.format.name()},
                         {"macs", made.macs},
                         {"operations", count_operations(made.graph)},
                         {"elements", made.schedule.elements.size()},
                         {"function_elements", count_functions(made.schedule)},
                         {"pipelined", made.options.schedule.pipelined},
                         {"interval", made.schedule.interval},
                         {"interval_bound", made.bounds.interval},
                         {"macs_bound", made.bounds.products},
                         {"latency", made.schedule.latency},
                         {"latency_bound", made.bounds.latency},
                         {"clock_ns", made.options.clock_ns},
                         {"us_per_sample", made.microseconds(made.schedule.interval)},
                         {"latency_us", made.microseconds(made.schedule.latency)},
                         {"memory",
                          {{"words", made.plan.words},
                           {"max_load", made.plan.max_load},
                           {"without_sharing", made.plan.values},
                           {"largest_bank", made.plan.largest}}},
                         {"phases", phases},
                         {"layers", layers}};
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string gantt_svg(const Compiled& made) {
    constexpr std::size_t kColumns = 300;
    constexpr double kWidth = 900;
    constexpr double kRow = 20;
    constexpr double kBar = 14;
    constexpr double kLeft = 130;
    constexpr double kTop = 56;
    constexpr std::array<const char*, 6> kColours = {"#4477aa", "#ee6677", "#228833",
                                                     "#aa7722", "#0099aa", "#aa3377"};
    const std::vector<LayerSpan> spans = layer_spans(made);
    const double latency = std::max(1U, made.schedule.latency);
    std::vector<std::vector<std::size_t>> busy(made.graph.layers.size(),
                                               std::vector<std::size_t>(kColumns, 0));
    std::size_t most = 1;
    for (std::size_t index = 0; index < made.graph.nodes.size(); ++index)
        if (is_operation(made.graph.nodes[index].kind))
            most = std::max(most, ++busy[made.graph.nodes[index].layer][std::min(
                                      kColumns - 1, static_cast<std::size_t>(made.schedule.start_of[index] /
                                                                             latency * kColumns))]);
    const double bottom = kTop + kRow * static_cast<double>(spans.size());
    const auto x_of = [&](double cycle) { return kLeft + kWidth * cycle / latency; };
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" font-family=\"sans-serif\" "
        "font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        "<text x=\"10\" y=\"20\" font-size=\"16\">{}: one sample on its way through {} elements</text>\n"
        "<text x=\"10\" y=\"40\" fill=\"#555\">a row a layer, the darker the more of its operations start; a "
        "sample "
        "every {} cycles ({:.2f} us), done after {} ({:.2f} us)</text>\n",
        kLeft + kWidth + 30, bottom + 46, made.network.name, made.schedule.elements.size(),
        made.schedule.interval, made.microseconds(made.schedule.interval), made.schedule.latency,
        made.microseconds(made.schedule.latency));
    const std::uint32_t between = std::max(made.schedule.interval, made.schedule.latency / 60 + 1);
    for (std::uint64_t cycle = 0; cycle <= made.schedule.latency; cycle += between)
        svg += fmt::format(
            "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2:.1f}\" stroke=\"#dddddd\"/>\n",
            x_of(static_cast<double>(cycle)), kTop, bottom);
    std::size_t row = 0;
    for (std::size_t layer = 0; layer < made.graph.layers.size(); ++layer) {
        const auto span = std::find_if(spans.begin(), spans.end(), [&](const LayerSpan& s) {
            return s.name == made.graph.layers[layer];
        });
        if (span == spans.end()) continue;
        const char* colour = kColours[row % kColours.size()];
        const double top = kTop + kRow * static_cast<double>(row) + (kRow - kBar) / 2;
        svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 6,
                           top + 11, span->name);
        svg += fmt::format(
            "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\" "
            "fill-opacity=\"0.15\"/>\n",
            x_of(span->begin), top, std::max(1.0, x_of(span->end) - x_of(span->begin)), kBar, colour);
        for (std::size_t column = 0; column < kColumns; ++column) {
            if (busy[layer][column] == 0) continue;
            // The root: a layer with a tenth of the elements is still to be seen.
            const double share =
                std::sqrt(static_cast<double>(busy[layer][column]) / static_cast<double>(most));
            svg += fmt::format(
                "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\" "
                "fill-opacity=\"{:.2f}\"/>\n",
                kLeft + kWidth * static_cast<double>(column) / kColumns, top, kWidth / kColumns, kBar, colour,
                0.2 + 0.8 * share);
        }
        ++row;
    }
    std::uint64_t step = 1;  // 1, 2, 5, 10, …
    for (std::size_t k = 0; made.schedule.latency > 12 * step; ++k)
        step = k % 3 == 1 ? step * 5 / 2 : step * 2;
    for (std::uint64_t cycle = 0; cycle <= made.schedule.latency; cycle += step)
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                           x_of(static_cast<double>(cycle)), bottom + 16, cycle);
    svg += fmt::format(
        "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"#555\">cycle of the sample; "
        "a line when the next one begins</text>\n</svg>\n",
        kLeft + kWidth / 2, bottom + 36);
    return svg;
}

}  // namespace memo::hls
