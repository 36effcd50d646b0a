// What yosys and nextpnr say of a block, out of their JSON (resources.h).
#include "scientific/hls/rtl/resources.h"

#include "scientific/hls/compile.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace memo::hls {

namespace {

Result<nlohmann::json> read_json(const std::filesystem::path& file) {
    const Result<std::string> text = read_text_file(file);
    if (!text) return Error{text.error()};
    const std::size_t begin = text->find('{');  // yosys warns into its own output
    auto json = nlohmann::json::parse(begin == std::string::npos ? std::string() : text->substr(begin),
                                      nullptr, false);
    if (json.is_discarded()) return Error{file.string() + " is not JSON"};
    return json;
}

// Reads the sources, sets the parameters, runs one of yosys' recipes and counts cells.
Result<CellCounts> count_cells(const std::filesystem::path& folder, const std::string& sources,
                               const std::string& module,
                               const std::map<std::string, std::string>& parameters,
                               const std::string& recipe, const std::string& family,
                               const Progress& progress) {
    std::string script = "read_verilog -sv " + sources + ";";
    for (const auto& [name, value] : parameters)
        script += fmt::format(" chparam -set {} {} {};", name, value, module);
    const std::string counts = module + "_" + family + ".json";
    script += fmt::format(" {0} -top {1}; tee -q -o {2} stat -json; write_json {1}_{3}_netlist.json", recipe,
                          module, counts, family);
    const Result<Ran> ran =
        run_program(folder, {"yosys", "-q", "-p", script}, module + "_" + family + ".log", progress);
    if (!ran) return Error{ran.error()};
    const Result<nlohmann::json> json = read_json(folder / counts);
    if (!json) return Error{json.error()};
    CellCounts cells;
    const auto design = json->find("design");
    if (design == json->end() || !design->contains("num_cells_by_type"))
        return Error{(folder / counts).string() + " has no cell counts"};
    for (const auto& [name, count] : design->at("num_cells_by_type").items())
        cells[name] = count.get<std::uint64_t>();
    return cells;
}

std::uint64_t count_of(const CellCounts& cells, std::initializer_list<std::string_view> prefixes) {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : cells)
        for (const std::string_view prefix : prefixes)
            if (std::string_view(name).starts_with(prefix)) sum += count;
    return sum;
}

}  // namespace

std::uint64_t count_luts(const CellCounts& cells) {
    return count_of(cells, {"SB_LUT", "LUT"});
}
std::uint64_t count_flip_flops(const CellCounts& cells) {
    return count_of(cells, {"SB_DFF", "FD"});
}

Result<BlockResources> synthesise(const std::filesystem::path& folder, const std::string& sources,
                                  const std::string& module,
                                  const std::map<std::string, std::string>& parameters,
                                  const Progress& progress) {
    BlockResources resources;
    resources.module = module;
    Result<CellCounts> ice40 =
        count_cells(folder, sources, module, parameters, "synth_ice40", "ice40", progress);
    if (!ice40) return Error{ice40.error()};
    resources.ice40 = std::move(*ice40);
    Result<CellCounts> ultrascale =
        count_cells(folder, sources, module, parameters, "synth_xilinx -family xcup -noiopad -flatten",
                    "ultrascale", progress);
    if (!ultrascale) return Error{ultrascale.error()};
    resources.ultrascale = std::move(*ultrascale);

    const std::string report = module + "_timing.json";
    const Result<Ran> routed = run_program(
        folder,
        {"nextpnr-ice40", "--hx8k", "--package", "ct256", "--json", module + "_ice40_netlist.json",
         "--pcf-allow-unconstrained", "--timing-allow-fail", "--freq", "100", "--quiet", "--report", report},
        module + "_timing.log", progress);
    if (!routed) {
        if (!has_program("nextpnr-ice40")) return Error{routed.error()};
        return resources;
    }
    resources.placed = true;
    const Result<nlohmann::json> timing = read_json(folder / report);
    if (!timing) return Error{timing.error()};
    if (const auto clocks = timing->find("fmax"); clocks != timing->end() && !clocks->empty())
        resources.megahertz = clocks->begin()->value("achieved", 0.0);
    return resources;
}

}  // namespace memo::hls
