#include "scientific/hls/rtl/hardware_commands.h"

#include "scientific/hls/rtl/agreement.h"
#include "scientific/hls/rtl/design_report.h"
#include "scientific/hls/rtl/gantt.h"
#include "scientific/hls/rtl/hardware_design.h"
#include "scientific/hls/rtl/operator_check.h"
#include "scientific/hls/rtl/sample_file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <thread>

namespace memo::hls {

namespace {

constexpr int kDone = 0;
constexpr int kDiffers = 1;
constexpr int kCannot = 2;

void say(const std::string& line) {
    fmt::print(stderr, "hls: {}\n", line);
}

int refuse(const std::string& line) {
    say(line);
    return kCannot;
}

// One line that grows old on a terminal, and nothing elsewhere.
class Ticker {
  public:
    explicit Ticker(bool quiet) : shown_(!quiet && isatty(STDERR_FILENO) != 0) {}
    ~Ticker() { clear(); }
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

    Progress about(std::string what) {
        return [this, what = std::move(what)](double seconds) {
            if (shown_) fmt::print(stderr, "\r\033[K{}, {:.0f} s", what, seconds);
        };
    }
    void clear() const {
        if (shown_) fmt::print(stderr, "\r\033[K");
    }

  private:
    bool shown_;
};

struct Options {
    std::string design;
    std::string json;
    std::string input;
    std::string expected;
    std::string format;
    std::string folder = "operators";
    std::uint64_t samples = 16;
    std::uint64_t seed = 1;
    std::uint64_t random = 100000;
    double tolerance = 0;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    bool quiet = false;
    bool exhaustive = false;
    bool no_synthesis = false;
};

int write_json(const Options& options, const nlohmann::json& json) {
    if (options.json.empty()) return kDone;
    if (options.json == "-") {
        fmt::print("{}\n", json.dump(2));
        return kDone;
    }
    const std::string why = write_text_file(options.json, json.dump(2) + "\n");
    return why.empty() ? kDone : refuse(why);
}

Result<Ran> build(HardwareDesign& design, const Options& options, Ticker& ticker) {
    Result<Ran> ran = design.build(
        options.jobs,
        ticker.about(fmt::format("building {} elements with Verilator", design.program().shape.elements)));
    ticker.clear();
    return ran;
}

int run_build(const Options& options) {
    Ticker ticker(options.quiet);
    Result<HardwareDesign> design = HardwareDesign::open(options.design);
    if (!design) return refuse(design.error());
    const Result<Ran> built = build(*design, options, ticker);
    if (!built) return refuse(built.error());
    if (built->seconds == 0) {
        fmt::print("{} is up to date\n", design->hardware().string());
    } else {
        fmt::print("{}: built in {:.1f} s ({:.1f} s of CPU, {:.0f} MiB)\n", design->hardware().string(),
                   built->seconds, built->cpu_seconds, built->peak_mib);
    }
    return write_json(options, json_of(*design, *built));
}

// Samples of a file beside the design, or named; empty where there is none.
Result<Numbers> read_numbers(const std::filesystem::path& file, bool wanted, std::size_t numbers) {
    if (!wanted && !std::filesystem::exists(file)) return Numbers{};
    const Result<std::string> text = read_text_file(file);
    if (!text) return Error{text.error()};
    Result<Numbers> samples = parse_samples(*text, numbers);
    if (!samples) return Error{file.string() + ": " + samples.error()};
    if (samples->empty()) return Error{file.string() + " has no samples"};
    return samples;
}

// Random vectors always, real ones where there are any.
Result<std::vector<Agreement>> agree(const HardwareDesign& design, const Options& options, Ticker& ticker) {
    const Graph& graph = design.compiled().graph;
    const std::filesystem::path folder = design.folder();
    Result<Numbers> real =
        read_numbers(options.input.empty() ? folder / "samples.txt" : std::filesystem::path(options.input),
                     !options.input.empty(), graph.inputs);
    if (!real) return Error{real.error()};
    Result<Numbers> expected = read_numbers(
        options.expected.empty() ? folder / "expected.txt" : std::filesystem::path(options.expected),
        !options.expected.empty(), graph.outputs.size());
    if (!expected) return Error{expected.error()};
    if (!expected->empty() && real->size() / graph.inputs != expected->size() / graph.outputs.size())
        return Error{fmt::format("{} samples, and {} results are expected", real->size() / graph.inputs,
                                 expected->size() / graph.outputs.size())};

    std::vector<Agreement> agreements;
    const auto add = [&](const Numbers& samples, const Numbers& results,
                         const std::string& name) -> std::string {
        Result<Agreement> agreement = compare(design, samples, results, ticker.about("simulating " + name));
        ticker.clear();
        if (!agreement) return agreement.error();
        agreement->vectors = name;
        agreements.push_back(std::move(*agreement));
        return {};
    };
    std::string why = add(random_samples(options.samples * graph.inputs, options.seed), {}, "random");
    if (why.empty() && !real->empty()) why = add(*real, *expected, "real");
    if (!why.empty()) return Error{why};
    return agreements;
}

int judge(const std::vector<Agreement>& agreements, double tolerance) {
    int status = kDone;
    for (const Agreement& agreement : agreements) {
        if (agreement.different != 0) {
            say(fmt::format("hardware and model differ in {} of {} words: {}", agreement.different,
                            agreement.words, agreement.first_difference));
            status = kDiffers;
        }
        if (agreement.error_rms > tolerance) {
            say(fmt::format(
                "the model's error on {} samples is {:.3f} of the results' size, more than {:.3f}",
                agreement.vectors, agreement.error_rms, tolerance));
            status = kDiffers;
        }
    }
    return status;
}

int run_check(const Options& options, bool bench) {
    Ticker ticker(options.quiet);
    Result<HardwareDesign> design = HardwareDesign::open(options.design);
    if (!design) return refuse(design.error());
    const Result<Ran> built = build(*design, options, ticker);
    if (!built) return refuse(built.error());
    const Result<std::vector<Agreement>> agreements = agree(*design, options, ticker);
    if (!agreements) return refuse(agreements.error());

    DesignReport report;
    report.build = *built;
    report.agreements = *agreements;
    report.tolerance =
        options.tolerance > 0 ? options.tolerance : default_tolerance(design->arithmetic().format());
    if (bench && !options.no_synthesis) {
        Result<std::vector<BlockResources>> blocks =
            synthesise_blocks(*design, ticker.about("synthesising the elements"));
        ticker.clear();
        if (!blocks) return refuse(blocks.error());
        report.blocks = std::move(*blocks);
    }
    const Compiled& compiled = design->compiled();
    if (bench) {
        const std::string svg =
            gantt_svg(compiled.graph, compiled.schedule, compiled.network.name, compiled.options.clock_ns);
        const std::filesystem::path file = design->folder() / "schedule.svg";
        if (const std::string why = write_text_file(file, svg); !why.empty()) return refuse(why);
        report.picture = file.string();
    }
    if (options.json != "-") fmt::print("{}", table_of(*design, report));
    const int written = write_json(options, json_of(*design, report));
    return written == kDone ? judge(report.agreements, report.tolerance) : written;
}

int run_operators(const Options& options) {
    const Result<Format> format = parse_format(options.format);
    if (!format) return refuse(format.error());
    OperatorCheck check;
    check.format = *format;
    check.exhaustive = options.exhaustive;
    check.random = options.random;
    check.seed = options.seed;
    constexpr int kMostExhaustive = 14;
    if (check.exhaustive && format->width() > kMostExhaustive)
        return refuse(
            fmt::format("all pairs of {} bits are too many: leave --exhaustive out", format->width()));
    Ticker ticker(options.quiet);
    const Result<OperatorReport> report =
        check_operators(check, options.folder, ticker.about("checking operators"));
    ticker.clear();
    if (!report) return refuse(report.error());
    nlohmann::json json = {{"format", format->name()}, {"exhaustive", check.exhaustive}};
    if (options.json != "-")
        fmt::print("{:<10} {:>7} {:>12} {:>10}\n", format->name(), "cycles", "cases", "different");
    for (const OperatorRow& row : report->rows) {
        if (options.json != "-")
            fmt::print("{:<10} {:>7} {:>12} {:>10}  {}\n", name_of(row.kind), row.latency, row.cases,
                       row.different, row.first_difference);
        json["operators"].push_back({{"operator", name_of(row.kind)},
                                     {"cycles", row.latency},
                                     {"cases", row.cases},
                                     {"different", row.different}});
    }
    const int written = write_json(options, json);
    return written != kDone ? written : report->equal() ? kDone : kDiffers;
}

void add_common(CLI::App& command, Options& options) {
    command.add_option("--json", options.json,
                       "also write the figures as JSON (-: to standard output, instead)");
    command.add_flag("-q,--quiet", options.quiet, "no progress");
}

void add_design(CLI::App& command, Options& options) {
    command.add_option("DESIGN", options.design, "folder that `hls compile` wrote")->required();
    command.add_option("-j,--jobs", options.jobs, "compilers at once")->check(CLI::PositiveNumber);
    add_common(command, options);
}

void add_vectors(CLI::App& command, Options& options) {
    command.add_option("--samples", options.samples, "random samples")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    command.add_option("--seed", options.seed, "of the random samples")->capture_default_str();
    command.add_option("--input", options.input, "real samples, one a line (DESIGN/samples.txt)");
    command.add_option("--expected", options.expected,
                       "what LibTorch makes of them, one result a line (DESIGN/expected.txt; without: the "
                       "graph in double precision)");
    command.add_option(
        "--tolerance", options.tolerance,
        "largest error of the model, root mean square against that of the results (default by format)");
}

}  // namespace

void add_hardware_commands(CLI::App& app, int& status) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("build", "Write a design's SystemVerilog and build its simulator (Verilator)");
    add_design(*command, *options);
    command->callback([options, &status] { status = run_build(*options); });

    command = app.add_subcommand(
        "check", "Simulate a design: hardware = model bit for bit, model against real numbers");
    add_design(*command, *options);
    add_vectors(*command, *options);
    command->callback([options, &status] { status = run_check(*options, false); });

    command = app.add_subcommand(
        "bench", "check, and what the hardware takes: cycles, time, logic; a picture of the schedule");
    add_design(*command, *options);
    add_vectors(*command, *options);
    command->add_flag("--no-synthesis", options->no_synthesis, "leave yosys and nextpnr out");
    command->callback([options, &status] { status = run_check(*options, true); });

    command = app.add_subcommand("operators", "Check a number format's operators: SystemVerilog = model");
    command->add_option("FORMAT", options->format, "5,4 (exponent, fraction) or fixed:8,8")->required();
    command->add_flag("--exhaustive", options->exhaustive, "every pair of operands");
    command->add_option("--random", options->random, "random operands otherwise")->capture_default_str();
    command->add_option("--seed", options->seed, "of them")->capture_default_str();
    command->add_option("--folder", options->folder, "where to build")->capture_default_str();
    add_common(*command, *options);
    command->callback([options, &status] { status = run_operators(*options); });
}

}  // namespace memo::hls
