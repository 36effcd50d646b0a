// The commands that make hardware and judge it: build, check, bench and operators.
#include "scientific/hls/commands.h"
#include "scientific/hls/rtl/agreement.h"
#include "scientific/hls/rtl/design_report.h"
#include "scientific/hls/rtl/hardware_design.h"
#include "scientific/hls/rtl/icarus.h"
#include "scientific/hls/rtl/operator_check.h"
#include "scientific/hls/rtl/schedule_picture.h"
#include "scientific/hls/samples.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <thread>

namespace memo::hls {

namespace {

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
    std::uint64_t count = 16;
    std::uint64_t targets = 2;
    std::uint64_t seed = 1;
    std::uint64_t random = 100000;
    double tolerance = 0;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    bool quiet = false;
    bool exhaustive = false;
    bool no_synthesis = false;
    bool icarus = false;
};

int write_json(const Options& options, const nlohmann::json& json) {
    if (options.json.empty()) return kDone;
    if (options.json == "-") {
        fmt::print("{}\n", json.dump(2));
        return kDone;
    }
    const std::string why = write_text_file(options.json, json.dump(2) + "\n");
    return why.empty() ? kDone : fail(why);
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
    Result<HardwareDesign> design = HardwareDesign::open(options.design, options.format);
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

// The first `used` numbers of every row of a file.
Result<Numbers> read_numbers(const std::string& file, std::size_t used, std::size_t others) {
    const Result<Samples> samples = read_samples(file, used, others);
    if (!samples) return Error{samples.error()};
    Numbers numbers;
    for (std::size_t row = 0; row < samples->count(); ++row) {
        const auto first = samples->row(row).first(used);
        numbers.insert(numbers.end(), first.begin(), first.end());
    }
    return numbers;
}

// Random vectors always, real ones where there are any.
Result<std::vector<Agreement>> agree(const HardwareDesign& design, const Options& options, Ticker& ticker) {
    const Graph& graph = design.compiled().graph;
    Numbers real;
    Numbers expected;
    if (!options.input.empty()) {
        Result<Numbers> numbers = read_numbers(options.input, graph.inputs, options.targets);
        if (!numbers) return Error{numbers.error()};
        real = std::move(*numbers);
    }
    if (!options.expected.empty()) {
        Result<Numbers> numbers = read_numbers(options.expected, graph.outputs.size(), 0);
        if (!numbers) return Error{numbers.error()};
        expected = std::move(*numbers);
        const std::size_t samples = real.size() / graph.inputs;
        const std::size_t results = expected.size() / graph.outputs.size();
        if (samples != results)
            return Error{fmt::format("{} has {} results, and there are {} samples", options.expected, results,
                                     samples)};
    }
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
    std::string why = add(random_samples(options.count * graph.inputs, options.seed), {}, "random");
    if (why.empty() && !real.empty()) why = add(real, expected, "real");
    if (!why.empty()) return Error{why};
    return agreements;
}

// A few samples, as Icarus is slow. Zero words must differ.
int check_icarus(const HardwareDesign& design, const Options& options, Ticker& ticker) {
    constexpr std::uint64_t kSamples = 4;
    const std::size_t numbers = std::min(kSamples, options.count) * design.compiled().graph.inputs;
    const Result<std::uint64_t> different = count_icarus_differences(
        design, random_samples(numbers, options.seed), ticker.about("simulating with Icarus"));
    ticker.clear();
    if (!different) return refuse(different.error());
    if (*different == 0) return kDone;
    return fail(fmt::format("under Icarus, {} words differ from the model", *different));
}

int judge(const std::vector<Agreement>& agreements, double tolerance) {
    int status = kDone;
    for (const Agreement& agreement : agreements) {
        if (agreement.different != 0) {
            say(fmt::format("hardware and model differ in {} of {} words: {}", agreement.different,
                            agreement.words, agreement.first_difference));
            status = kFailed;
        }
        if (agreement.error_rms > tolerance) {
            say(fmt::format(
                "the model's error on {} samples is {:.3f} of the results' size, more than {:.3f}",
                agreement.vectors, agreement.error_rms, tolerance));
            status = kFailed;
        }
    }
    return status;
}

int run_check(const Options& options, bool bench) {
    Ticker ticker(options.quiet);
    Result<HardwareDesign> design = HardwareDesign::open(options.design, options.format);
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
            schedule_svg(compiled.graph, compiled.schedule, compiled.network.name, compiled.options.clock_ns,
                         design->openhls() != nullptr ? design->openhls()->rows : std::vector<std::string>());
        const std::filesystem::path file = design->folder() / "gantt.svg";
        if (const std::string why = write_text_file(file, svg); !why.empty()) return fail(why);
        report.picture = file.string();
    }
    if (options.json != "-") fmt::print("{}", table_of(*design, report));
    if (options.icarus)
        if (const int status = check_icarus(*design, options, ticker); status != kDone) return status;
    const int written = write_json(options, json_of(*design, report));
    if (written != kDone) return written;
    const int status = judge(report.agreements, report.tolerance);
    if (design->openhls() == nullptr || design->openhls()->fault.empty()) return status;
    return fail(design->openhls()->schedule.string() + ": " + design->openhls()->fault);
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
    return written != kDone ? written : report->equal() ? kDone : kFailed;
}

void add_common(CLI::App& command, Options& options) {
    command.add_option("--json", options.json,
                       "Write the figures as JSON too; -: to standard output, instead");
    command.add_flag("-q,--quiet", options.quiet, "No progress");
}

void add_design(CLI::App& command, Options& options) {
    command.add_option("design", options.design, "Folder that hls compile wrote, or OpenHLS")->required();
    command.add_option("--format", options.format,
                       "Numbers of a design that OpenHLS wrote, if its files do not tell: 5,4");
    command.add_option("-j,--jobs", options.jobs, "Compilers at once")->check(CLI::Range(1U, 1024U));
    add_common(command, options);
}

void add_vectors(CLI::App& command, Options& options) {
    command.add_option("--count", options.count, "Random samples")
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    command.add_option("--seed", options.seed, "Of the random samples")->capture_default_str();
    command.add_option("--samples", options.input,
                       "File of float32 rows: real samples, after the random ones");
    command.add_option("--targets", options.targets, "Numbers at the end of each row that are no input")
        ->capture_default_str();
    command.add_option("--expected", options.expected,
                       "File of float32 rows: what LibTorch makes of the real samples; without, the model is "
                       "compared with the "
                       "graph in double precision");
    command.add_flag("--icarus", options.icarus, "Run the first random samples under Icarus Verilog too");
    command.add_option("--tolerance", options.tolerance,
                       "Largest error of the model, root mean square against that of the results; by format "
                       "if none is given");
}

}  // namespace

