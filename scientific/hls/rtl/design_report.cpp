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

namespace {

// Every core once, however many there are of it.
Result<std::vector<BlockResources>> synthesise_cores(const HardwareDesign& design, const Progress& progress) {
    std::vector<BlockResources> blocks;
    std::string comparator;
    for (const OpenHlsCore& core : design.openhls()->cores)
        if (core.count == 0) comparator = core.file.empty() ? core.name + ".sv" : "../" + core.file;
    for (const OpenHlsCore& core : design.openhls()->cores) {
        if (core.count == 0) continue;
        std::string sources =
            core.file.empty() ? core.name + ".sv openhls_delay.sv float_*.sv" : "../" + core.file;
        if (core.name == "fmax") sources += " " + comparator;
        std::map<std::string, std::string> parameters;
        if (core.name == "fmax" || core.name == "frelu" || core.name == "fneg")
            parameters["WIDTH"] = std::to_string(design.program().shape.format.width());
        Result<BlockResources> block =
            synthesise(design.hardware(), sources, core.name, parameters, progress);
        if (!block) return Error{block.error()};
        blocks.push_back(std::move(*block));
    }
    return blocks;
}

// What stands in the table of a design that OpenHLS wrote, and not in that of ours.
std::string openhls_rows(const OpenHlsDesign& design) {
    std::string theirs;
    std::string ours;
    for (const OpenHlsCore& core : design.cores) {
        if (core.count != 0)
            theirs += fmt::format("{}{} {}", theirs.empty() ? "" : ", ", core.count, core.name);
        if (core.file.empty()) ours += (ours.empty() ? "" : ", ") + core.name;
    }
    const Compiled& compiled = design.compiled;
    const std::uint32_t path = critical_path(compiled.graph, compiled.schedule.latencies);
    return row("written by",
               "OpenHLS: " + design.source.filename().string() + ", " + design.schedule.filename().string()) +
           row("elements", fmt::format("{} processing elements; {}", design.elements, theirs)) +
           (ours.empty() ? std::string()
                         : row("cores by hls", ours + ": no SystemVerilog of them in the folder")) +
           row("schedule", design.fault.empty() ? "valid" : design.fault) +
           row("lower bound", fmt::format("{} cycles of latency, the critical path: {} more", path,
                                          std::int64_t{compiled.schedule.latency} - std::int64_t{path}));
}

std::size_t count_copies(const Graph& graph) {
    return count_kinds(graph)[static_cast<std::size_t>(Kind::copy)];
}

std::string our_memory_rows(const HardwareDesign& design) {
    const MachineShape& shape = design.program().shape;
    return row("memories",
               fmt::format("{} words of {} bits in {} banks of {} read ports; {} of input, {} of output",
                           bank_words(design.compiled().schedule), shape.format.width(), shape.elements,
                           shape.ports, shape.inputs * shape.input_copies,
                           shape.outputs * shape.output_copies)) +
           row("instructions",
               fmt::format("{} of {} bits an element, {:.2f} Mbit in all", shape.interval,
                           shape.instruction_bits, static_cast<double>(design.program_bits()) / 1e6));
}

}  // namespace

Result<std::vector<BlockResources>> synthesise_blocks(const HardwareDesign& design,
                                                      const Progress& progress) {
    if (design.openhls() != nullptr) return synthesise_cores(design, progress);
    const Format& format = design.arithmetic().format();
    const std::map<std::string, std::string> parameters = {
        {"FIXED", format.kind == Format::Kind::fixed ? "1" : "0"},
        {"HIGH", std::to_string(format.high)},
        {"LOW", std::to_string(format.low)},
        {"W", std::to_string(format.width())}};
    std::vector<BlockResources> blocks;
    // `own`: the parameters that this module alone has.
    const auto add = [&](const std::string& module, std::map<std::string, std::string> own) -> std::string {
        own.insert(parameters.begin(), parameters.end());
        Result<BlockResources> block = synthesise(
            design.hardware(), "float_*.sv fixed_*.sv exp_core.sv mac_element.sv function_element.sv", module,
            own, progress);
        if (!block) return block.error();
        blocks.push_back(std::move(*block));
        return {};
    };
    std::string why = add("mac_element", {{"FACTOR", std::to_string(format.low - format.dropped)}});
    if (why.empty() && count_functions(design.program().shape) != 0) {
        const auto& exp = design.arithmetic().exp_model();
        why = add("function_element",
                  {{"LOG2E", fmt::format("64'd{}", exp.log2e())}, {"LN2", fmt::format("64'd{}", exp.ln2())}});
    }
    if (!why.empty()) return Error{why};
    return blocks;
}

std::string table_of(const HardwareDesign& design, const DesignReport& report) {
    const Compiled& compiled = design.compiled();
    const MachineShape& shape = design.program().shape;
    const std::size_t functions = count_functions(shape);
    std::string text = fmt::format("{}, {} numbers\n", compiled.network.name, shape.format.name());
    const OpenHlsDesign* openhls = design.openhls();
    if (openhls != nullptr)
        text += openhls_rows(*openhls);
    else
        text += row("elements",
                    fmt::format("{} multiply-add, {} exp and divide", shape.elements - functions, functions));
    const SimulatorRun& run = report.agreements.front().run;
    text += row("interval",
                fmt::format("{} cycles, {:.3f} µs a sample at {} ns; simulated {}", shape.interval,
                            compiled.microseconds(shape.interval), compiled.options.clock_ns,
                            run.interval == 0 ? std::string("-") : fmt::format("{:.2f}", run.interval)));
    text += row("latency", fmt::format("{} cycles, {:.3f} µs; simulated {}{}", shape.latency,
                                       compiled.microseconds(shape.latency), run.latency,
                                       openhls != nullptr ? "" : " with the output register"));
    for (const Agreement& agreement : report.agreements) {
        text +=
            row("hardware = model", fmt::format("{} of {} words differ ({} {} samples)", agreement.different,
                                                agreement.words, agreement.samples, agreement.vectors));
        text += row("model against real",
                    fmt::format("{:.4f} of the results' root mean square, largest {:.4g}; tolerance {:.4f}",
                                agreement.error_rms, agreement.error_most, report.tolerance));
    }
    if (openhls != nullptr)
        text +=
            row("registers", fmt::format("{} copied values and {} weights of {} bits; {} inputs, {} outputs",
                                         count_copies(compiled.graph), openhls->constants,
                                         shape.format.width(), shape.inputs, shape.outputs));
    else
        text += our_memory_rows(design);
    for (const BlockResources& block : report.blocks) {
        std::uint64_t dsp = 0;
        for (const auto& [name, count] : block.ultrascale)
            if (name.rfind("DSP", 0) == 0) dsp += count;
        text += row(block.module,
                    fmt::format("UltraScale+ {} LUT, {} FF, {} DSP; iCE40 {} LUT4, {} FF{}",
                                count_luts(block.ultrascale), count_flip_flops(block.ultrascale), dsp,
                                count_luts(block.ice40), count_flip_flops(block.ice40),
                                !block.placed          ? std::string(", too large to place")
                                : block.megahertz == 0 ? std::string()
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
    nlohmann::json json = {{"network", compiled.network.name},
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
    if (const OpenHlsDesign* openhls = design.openhls(); openhls != nullptr) {
        json["written_by"] = "OpenHLS";
        json["schedule_fault"] = openhls->fault;
        for (const OpenHlsCore& core : openhls->cores)
            json["cores"].push_back({{"core", core.name},
                                     {"count", core.count},
                                     {"file", core.file.empty() ? "hls" : core.file}});
    }
    return json;
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
