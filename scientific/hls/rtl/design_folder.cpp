// Writes the files of a design (design_folder.h).
#include "scientific/hls/rtl/design_folder.h"

#include "scientific/hls/rtl/simulation.h"
#include "scientific/hls/rtl/sources.h"

#include <fmt/core.h>

namespace memo::hls {

namespace {

std::string exp_table_hex(const ExpModel& model) {
    std::string text;
    for (const std::uint32_t power : model.table()) text += fmt::format("{:x}\n", power);
    return text;
}

// One bit an element, the first one lowest.
std::string function_mask(const std::vector<bool>& functions) {
    std::string bits(functions.size(), '0');
    for (std::size_t element = 0; element < functions.size(); ++element)
        if (functions[element]) bits[functions.size() - 1 - element] = '1';
    return fmt::format("{}'b{}", functions.size(), bits);
}

std::string network_text(const MachineShape& shape, const ExpModel& exp) {
    return fmt::format(
        R"(// A network in hardware, written by `hls`: {format} numbers, {elements} elements, a sample every {interval} cycles,
// a result {latency} + 1 cycles after its sample was taken. program.hex says what happens when (machine.sv).
module network (
    input  logic clock,
    input  logic reset,
    output logic take,
    input  logic [{sample_top}:0] sample,
    output logic valid,
    output logic [{result_top}:0] result
);
    machine #(
        .INTERVAL({interval}),
        .LATENCY({latency}),
        .FIXED({fixed}),
        .HIGH({high}),
        .LOW({low}),
        .FACTOR({factor}),
        .W({width}),
        .ELEMENTS({elements}),
        .FUNCTIONS({functions}),
        .INPUTS({inputs}),
        .INPUT_COPIES({input_copies}),
        .OUTPUTS({outputs}),
        .OUTPUT_COPIES({output_copies}),
        .PORTS({ports}),
        .DEPTH({depth}),
        .A({address_bits}),
        .N({number_bits}),
        .V({value_bits}),
        .O({output_bits}),
        .INSTRUCTION({instruction_bits}),
        .SLOT_BITS({slot_bits}),
        .LOG2E(64'd{log2e}),
        .LN2(64'd{ln2})
    ) machine (
        .clock(clock),
        .reset(reset),
        .take(take),
        .sample(sample),
        .valid(valid),
        .result(result)
    );
endmodule
)",
        fmt::arg("format", shape.format.name()), fmt::arg("elements", shape.elements),
        fmt::arg("interval", shape.interval), fmt::arg("latency", shape.latency),
        fmt::arg("sample_top", shape.inputs * static_cast<unsigned>(shape.format.width()) - 1),
        fmt::arg("result_top", shape.outputs * static_cast<unsigned>(shape.format.width()) - 1),
        fmt::arg("fixed", shape.format.kind == Format::Kind::fixed ? 1 : 0),
        fmt::arg("high", shape.format.high), fmt::arg("low", shape.format.low),
        fmt::arg("factor", shape.format.low - shape.format.dropped), fmt::arg("width", shape.format.width()),
        fmt::arg("functions", function_mask(shape.functions)), fmt::arg("inputs", shape.inputs),
        fmt::arg("input_copies", shape.input_copies), fmt::arg("outputs", shape.outputs),
        fmt::arg("output_copies", shape.output_copies), fmt::arg("ports", shape.ports),
        fmt::arg("depth", shape.depth), fmt::arg("address_bits", shape.address_bits),
        fmt::arg("number_bits", shape.number_bits), fmt::arg("value_bits", shape.value_bits),
        fmt::arg("output_bits", shape.output_bits), fmt::arg("instruction_bits", shape.instruction_bits),
        fmt::arg("slot_bits", shape.slot_bits), fmt::arg("log2e", exp.log2e()), fmt::arg("ln2", exp.ln2()));
}

}  // namespace

std::string write_sources(const std::filesystem::path& folder, const Arithmetic& arithmetic) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return "cannot make " + folder.string() + ": " + error.message();
    for (const SourceFile& source : hardware_sources()) {
        if (source.name.starts_with(kOpenHlsCores)) continue;
        if (std::string why = write_text(folder / source.name, source.text); !why.empty()) return why;
    }
    return write_text(folder / "exp_table.hex", exp_table_hex(arithmetic.exp_model()));
}

std::string write_design(const std::filesystem::path& folder, const MachineProgram& program,
                         const Arithmetic& arithmetic) {
    if (std::string why = write_sources(folder, arithmetic); !why.empty()) return why;
    if (std::string why =
            write_text(folder / "network.sv", network_text(program.shape, arithmetic.exp_model()));
        !why.empty())
        return why;
    return write_text(folder / "program.hex", program_hex(program));
}

}  // namespace memo::hls
