// The hardware of hls: what its instructions say, and, where Verilator and Icarus are installed, that it
// computes the model's words.
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/nets/nets.h"
#include "scientific/hls/rtl/agreement.h"
#include "scientific/hls/rtl/hardware_design.h"
#include "scientific/hls/rtl/icarus.h"
#include "scientific/hls/rtl/operator_check.h"
#include "scientific/hls/rtl/schedule_picture.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace memo::hls {
namespace {

// A folder of its own, gone with the test.
class Folder {
  public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("hls_rtl_test." + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// What `hls compile` leaves.
void write_design_of(const std::string& name, const char* format, std::uint32_t elements,
                     const std::filesystem::path& folder) {
    CompileOptions options;
    options.format = *parse_format(format);
    options.schedule.elements = elements;
    options.schedule.latencies = latencies_of(options.format);
    REQUIRE(write_text_file(folder / "design.json", format_options(options)).empty());
    REQUIRE(write_text_file(folder / "source.json", format_network(*make_network(name))).empty());
}

TEST_CASE("an element starts and finishes what the schedule says, and every result is given once", "[hls]") {
    const Folder folder;
    write_design_of("softmax", "5,4", 4, folder.path());
    const Result<HardwareDesign> design = HardwareDesign::open(folder.path());
    REQUIRE(design);
    const MachineProgram& program = design->program();
    std::size_t finishes = 0;
    std::size_t given = 0;
    for (const auto& instruction : program.instructions) {
        finishes += instruction.finish != 0 ? 1 : 0;
        given += instruction.give ? 1 : 0;
        CHECK(instruction.reads.size() <= program.shape.ports);
    }
    CHECK(finishes == count_operations(design->compiled().graph));
    CHECK(given == program.shape.outputs);
    const std::string hex = program_hex(program);
    CHECK(hex.size() == std::size_t{program.shape.interval} *
                            (std::size_t{program.shape.elements} *
                                 static_cast<std::size_t>(program.shape.instruction_bits) / 4 +
                             1));
}

TEST_CASE("a schedule for other latencies is refused", "[hls]") {
    const Folder folder;
    write_design_of("softmax", "5,4", 4, folder.path());
    const Result<HardwareDesign> design = HardwareDesign::open(folder.path());
    REQUIRE(design);
    const Arithmetic other(Format{Format::Kind::fixed, 8, 8});
    const auto program = make_program(design->compiled().graph, design->compiled().schedule, other);
    REQUIRE_FALSE(program);
    CHECK(program.error().find("latencies") != std::string::npos);
}

TEST_CASE("the picture of a schedule names its layers and is one SVG", "[hls]") {
    const Folder folder;
    write_design_of("softmax", "5,4", 4, folder.path());
    const Result<HardwareDesign> design = HardwareDesign::open(folder.path());
    REQUIRE(design);
    const Compiled& compiled = design->compiled();
    const std::string svg = schedule_svg(compiled.graph, compiled.schedule, "a < b", 10);
    CHECK(svg.find("a &lt; b") != std::string::npos);
    CHECK(svg.find("</svg>") == svg.size() - 7);
    CHECK(svg.find(compiled.graph.layers.at(compiled.graph[NodeId{compiled.graph.outputs[0].value}].layer)) !=
          std::string::npos);
}

TEST_CASE("a program that is missing is one line that says how to get it", "[hls]") {
    const Result<Ran> ran = run_program(".", {"no-such-simulator"}, "log");
    REQUIRE_FALSE(ran);
    CHECK(ran.error() == "no-such-simulator is not installed: `apt install no-such-simulator` brings it");
}

TEST_CASE("a program that fails is quoted by its first error", "[hls]") {
    const Folder folder;
    const Result<Ran> ran =
        run_program(folder.path(), {"sh", "-c", "echo fine; echo an error here; exit 3"}, "log");
    REQUIRE_FALSE(ran);
    CHECK(ran.error().find("failed with 3") != std::string::npos);
    CHECK(ran.error().find("an error here") != std::string::npos);
}

TEST_CASE("a network in hardware gives the model's words, bit for bit, under Verilator and Icarus",
          "[hls][verilator]") {
    if (!has_program("verilator") || !has_program("iverilog")) {
        std::puts("skip hls: hardware = model (verilator and iverilog are not installed)");
        return;
    }
    const Folder folder;
    write_design_of("softmax", "5,4", 4, folder.path());
    Result<HardwareDesign> design = HardwareDesign::open(folder.path());
    REQUIRE(design);
    const Result<Ran> built = design->build(2, {});
    INFO((built ? std::string() : built.error()));
    REQUIRE(built);
    const Numbers samples = random_samples(50 * design->compiled().graph.inputs, 3);
    const Result<Agreement> agreement = compare(*design, samples, {}, {});
    REQUIRE(agreement);
    CHECK(agreement->first_difference.empty());
    CHECK(agreement->different == 0);
    CHECK(agreement->words == 50 * design->compiled().graph.outputs.size());
    CHECK(agreement->error_rms < 0.1);
    CHECK(agreement->run.interval == design->program().shape.interval);
    CHECK(agreement->run.latency == design->program().shape.latency + 1);

    const Result<std::uint64_t> different = count_icarus_differences(*design, samples, {});
    REQUIRE(different);
    CHECK(*different == 0);
}

TEST_CASE("the operators' SystemVerilog gives the model's words", "[hls][verilator]") {
    if (!has_program("verilator")) {
        std::puts("skip hls: operators (verilator is not installed)");
        return;
    }
    const Folder folder;
    OperatorCheck check;
    check.format = *parse_format("5,3,7");
    check.random = 50000;
    const Result<OperatorReport> report = check_operators(check, folder.path());
    INFO((report ? std::string() : report.error()));
    REQUIRE(report);
    for (const OperatorRow& row : report->rows) {
        INFO(name_of(row.kind) << " " << row.first_difference);
        CHECK(row.cases == 50000);
        CHECK(row.different == 0);
    }
}

}  // namespace
}  // namespace memo::hls