void add_build(CLI::App& app, Run& run) {
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("build", "Write a design's SystemVerilog and build its simulator with Verilator");
    add_design(*command, *options);
    command->callback([options, &run] { run = [options] { return run_build(*options); }; });
}

void add_check(CLI::App& app, Run& run) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "check",
        "Simulate a design: hardware against the model, bit for bit, and the model against real numbers");
    add_design(*command, *options);
    add_vectors(*command, *options);
    command->callback([options, &run] { run = [options] { return run_check(*options, false); }; });
}

void add_bench(CLI::App& app, Run& run) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "bench", "What a design takes: check it, synthesise its elements, draw its schedule");
    add_design(*command, *options);
    add_vectors(*command, *options);
    command->add_flag("--no-synthesis", options->no_synthesis, "Leave yosys and nextpnr out");
    command->callback([options, &run] { run = [options] { return run_check(*options, true); }; });
}

void add_operators(CLI::App& app, Run& run) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "operators", "Check the operators of a number format: SystemVerilog against model");
    command->add_option("format", options->format, "5,4 (exponent, fraction) or 'fixed 8,8'")->required();
    command->add_flag("--exhaustive", options->exhaustive, "Every pair of operands");
    command->add_option("--random", options->random, "Random operands otherwise")->capture_default_str();
    command->add_option("--seed", options->seed, "Of the random operands")->capture_default_str();
    command->add_option("--folder", options->folder, "Where to build")->capture_default_str();
    add_common(*command, *options);
    command->callback([options, &run] { run = [options] { return run_operators(*options); }; });
}

}  // namespace memo::hls
