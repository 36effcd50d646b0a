// Directories in the form that OpenHLS gives them: read, judged, and, where Verilator and Icarus are
// installed, run against the model. The design here is ours: a dot product and what follows it, written by
// hand in that form.
#include "scientific/hls/rtl/agreement.h"
#include "scientific/hls/rtl/hardware_design.h"
#include "scientific/hls/rtl/icarus.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

namespace memo::hls {
namespace {

// max(relu(0.5 + a0 w0 + a1 w1), -a1 / 2) - a0: w0 is a register with the value 1.25, w1 an input.
constexpr const char* kSchedule = R"mlir(module {
  func.func @forward(%a_0: f32, %a_1: f32, %constant_w_0: f32, %constant_w_1: f32) -> f32 attributes {auxdeps = [], operatortypes = [{latency = 3 : i64, limit = 9 : i64, name = "fadd"}, {latency = 3 : i64, limit = 9 : i64, name = "fsub"}, {latency = 2 : i64, limit = 9 : i64, name = "fmul"}, {latency = 4 : i64, limit = 9 : i64, name = "fdiv"}, {latency = 2 : i64, limit = 9 : i64, name = "fmax"}, {latency = 2 : i64, limit = 9 : i64, name = "frelu"}, {latency = 2 : i64, limit = 9 : i64, name = "fneg"}, {latency = 1 : i64, limit = 9 : i64, name = "copy"}]} {
    %c = arith.constant {op_id = "0", opr = "arith.constant", pe = "(-1,)"} 5.000000e-01 : f32
    %two = arith.constant {op_id = "1", opr = "arith.constant", pe = "(-1,)"} 2.000000e+00 : f32
    %v_1 = "fmac"(%c, %a_0, %constant_w_0, %a_1, %constant_w_1) {lpStartTime = 0 : i32, op_id = "2", opr = "fmac.4", pe = "(0, 0)"} : (f32, f32, f32, f32, f32) -> f32
    %v_2 = "copy"(%v_1) {lpStartTime = 9 : i32, op_id = "3", opr = "copy", pe = "(0, 0)"} : (f32) -> f32
    %v_3 = "frelu"(%v_2) {lpStartTime = 9 : i32, op_id = "4", opr = "frelu", pe = "(0, 0)"} : (f32) -> f32
    %v_4 = "fneg"(%a_1) {lpStartTime = 0 : i32, op_id = "5", opr = "fneg", pe = "(0, 1)"} : (f32) -> f32
    %v_5 = "fdiv"(%v_4, %two) {lpStartTime = 2 : i32, op_id = "6", opr = "fdiv", pe = "(0, 1)"} : (f32, f32) -> f32
    %v_6 = "fmax"(%v_3, %v_5) {lpStartTime = 11 : i32, op_id = "7", opr = "fmax", pe = "(0, 1)"} : (f32, f32) -> f32
    %v_7 = "fsub"(%v_6, %a_0) {lpStartTime = 13 : i32, op_id = "8", opr = "fsub", pe = "(0, 1)"} : (f32, f32) -> f32
    // output_map;%v_7:_out:(0,)
    return {lpStartTime = 16 : i32} %v_7 : f32
  }
}
)mlir";

std::string states() {
    std::string text;
    for (int state = 1; state <= 17; ++state)
        text += "parameter fsm_state" + std::to_string(state) + " = " + std::to_string(state - 1) + ";\n";
    return text;
}

