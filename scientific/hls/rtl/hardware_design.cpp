// Opening, writing, building and running a design (hardware_design.h).
#include "scientific/hls/rtl/hardware_design.h"

#include "scientific/hls/rtl/design_folder.h"
#include "scientific/hls/rtl/simulation.h"

#include <nlohmann/json.hpp>

namespace memo::hls {

Result<HardwareDesign> HardwareDesign::open(const std::filesystem::path& folder, std::string_view format) {
    if (is_openhls_folder(folder)) {
        Result<OpenHlsDesign> read = open_openhls(folder, format);
        if (!read) return Error{read.error()};
        HardwareDesign design;
        design.folder_ = folder;
        design.arithmetic_ = std::make_unique<Arithmetic>(read->shape.format);
        design.program_.shape = read->shape;
        design.program_.result_of = read->result_of;
        design.openhls_ = std::make_unique<OpenHlsDesign>(std::move(*read));
        return design;
    }
    std::error_code ignored;
    if (std::filesystem::is_directory(folder, ignored) &&
        !std::filesystem::exists(folder / "design.json", ignored))
        return Error{folder.string() +
                     " is no design: it has neither design.json (hls compile -o) nor *.sched.mlir "
                     "(OpenHLS)"};
    if (!format.empty()) return Error{"--format is for designs that OpenHLS wrote; this one has its own"};
    Result<Compiled> compiled = compile_folder(folder);
    if (!compiled) return Error{compiled.error()};
    HardwareDesign design;
    design.folder_ = folder;
    design.compiled_ = std::make_unique<Compiled>(std::move(*compiled));
    design.arithmetic_ = std::make_unique<Arithmetic>(design.compiled_->options.format);
    Result<MachineProgram> program =
        make_program(design.compiled_->graph, design.compiled_->schedule, *design.arithmetic_);
    if (!program) return Error{folder.string() + ": " + program.error()};
    design.program_ = std::move(*program);
    return design;
}

std::string HardwareDesign::write() const {
    if (openhls_) return write_openhls(*openhls_, hardware());
    return write_design(hardware(), program_, *arithmetic_);
}

Result<Ran> HardwareDesign::build(unsigned jobs, const Progress& progress) {
    const std::filesystem::path finished = hardware() / "built.hex";  // what the simulator was built for
    std::error_code ignored;
    const Result<std::string> made =
        openhls_ ? fingerprint_of(*openhls_) : Result<std::string>(program_hex(program_));
    if (!made) return Error{made.error()};
    const std::string& hex = *made;
    if (std::filesystem::exists(hardware() / "build" / "Vnetwork", ignored)) {
        const Result<std::string> before = read_text_file(finished);
        if (before && *before == hex) return Ran{};
    }
    std::filesystem::remove(finished, ignored);
    if (const std::string why = write(); !why.empty()) return Error{why};
    BuildOptions options;
    options.top = "network";
    options.prefix = "network";
    options.driver = "network_main.cc";
    options.jobs = jobs;
    options.sources = sources();
    // g++ takes minutes for a file of a large design, and there are hundreds.
    constexpr std::uint32_t kMostOptimised = 256;
    options.optimise = program_.shape.elements <= kMostOptimised;
    Result<Ran> ran = build_simulator(hardware(), options, progress);
    if (!ran) return ran;
    if (const std::string why = write_text_file(finished, hex); !why.empty()) return Error{why};
    return ran;
}

Result<SimulatorRun> HardwareDesign::simulate(const std::vector<Word>& samples,
                                              const Progress& progress) const {
    const std::string width = std::to_string(program_.shape.format.width());
    if (const std::string why = write_words(hardware() / "samples.bin", samples); !why.empty())
        return Error{why};
    const Result<Ran> ran =
        run_program(hardware(),
                    {"build/Vnetwork", "samples.bin", "results.bin", width,
                     std::to_string(program_.shape.inputs), std::to_string(program_.shape.outputs)},
                    "run.json", progress);
    if (!ran) return Error{ran.error()};
    const Result<std::vector<Word>> raw = read_words(hardware() / "results.bin");
    if (!raw) return Error{raw.error()};
    const Result<std::string> text = read_text_file(hardware() / "run.json");
    if (!text) return Error{text.error()};
    const auto said = nlohmann::json::parse(*text, nullptr, false);
    const std::size_t count = samples.size() / program_.shape.inputs;
    if (said.is_discarded() || raw->size() != count * program_.shape.outputs)
        return Error{(hardware() / "results.bin").string() +
                     " is not what a simulator of this design writes"};

    SimulatorRun run;
    run.samples = count;
    run.cycles = said.value("cycles", std::uint64_t{0});
    run.latency = said.value("latency", std::uint64_t{0});
    run.interval = said.value("interval", 0.0);
    run.seconds = said.value("seconds", 0.0);
    run.results.reserve(count * program_.result_of.size());
    for (std::size_t sample = 0; sample < count; ++sample)
        for (const std::uint32_t number : program_.result_of)
            run.results.push_back((*raw)[sample * program_.shape.outputs + number]);
    return run;
}

std::vector<std::string> HardwareDesign::sources() const {
    return openhls_ ? sources_of(*openhls_) : std::vector<std::string>();
}

std::uint64_t HardwareDesign::program_bits() const {
    return std::uint64_t{program_.shape.interval} * program_.shape.elements *
           static_cast<std::uint64_t>(program_.shape.instruction_bits);
}

}  // namespace memo::hls
