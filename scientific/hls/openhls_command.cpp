// `hls openhls`: another compiler's schedule, judged by our rules and run on our machine.
#include "scientific/hls/buffers/buffers.h"
#include "scientific/hls/commands.h"
#include "scientific/hls/graph/openhls.h"
#include "scientific/hls/model/functional.h"
#include "scientific/hls/model/machine.h"
#include "scientific/hls/schedule/bounds.h"
#include "scientific/hls/schedule/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace memo::hls {

namespace {

int run_openhls(const std::string& file, const std::string& format_text, std::size_t samples) {
    const Result<Format> format = parse_format(format_text);
    if (!format) return refuse("--format: " + format.error());
    const Result<std::string> text = read_text_file(file);
    if (!text) return refuse(text.error());
    Result<ImportedSchedule> made = parse_openhls(*text);
    if (!made) return refuse(file + ": " + made.error());
    std::string fault = find_fault(made->graph, made->schedule, {false});
    if (fault.empty()) fault = find_core_fault(*made);
    std::puts(fmt::format("{} operations of {} inputs on {} cores, {} cycles a sample; critical path {}",
                          count_operations(made->graph), made->graph.inputs, made->schedule.elements.size(),
                          made->schedule.latency, critical_path(made->graph, made->schedule.latencies))
                  .c_str());
    if (!fault.empty()) return fail(file + ": " + fault);
    BufferProblem problem = buffer_problem(made->graph, made->schedule);
    const Result<BufferPlan> plan = plan_buffers(made->graph, problem, made->schedule);
    if (!plan) return refuse(plan.error());
    const Arithmetic arithmetic(*format);
    std::vector<Word> numbers;
    for (std::size_t k = 0; k < samples * made->graph.inputs; ++k)
        numbers.push_back(arithmetic.encode(static_cast<double>(k * 7919 % 2001) / 1000 - 1));
    const std::vector<Word> results = Machine(made->graph, made->schedule, arithmetic).run(numbers);
    WordModel model(made->graph, arithmetic);
    std::size_t different = 0;
    const std::size_t outputs = made->graph.outputs.size();
    for (std::size_t k = 0; k < samples; ++k) {
        const auto wanted = model.run(std::span(numbers).subspan(k * made->graph.inputs, made->graph.inputs));
        different += std::equal(wanted.begin(), wanted.end(),
                                results.begin() + static_cast<std::ptrdiff_t>(k * outputs))
                         ? 0
                         : 1;
    }
    std::puts(fmt::format("valid; {} words of memory (max load {}); {} samples run, {} differ", plan->words,
                          plan->max_load, samples, different)
                  .c_str());
    return different == 0 ? kDone : kFailed;
}

}  // namespace

void add_openhls(CLI::App& app, Run& run) {
    struct Words {
        std::string file;
        std::string format = "5,4";
        std::size_t samples = 100;
    };
    CLI::App* command =
        app.add_subcommand("openhls", "Validate and simulate a schedule that OpenHLS wrote (*.sched.mlir)");
    const auto words = std::make_shared<Words>();
    command->add_option("file", words->file, "Scheduled MLIR")->required();
    command->add_option("--format", words->format, "Numbers")->capture_default_str();
    command->add_option("--samples", words->samples, "To run on the cycle-accurate model")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000000));
    command->callback(
        [words, &run] { run = [words] { return run_openhls(words->file, words->format, words->samples); }; });
}

}  // namespace memo::hls
