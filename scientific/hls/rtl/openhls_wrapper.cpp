// What the harness adds to OpenHLS's RTL: a wrapper, and the cores that are missing (openhls_design.h).
#include "scientific/hls/rtl/design_folder.h"
#include "scientific/hls/rtl/openhls_design.h"
#include "scientific/hls/rtl/simulation.h"
#include "scientific/hls/rtl/sources.h"

#include <fmt/core.h>

namespace memo::hls {

namespace {

std::string wrapper_of(const OpenHlsDesign& design) {
    const MachineShape& shape = design.shape;
    const auto width = static_cast<std::uint32_t>(shape.format.width());
    std::string connections;
    for (std::uint32_t k = 0; k < shape.inputs; ++k)
        connections +=
            fmt::format(",\n        .{}(held[{}:{}])", design.inputs[k], (k + 1) * width - 1, k * width);
    std::string wires;
    std::string results;
    for (std::uint32_t k = 0; k < shape.outputs; ++k) {
        wires += fmt::format("    wire [{}:0] raw_{};\n", width - 1, k);
        connections += fmt::format(",\n        .{}(raw_{})", design.module.outputs[k], k);
        results +=
            fmt::format("    assign result[{}:{}] = canonical(raw_{});\n", (k + 1) * width - 1, k * width, k);
    }
    return fmt::format(
        R"(// {name}, written by OpenHLS, as a network of hls: it takes a sample in the last state of every pass
// and gives the result of the one before.
module network (
    input  wire clock,
    input  wire reset,
    output wire take,
    input  wire [{sample_top}:0] sample,
    output wire valid,
    output wire [{result_top}:0] result
);
    // What means nothing in a word is 0: exponent and fraction of a zero or an infinity, signs of zeros and NaNs.
    function automatic [{top}:0] canonical(input [{top}:0] word);
        case (word[{top}:{top}-1])
            2'b01: canonical = word;
            2'b10: canonical = {{word[{top}:{top}-2], {rest}'b0}};
            default: canonical = {{word[{top}:{top}-1], {rest_and_sign}'b0}};
        endcase
    endfunction

    reg [31:0] state;
    reg full;
    reg [{sample_top}:0] held;
    assign take = state == {states} - 1;
    assign valid = full && take;
    always @(posedge clock) begin
        if (reset) begin
            state <= 0;
            full <= 0;
        end else begin
            state <= take ? 0 : state + 1;
            if (take) begin
                full <= 1;
                held <= sample;
            end
        end
    end

{wires}    {module} openhls (
        .clk(clock),
        .rst(reset){connections}
    );
{results}endmodule
)",
        fmt::arg("name", design.source.filename().string()), fmt::arg("module", design.module.name),
        fmt::arg("states", shape.interval), fmt::arg("sample_top", shape.inputs * width - 1),
        fmt::arg("result_top", shape.outputs * width - 1), fmt::arg("top", width - 1),
        fmt::arg("rest", width - 3), fmt::arg("rest_and_sign", width - 2), fmt::arg("wires", wires),
        fmt::arg("connections", connections), fmt::arg("results", results));
}

void set_default(std::string& text, const std::string& parameter, std::int64_t value) {
    const std::size_t at = text.find(" " + parameter + " = ");
    if (at == std::string::npos) return;
    const std::size_t begin = at + parameter.size() + 4;
    text.replace(begin, text.find_first_of(",\n", begin) - begin, std::to_string(value));
}

// One of openhls_cores/, with the parameters of the design as its defaults: OpenHLS sets none of them.
std::string core_text(const Format& format, const std::string& core, std::uint32_t cycles) {
    for (const SourceFile& source : hardware_sources()) {
        if (source.name != std::string(kOpenHlsCores) + core + ".sv") continue;
        std::string text(source.text);
        set_default(text, "wE", format.high);
        set_default(text, "wF", format.low);
        set_default(text, "LATENCY", cycles);
        return text;
    }
    return {};
}

}  // namespace

std::string write_openhls(const OpenHlsDesign& design, const std::filesystem::path& hardware) {
    if (std::string why = write_sources(hardware, Arithmetic(design.shape.format)); !why.empty()) return why;
    std::vector<OpenHlsCore> ours = {{"openhls_delay", 0, 0, {}}};
    for (const OpenHlsCore& core : design.cores)
        if (core.file.empty()) ours.push_back(core);
    for (const OpenHlsCore& core : ours)
        if (std::string why = write_text(hardware / (core.name + ".sv"),
                                         core_text(design.shape.format, core.name, core.cycles));
            !why.empty())
            return why;
    return write_text(hardware / "network.sv", wrapper_of(design));
}

std::vector<std::string> sources_of(const OpenHlsDesign& design) {
    std::vector<std::string> sources = {"../" + design.source.filename().string()};
    for (const OpenHlsCore& core : design.cores)
        sources.push_back(core.file.empty() ? core.name + ".sv" : "../" + core.file);
    return sources;
}

Result<std::string> fingerprint_of(const OpenHlsDesign& design) {
    std::string text = wrapper_of(design);
    for (const OpenHlsCore& core : design.cores)
        if (core.file.empty()) text += core_text(design.shape.format, core.name, core.cycles);
    std::vector<std::filesystem::path> files = {design.source};
    for (const OpenHlsCore& core : design.cores)
        if (!core.file.empty()) files.push_back(design.source.parent_path() / core.file);
    for (const std::filesystem::path& file : files) {
        const Result<std::string> part = read_text_file(file);
        if (!part) return Error{part.error()};
        text += *part;
    }
    return text;
}

}  // namespace memo::hls