// An operation starts in the state after its lpStartTime, counted from 1.
std::string module_text() {
    std::string text = R"sv(`default_nettype none
module dot (
    clk,
    rst,
    p_a_0,
    p_a_1,
    p_constant_w_1,
    output_p_v_7
);
input wire clk;
input wire rst;
input wire [11:0] p_a_0;
input wire [11:0] p_a_1;
input wire [11:0] p_constant_w_1;
output wire [11:0] output_p_v_7;
reg [11:0] p_c = 12'b010011100000; // 0.5
reg [11:0] p_two = 12'b010100000000; // 2.0
reg [11:0] p_constant_w_0 = 12'b010011110100; // None
reg [11:0] p_v_2;
)sv" + states() + R"sv(
reg [4:0] now;
always @(posedge clk) now <= rst || now == 16 ? 0 : now + 1;
)sv";
    for (const std::string core : {"fadd", "fsub", "fmul", "fdiv", "fmax"})
        text += "reg [11:0] " + core + "_0_x;\nreg [11:0] " + core + "_0_y;\nwire [11:0] " + core +
                "_0_r;\n" + core + (core == "fmax" ? " #(1, 12) " : " #(1) ") + core +
                "_0(\n    .clk(clk),\n    .X(" + core + "_0_x),\n    .Y(" + core + "_0_y),\n    .R(" + core +
                "_0_r)\n);\n";
    for (const std::string core : {"frelu", "fneg"})
        text += "reg [11:0] " + core + "_0_x;\nwire [11:0] " + core + "_0_r;\n" + core + " #(1, 12) " + core +
                "_0(\n    .clk(clk),\n    .X(" + core + "_0_x),\n    .R(" + core + "_0_r)\n);\n";
    return text + R"sv(
always @(posedge clk) begin
    if (now == 0) begin fmul_0_x <= p_a_0; fmul_0_y <= p_constant_w_0; fneg_0_x <= p_a_1; end
    if (now == 2) begin fadd_0_x <= p_c; fadd_0_y <= fmul_0_r; fdiv_0_x <= fneg_0_r; fdiv_0_y <= p_two; end
    if (now == 3) begin fmul_0_x <= p_a_1; fmul_0_y <= p_constant_w_1; end
    if (now == 5) begin fadd_0_x <= fadd_0_r; fadd_0_y <= fmul_0_r; end
    if (now == 8) p_v_2 <= fadd_0_r;
    if (now == 9) frelu_0_x <= p_v_2;
    if (now == 11) begin fmax_0_x <= frelu_0_r; fmax_0_y <= fdiv_0_r; end
    if (now == 13) begin fsub_0_x <= fmax_0_r; fsub_0_y <= p_a_0; end
end
assign output_p_v_7 = fsub_0_r;
endmodule
)sv";
}

