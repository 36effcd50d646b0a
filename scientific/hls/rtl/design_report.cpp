// The table and the JSON of a design (design_report.h).
#include "scientific/hls/rtl/design_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace memo::hls {

namespace {

std::string row(std::string_view name, const std::string& value) {
    return fmt::format("  {:<22} {}\n", name, value);
}

std::uint64_t bank_words(const Schedule& schedule) {
    std::uint64_t words = 0;
    for (const std::uint32_t bank : schedule.bank_words) words += bank;
    return words;
}

std::size_t count_functions(const MachineShape& shape) {
    return static_cast<std::size_t>(std::count(shape.functions.begin(), shape.functions.end(), true));
}

nlohmann::json json_of(const Agreement& agreement) {
    return {{"vectors", agreement.vectors},
            {"samples", agreement.samples},
            {"words", agreement.words},
            {"different", agreement.different},
            {"error_rms", agreement.error_rms},
            {"error_most", agreement.error_most},
            {"latency_cycles", agreement.run.latency},
            {"interval_cycles", agreement.run.interval},
            {"simulated_cycles", agreement.run.cycles},
            {"simulation_seconds", agreement.run.seconds}};
}

}  // namespace

double default_tolerance(const Format& format) {
    return std::max(0.01, std::ldexp(4.0, format.dropped - format.low));
}

Result<std::vector<BlockResources>> synthesise_blocks(const HardwareDesign& design,
                                                      const Progress& progress) {
    const Format& format = design.arithmetic().format();
    std::map<std::string, std::string> parameters = {
        {"FIXED", format.kind == Format::Kind::fixed ? "1" : "0"},
        {"HIGH", std::to_string(format.high)},
        {"LOW", std::to_string(format.low)},
        {"FACTOR", std::to_string(format.low - format.dropped)},
        {"W", std::to_string(format.width())}};
    std::vector<BlockResources> blocks;
    const auto add = [&](const std::string& module) -> std::string {
        Result<BlockResources> block = synthesise(design.hardware(), module, parameters, progress);
        if (!block) return block.error();
        blocks.push_back(std::move(*block));
        return {};
    };
    std::string why = add("mac_element");
    if (why.empty() && count_functions(design.program().shape) != 0) {
        parameters["LOG2E"] = fmt::format("64'd{}", design.arithmetic().exp_model().log2e());
        parameters["LN2"] = fmt::format("64'd{}", design.arithmetic().exp_model().ln2());
        why = add("function_element");
    }
    if (!why.empty()) return Error{why};
    return blocks;
}

std::string table_of(const HardwareDesign& design, const DesignReport& report) {
    const Compiled& compiled = design.compiled();
    const MachineShape& shape = design.program().shape;
    const std::size_t functions = count_functions(shape);
    std::string text = fmt::format("{}, {} numbers\n", compiled.network.name, shape.format.name());
    text += row("elements",
                fmt::format("{} multiply-add, {} exp and divide", shape.elements - functions, functions));
    const SimulatorRun& run = report.agreements.front().run;
    text += row("interval",
                fmt::format("{} cycles, {:.3f} µs a sample at {} ns; simulated {}", shape.interval,
                            compiled.microseconds(shape.interval), compiled.options.clock_ns,
                            run.interval == 0 ? std::string("-") : fmt::format("{:.2f}", run.interval)));
    text += row("latency", fmt::format("{} cycles, {:.3f} µs; simulated {} with the output register",
                                       shape.latency, compiled.microseconds(shape.latency), run.latency));
    for (const Agreement& agreement : report.agreements) {
        text +=
            row("hardware = model", fmt::format("{} of {} words differ ({} {} samples)", agreement.different,
                                                agreement.words, agreement.samples, agreement.vectors));
        text += row("model against real",
                    fmt::format("{:.4f} of the results' root mean square, largest {:.4g}; tolerance {:.4f}",
                                agreement.error_rms, agreement.error_most, report.tolerance));
    }
    text += row("memories",
                fmt::format("{} words of {} bits in {} banks of {} read ports; {} of input, {} of output",
                            bank_words(compiled.schedule), shape.format.width(), shape.elements, shape.ports,
                            shape.inputs * shape.input_copies, shape.outputs * shape.output_copies));
    text += row("instructions",
                fmt::format("{} of {} bits an element, {:.2f} Mbit in all", shape.interval,
                            shape.instruction_bits, static_cast<double>(design.program_bits()) / 1e6));
    for (const BlockResources& block : report.blocks) {
        std::uint64_t dsp = 0;
        for (const auto& [name, count] : block.ultrascale)
            if (name.rfind("DSP", 0) == 0) dsp += count;
        text += row(block.module,
                    fmt::format("UltraScale+ {} LUT, {} FF, {} DSP; iCE40 {} LUT4, {} FF{}",
                                count_luts(block.ultrascale), count_flip_flops(block.ultrascale), dsp,
                                count_luts(block.ice40), count_flip_flops(block.ice40),
                                block.megahertz == 0 ? std::string(", too large to place")
                                                     : fmt::format(", {:.1f} MHz", block.megahertz)));
    }
    if (report.build.seconds != 0)
        text += row("simulator",
                    fmt::format("built in {:.1f} s, {:.1f} s of CPU, {:.0f} MiB", report.build.seconds,
                                report.build.cpu_seconds, report.build.peak_mib));
    if (run.seconds > 0)
        text += row("simulation",
                    fmt::format("{:.0f} cycles a second", static_cast<double>(run.cycles) / run.seconds));
    if (!report.picture.empty()) text += row("schedule", report.picture);
    return text;
}

nlohmann::json json_of(const HardwareDesign& design, const Ran& build) {
    const Compiled& compiled = design.compiled();
    const MachineShape& shape = design.program().shape;
    return {{"network", compiled.network.name},
            {"format", shape.format.name()},
            {"elements", shape.elements},
            {"function_elements", count_functions(shape)},
            {"clock_ns", compiled.options.clock_ns},
            {"interval", shape.interval},
            {"latency", shape.latency},
            {"microseconds_a_sample", compiled.microseconds(shape.interval)},
            {"operations", count_operations(compiled.graph)},
            {"bank_words", bank_words(compiled.schedule)},
            {"read_ports", shape.ports},
            {"instruction_bits", shape.instruction_bits},
            {"program_bits", design.program_bits()},
            {"build_seconds", build.seconds},
            {"build_cpu_seconds", build.cpu_seconds},
            {"build_peak_mib", build.peak_mib}};
}

nlohmann::json json_of(const HardwareDesign& design, const DesignReport& report) {
    nlohmann::json json = json_of(design, report.build);
    json["tolerance"] = report.tolerance;
    for (const Agreement& agreement : report.agreements) json["checks"].push_back(json_of(agreement));
    for (const BlockResources& block : report.blocks)
        json["blocks"].push_back({{"module", block.module},
                                  {"ice40", block.ice40},
                                  {"ultrascale", block.ultrascale},
                                  {"ice40_megahertz", block.megahertz}});
    return json;
}

}  // namespace memo::hls
