// Finding what belongs together in a folder (openhls_design.h).
#include "scientific/hls/rtl/openhls_design.h"

#include "scientific/hls/schedule/validator.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace memo::hls {

namespace {

using Path = std::filesystem::path;

// Names of the folder's files, in order; none if it cannot be read.
std::vector<std::string> files_of(const Path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        names.push_back(at->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

// NAME of NAME.rewritten.sched.mlir and NAME.sched.mlir.
std::string name_of_schedule(std::string name) {
    for (const std::string_view end : {".mlir", ".sched", ".rewritten", "_rewritten"})
        if (name.ends_with(end)) name.resize(name.size() - end.size());
    return name;
}

// The schedule with the names that the SystemVerilog has, else the one that CIRCT wrote.
std::string find_schedule(const std::vector<std::string>& files) {
    for (const std::string_view end : {"rewritten.sched.mlir", ".sched.mlir"})
        for (const std::string& file : files)
            if (file.ends_with(end)) return file;
    return {};
}

// Arrays by name, numbers in them by index: _x_2 before _x_10.
bool naturally_less(std::string_view a, std::string_view b) {
    const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    while (!a.empty() && !b.empty()) {
        if (digit(a[0]) && digit(b[0])) {
            const auto run = [&](std::string_view& text) {
                std::size_t end = 0;
                while (end < text.size() && digit(text[end])) ++end;
                std::string_view number = text.substr(0, end);
                text.remove_prefix(end);
                number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
                return number;
            };
            const std::string_view first = run(a);
            const std::string_view second = run(b);
            if (first.size() != second.size()) return first.size() < second.size();
            if (first != second) return first < second;
            continue;
        }
        if (a[0] != b[0]) return a[0] < b[0];
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.size() < b.size();
}

// 5,4 of flopoco_fadd_5_4.sv, .vhdl or the line of imports.tcl that names it.
std::string format_in(std::string_view text) {
    for (std::size_t at = text.find("flopoco_f"); at != std::string_view::npos;
         at = text.find("flopoco_f", at + 1)) {
        std::string_view rest = text.substr(text.find('_', at + 9) + 1);
        const std::size_t middle = rest.find('_');
        const std::size_t end = rest.find('.');
        if (middle == std::string_view::npos || end == std::string_view::npos || end < middle || end > 6)
            continue;
        std::string both = std::string(rest.substr(0, middle)) + "," +
                           std::string(rest.substr(middle + 1, end - middle - 1));
        if (parse_format(both)) return both;
    }
    return {};
}

Result<Format> find_format(const Path& folder, const std::vector<std::string>& files, std::string_view given,
                           unsigned width) {
    std::string text(given);
    for (const std::string& file : files)
        if (text.empty()) text = format_in(file);
    if (text.empty())
        if (const Result<std::string> imports = read_text_file(folder / "imports.tcl"))
            text = format_in(*imports);
    if (text.empty())
        return Error{
            fmt::format("{}: no flopoco_* file tells the number format of its {} bits: say --format 5,4",
                        folder.string(), width)};
    Result<Format> format = parse_format(text);
    if (!format) return Error{"--format: " + format.error()};
    if (format->name() != fmt::format("{},{}", format->high, format->low))
        return Error{"--format: OpenHLS has floats like 5,4, not " + format->name()};
    if (static_cast<unsigned>(format->width()) != width)
        return Error{fmt::format("{}: its ports have {} bits, numbers {} have {}", folder.string(), width,
                                 format->name(), format->width())};
    return format;
}

std::string file_of_core(const std::string& core, const Format& format) {
    if (core == "fmax" || core == "frelu" || core == "fneg") return "flopoco_" + core.substr(1) + ".sv";
    return fmt::format("flopoco_{}_{}_{}.sv", core, format.high, format.low);
}

// Cycles that a core may take, and the fewest that ours do.
std::pair<std::uint32_t, std::uint32_t> cycles_of_core(const std::string& core, const Latencies& latencies) {
    if (core == "fadd" || core == "fsub") return {latencies.add, 3};
    if (core == "fmul") return {latencies.multiply, 2};
    if (core == "fdiv") return {latencies.divide, 1};
    return {latencies.compare, 1};
}

std::string find_cores(OpenHlsDesign& design, const std::vector<std::string>& files) {
    std::map<std::string, std::size_t> needed = design.module.cores;
    if (needed.contains("fmax")) needed.emplace("fcmplt", 0);
    for (const auto& [core, count] : needed) {
        const std::string file = file_of_core(core, design.shape.format);
        const bool there = std::binary_search(files.begin(), files.end(), file);
        const auto [cycles, least] = cycles_of_core(core, design.compiled.schedule.latencies);
        if (!there && core == "fsqrt") return file + " is missing, and hls has no square root";
        if (!there && cycles < least)
            return fmt::format("{} is missing, and the schedule gives it {} cycles: ours takes {}", file,
                               cycles, least);
        design.cores.push_back({core, count, cycles, there ? file : std::string()});
    }
    return {};
}

// Arguments become inputs, in the order of a sample, or constants.
std::string bind_arguments(OpenHlsDesign& design, const ImportedSchedule& imported) {
    const Arithmetic arithmetic(design.shape.format);
    const std::set<std::string> ports(design.module.inputs.begin(), design.module.inputs.end());
    for (const std::string& argument : imported.inputs) {
        const std::string name = "p_" + argument;
        if (ports.contains(name))
            design.inputs.push_back(name);
        else if (!design.module.registers.contains(name))
            return fmt::format(
                "%{} of {} is neither a port nor a register with a value of {}: are they of one design?",
                argument, design.schedule.filename().string(), design.source.filename().string());
    }
    if (design.inputs.size() != ports.size())
        return fmt::format("{} has {} inputs, {} knows {} of them", design.source.filename().string(),
                           ports.size(), design.schedule.filename().string(), design.inputs.size());
    std::sort(design.inputs.begin(), design.inputs.end(), naturally_less);
    std::map<std::string, std::uint32_t> position;
    for (const std::string& input : design.inputs)
        position.emplace(input, static_cast<std::uint32_t>(position.size()));
    Graph& graph = design.compiled.graph;
    for (Node& node : graph.nodes) {
        if (node.kind != Kind::input) continue;
        const std::string name = "p_" + imported.inputs[node.operands[0].value];
        if (const auto port = position.find(name); port != position.end()) {
            node.operands[0] = NodeId{port->second};
            continue;
        }
        node.kind = Kind::constant;
        node.operands[0] = NodeId{static_cast<std::uint32_t>(graph.constants.size())};
        graph.constants.push_back(arithmetic.decode(design.module.registers.at(name)));
        ++design.constants;
    }
    graph.inputs = design.inputs.size();
    return {};
}

std::string bind_results(OpenHlsDesign& design, const ImportedSchedule& imported) {
    for (const std::string& output : imported.outputs) {
        const auto& ports = design.module.outputs;
        const auto at = std::find(ports.begin(), ports.end(), "output_p_" + output);
        if (at == ports.end())
            return fmt::format("%{}, which {} returns, is no output of {}: are they of one design?", output,
                               design.schedule.filename().string(), design.source.filename().string());
        design.result_of.push_back(static_cast<std::uint32_t>(at - ports.begin()));
    }
    return {};
}

// create_clock … -period {10} …; 10 ns if nobody says otherwise.
double clock_of(const Path& folder) {
    constexpr double kDefault = 10;
    const Result<std::string> text = read_text_file(folder / "clock.xdc");
    const std::size_t at = text ? text->find("-period {") : std::string::npos;
    const double period = at == std::string::npos ? 0 : std::strtod(text->c_str() + at + 9, nullptr);
    return period > 0 && period < 1e6 ? period : kDefault;
}

std::size_t count_elements(const ImportedSchedule& imported) {
    std::set<std::string> elements;
    for (const std::string& core : imported.elements) elements.insert(core.substr(core.find(' ')));
    return elements.size();
}

}  // namespace

bool is_openhls_folder(const Path& folder) {
    std::error_code ignored;
    return !std::filesystem::exists(folder / "design.json", ignored) &&
           !find_schedule(files_of(folder)).empty();
}

Result<OpenHlsDesign> open_openhls(const Path& folder, std::string_view format) {
    const std::vector<std::string> files = files_of(folder);
    OpenHlsDesign design;
    const std::string schedule = find_schedule(files);
    const std::string name = name_of_schedule(schedule);
    design.schedule = folder / schedule;
    const Result<std::string> mlir = read_text_file(design.schedule);
    if (!mlir) return Error{mlir.error()};
    Result<ImportedSchedule> imported = parse_openhls(*mlir);
    if (!imported) return Error{design.schedule.string() + ": " + imported.error()};
    design.source = folder / (name + ".sv");
    if (!std::binary_search(files.begin(), files.end(), name + ".sv"))
        return Error{design.source.string() + " is missing: `openhls_compiler " + name +
                     ".mlir -v` writes it"};
    const Result<std::string> text = read_text_file(design.source);
    if (!text) return Error{text.error()};
    Result<OpenHlsModule> module = parse_openhls_module(*text);
    if (!module) return Error{design.source.string() + ": " + module.error()};
    if (module->name == "network" || module->name == "testbench")
        return Error{design.source.string() + ": the name of module " + module->name +
                     " is that of one of the harness: give the network another one"};
    design.module = std::move(*module);
    const Result<Format> numbers = find_format(folder, files, format, design.module.width);
    if (!numbers) return Error{numbers.error()};
    if (design.module.states != std::size_t{imported->schedule.interval})
        return Error{fmt::format("{} has {} states, and {} returns in cycle {}: are they of one design?",
                                 design.source.string(), design.module.states, schedule,
                                 imported->schedule.latency)};

    design.fault = find_fault(imported->graph, imported->schedule, {false});
    if (design.fault.empty()) design.fault = find_core_fault(*imported);
    design.rows = imported->elements;
    design.elements = count_elements(*imported);
    design.compiled.network.name = name;
    design.compiled.options.format = *numbers;
    design.compiled.options.clock_ns = clock_of(folder);
    design.compiled.graph = imported->graph;
    design.compiled.schedule = imported->schedule;
    design.shape.format = *numbers;
    design.shape.interval = imported->schedule.interval;
    design.shape.latency = imported->schedule.latency;
    design.shape.elements = static_cast<std::uint32_t>(design.elements);
    for (const std::string& why :
         {bind_arguments(design, *imported), bind_results(design, *imported), find_cores(design, files)})
        if (!why.empty()) return Error{folder.string() + ": " + why};
    design.shape.inputs = static_cast<std::uint32_t>(design.inputs.size());
    design.shape.outputs = static_cast<std::uint32_t>(design.module.outputs.size());
    if (design.shape.inputs == 0) return Error{folder.string() + ": the design has no inputs"};
    return design;
}

}  // namespace memo::hls