// A directory of its own, gone with the test.
class Directory {
  public:
    Directory()
        : path_(std::filesystem::temp_directory_path() / ("hls_openhls_test." + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
        write("dot.rewritten.sched.mlir", kSchedule);
        write("dot.sv", module_text());
        write("imports.tcl", "add_files -norecurse -scan_for_includes flopoco_fadd_5_4.sv -force\n");
        write("clock.xdc", "create_clock -name clk -period {5} [get_ports clk]\n");
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    void write(const std::string& name, const std::string& text) const {
        REQUIRE(write_text_file(path_ / name, text).empty());
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string error(std::string_view format = {}) const {
        const Result<HardwareDesign> design = HardwareDesign::open(path_, format);
        return design ? std::string() : design.error();
    }

  private:
    std::filesystem::path path_;
};

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    REQUIRE(text.find(what) != std::string::npos);
    return text.replace(text.find(what), what.size(), by);
}

TEST_CASE("a directory of OpenHLS is a design: ports, weights, cycles and cores are found", "[hls]") {
    const Directory directory;
    const Result<HardwareDesign> design = HardwareDesign::open(directory.path());
    INFO((design ? std::string() : design.error()));
    REQUIRE(design);
    REQUIRE(design->openhls() != nullptr);
    const OpenHlsDesign& openhls = *design->openhls();
    CHECK(openhls.fault.empty());
    CHECK(openhls.inputs == std::vector<std::string>{"p_a_0", "p_a_1", "p_constant_w_1"});
    CHECK(openhls.constants == 1);
    CHECK(openhls.elements == 2);
    CHECK(openhls.compiled.options.clock_ns == 5);
    CHECK(design->program().shape.format.name() == "5,4");
    CHECK(design->program().shape.interval == 17);
    CHECK(openhls.cores.size() == 8);  // fcmplt is a part of fmax
    RealModel model(openhls.compiled.graph);
    CHECK(model.run(std::vector<double>{2, -3, 1})[0] == -0.5);  // 0.5 + 2.5 - 3 = 0, 3 / 2
    CHECK(model.run(std::vector<double>{2, 3, 1})[0] == 4.0);
}

TEST_CASE("what a directory of OpenHLS lacks is one line that names it", "[hls]") {
    const Directory directory;
    directory.write("imports.tcl", "");
    CHECK(directory.error() ==
          directory.path().string() +
              ": no flopoco_* file tells the number format of its 12 bits: say --format 5,4");
    CHECK(directory.error("5,4").empty());
    CHECK(directory.error("5,3") ==
          directory.path().string() + ": its ports have 12 bits, numbers 5,3 have 11");
    directory.write("flopoco_fmul_5_4.sv", "");
    CHECK(directory.error().empty());
    directory.write("dot.rewritten.sched.mlir", replaced(kSchedule, "lpStartTime = 16", "lpStartTime = 17"));
    CHECK(directory.error().find("has 17 states, and dot.rewritten.sched.mlir returns in cycle 17") !=
          std::string::npos);
    directory.write("dot.rewritten.sched.mlir",
                    replaced(replaced(kSchedule, "%v_7 =", "%v_8 ="), "} %v_7", "} %v_8"));
    CHECK(directory.error().find("%v_8, which dot.rewritten.sched.mlir returns, is no output of dot.sv") !=
          std::string::npos);
    std::filesystem::remove(directory.path() / "dot.sv");
    CHECK(directory.error().find("dot.sv is missing: `openhls_compiler dot.mlir -v` writes it") !=
          std::string::npos);
    std::filesystem::remove(directory.path() / "dot.rewritten.sched.mlir");
    CHECK(directory.error().find("is no design") != std::string::npos);
}

TEST_CASE("a result of OpenHLS that its core has lost is a fault of the schedule", "[hls]") {
    Result<ImportedSchedule> made = parse_openhls(kSchedule);
    REQUIRE(made);
    CHECK(find_core_fault(*made).empty());
    // An addition that wants the core of the fmac's sums.
    const std::string addition =
        R"mlir(    %v_9 = "fadd"(%a_0, %c) {lpStartTime = 2 : i32, op_id = "9", opr = "fadd", pe = "(0, 0)"} : (f32, f32) -> f32
)mlir";
    const std::string crowded = replaced(kSchedule, "    %v_2 = ", addition + "    %v_2 = ");
    made = parse_openhls(crowded);
    REQUIRE(made);
    CHECK(find_core_fault(*made) == "%v_1 1 and %v_9 both finish in cycle 5 on core fadd (0, 0)");
    const std::string later =
        replaced(crowded, "lpStartTime = 2 : i32, op_id = \"9\"", "lpStartTime = 6 : i32, op_id = \"9\"");
    made = parse_openhls(later);
    REQUIRE(made);
    CHECK(find_core_fault(*made).empty());  // the copy has taken the sum a cycle before
    made = parse_openhls(replaced(later, "\"frelu\"(%v_2)", "\"frelu\"(%v_1)"));
    REQUIRE(made);
    CHECK(find_core_fault(*made) == "%v_1 is read in cycle 9, when its core has the next result");
}

TEST_CASE("RTL in OpenHLS's form gives the model's words under Verilator and Icarus, with cores of hls",
          "[hls][verilator]") {
    if (!has_program("verilator") || !has_program("iverilog")) {
        std::puts("skip hls: OpenHLS's RTL (verilator and iverilog are not installed)");
        return;
    }
    const Directory directory;
    Result<HardwareDesign> design = HardwareDesign::open(directory.path());
    REQUIRE(design);
    const Result<Ran> built = design->build(2, {});
    INFO((built ? std::string() : built.error()));
    REQUIRE(built);
    const Numbers samples = random_samples(200 * design->compiled().graph.inputs, 3);
    const Result<Agreement> agreement = compare(*design, samples, {}, {});
    REQUIRE(agreement);
    CHECK(agreement->first_difference.empty());
    CHECK(agreement->words == 200);
    CHECK(agreement->error_rms < 0.1);
    CHECK(agreement->run.interval == 17);
    CHECK(agreement->run.latency == 16);
    const Result<std::uint64_t> different = count_icarus_differences(*design, samples, {});
    INFO((different ? std::string() : different.error()));
    REQUIRE(different);
    CHECK(*different == 0);
}

}  // namespace
}  // namespace memo::hls
