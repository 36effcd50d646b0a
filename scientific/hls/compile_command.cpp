// `hls compile` and `hls curve`.
#include "scientific/hls/commands.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/report.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <sstream>

namespace memo::hls {

namespace {

Result<Compiled> compile_words(const CompileWords& words) {
    const Result<CompileOptions> options = understand(words);
    if (!options) return Error{options.error()};
    const Result<Network> network = load_network(words.network);
    if (!network) return Error{network.error()};
    Result<Compiled> made = compile(*network, *options);
    if (!made) return Error{words.network + ": " + made.error()};
    return made;
}

// What is in a design folder before its hardware: what to compile again, the report, and the pictures.
std::string write_folder(const std::filesystem::path& folder, const Compiled& made) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return folder.string() + ": " + error.message();
    const std::string buffers = planner::format_problem_csv(made.buffers.table);
    for (const auto& [name, text] :
         {std::pair{"source.json", format_network(made.network)},
          std::pair{"design.json", format_options(made.options)}, std::pair{"report.txt", report_text(made)},
          std::pair{"report.json", report_json(made)}, std::pair{"buffers.csv", buffers},
          std::pair{"schedule.svg", gantt_svg(made)}})
        if (std::string wrong = write_text_file(folder / name, text); !wrong.empty()) return wrong;
    return {};
}

}  // namespace

void add_compile(CLI::App& app, Run& run) {
    struct Words {
        CompileWords compile;
        std::string output;
        bool json = false;
    };
    CLI::App* command =
        app.add_subcommand("compile", "Schedule a network, plan its memory, and write a design folder");
    const auto words = std::make_shared<Words>();
    add_compile_options(*command, words->compile);
    command->add_option("-o,--output", words->output, "Design folder; none: the report alone");
    command->add_flag("--json", words->json, "The report as JSON");
    command->callback([words, &run] {
        run = [words] {
            const Result<Compiled> made = compile_words(words->compile);
            if (!made) return refuse(made.error());
            if (!words->output.empty())
                if (const std::string wrong = write_folder(words->output, *made); !wrong.empty())
                    return fail(wrong);
            std::fputs((words->json ? report_json(*made) : report_text(*made)).c_str(), stdout);
            return kDone;
        };
    });
}

void add_curve(CLI::App& app, Run& run) {
    struct Words {
        CompileWords compile;
        std::vector<std::uint32_t> counts{64, 128, 256, 512, 1024, 1296, 2048, 4096};
    };
    CLI::App* command = app.add_subcommand("curve", "Time a sample against the number of elements, as CSV");
    const auto words = std::make_shared<Words>();
    add_compile_options(*command, words->compile);
    command->add_option("--counts", words->counts, "Numbers of elements")
        ->delimiter(',')
        ->check(CLI::Range(1U, 1U << 20));
    command->callback([words, &run] {
        run = [words] {
            std::puts(
                "elements,interval,bound,macs_bound,us_per_sample,latency,latency_us,words,max_load,seconds");
            for (const std::uint32_t elements : words->counts) {
                words->compile.options.schedule.elements = elements;
                const Result<Compiled> made = compile_words(words->compile);
                if (!made) return refuse(made.error());
                double seconds = 0;
                for (const Phase& phase : made->phases) seconds += phase.seconds;
                std::puts(fmt::format("{},{},{},{},{:.3f},{},{:.3f},{},{},{:.2f}", elements,
                                      made->schedule.interval, made->bounds.interval, made->bounds.products,
                                      made->microseconds(made->schedule.interval), made->schedule.latency,
                                      made->microseconds(made->schedule.latency), made->plan.words,
                                      made->plan.max_load, seconds)
                              .c_str());
            }
            return kDone;
        };
    });
}

}  // namespace memo::hls
