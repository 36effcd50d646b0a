// `hls samples`, `hls verify` and `hls accuracy`: what needs samples.
#include "scientific/hls/commands.h"
#include "scientific/hls/model/functional.h"
#include "scientific/hls/model/machine.h"
#include "scientific/hls/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <sstream>

namespace memo::hls {

void add_samples(CLI::App& app, Run& run) {
    struct Words {
        std::string kind;
        std::string output;
        std::size_t count = 10000;
        std::uint64_t seed = 1;
        double photons = 200;
        double noise = 0.01;
    };
    CLI::App* command =
        app.add_subcommand("samples", "Simulate samples with known answers: Bragg peaks, or digits");
    const auto words = std::make_shared<Words>();
    command
        ->add_option(
            "kind", words->kind,
            "peaks (121 pixels, columns and rows from the middle, over 11) or digits (784 pixels, digit)")
        ->required()
        ->check(CLI::IsMember({"peaks", "digits"}));
    command->add_option("-o,--output", words->output, "File of float32 rows")->required();
    command->add_option("--count", words->count, "How many")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000'000));
    command->add_option("--seed", words->seed, "Of the random numbers")->capture_default_str();
    command->add_option("--photons", words->photons, "At the top of a peak")
        ->capture_default_str()
        ->check(CLI::Range(1.0, 1e9));
    command->add_option("--noise", words->noise, "Read-out noise, of a peak's height")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 1.0));
    command->callback([words, &run] {
        run = [words] {
            const Samples samples = words->kind == "digits" ? simulate_digits(words->count, words->seed)
                                                            : simulate_peaks(words->count, words->seed,
                                                                             words->photons, words->noise);
            const std::string wrong = write_text_file(
                words->output,
                {reinterpret_cast<const char*>(samples.rows.data()), samples.rows.size() * sizeof(float)});
            return wrong.empty() ? kDone : fail(wrong);
        };
    });
}

namespace {

// The numbers of samples as words; random ones between 0 and 1 where there is no file.
Result<std::vector<Word>> words_of(const std::string& file, std::size_t targets, std::size_t inputs,
                                   std::size_t count, const Arithmetic& arithmetic) {
    std::vector<Word> words;
    if (file.empty()) {
        std::mt19937_64 random(1);
        for (std::size_t k = 0; k < inputs * count; ++k)
            words.push_back(arithmetic.encode(static_cast<double>(random() >> 11) /
                                              static_cast<double>(std::uint64_t{1} << 53)));
        return words;
    }
    const Result<Samples> samples = read_samples(file, inputs, targets);
    if (!samples) return Error{samples.error()};
    if (samples->count() < count)
        return Error{file + ": has " + std::to_string(samples->count()) + " samples, not " +
                     std::to_string(count)};
    for (std::size_t k = 0; k < count; ++k)
        for (const float number : samples->row(k).first(inputs)) words.push_back(arithmetic.encode(number));
    return words;
}

}  // namespace

void add_verify(CLI::App& app, Run& run) {
    struct Words {
        CompileWords compile;
        std::string samples;
        std::size_t targets = 2;
        std::size_t count = 1000;
    };
    CLI::App* command = app.add_subcommand(
        "verify", "Run the schedule cycle by cycle against the functional model, bit for bit");
    const auto words = std::make_shared<Words>();
    add_compile_options(*command, words->compile);
    command->add_option("--samples", words->samples, "File of float32 rows; random numbers if none is given");
    command->add_option("--targets", words->targets, "Numbers at the end of each row that are no input")
        ->capture_default_str();
    command->add_option("--count", words->count, "How many samples")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000'000));
    command->callback([words, &run] {
        run = [words] {
            const Result<CompileOptions> options = understand(words->compile);
            if (!options) return refuse(options.error());
            const Result<Network> network = load_network(words->compile.network);
            if (!network) return refuse(network.error());
            const Result<Compiled> made = compile(*network, *options);
            if (!made) return refuse(made.error());
            const Arithmetic arithmetic(options->format);
            const auto inputs =
                words_of(words->samples, words->targets, made->graph.inputs, words->count, arithmetic);
            if (!inputs) return refuse(inputs.error());
            Machine machine(made->graph, made->schedule, arithmetic);
            WordModel model(made->graph, arithmetic);
            const std::vector<Word> results = machine.run(*inputs);
            const std::size_t outputs = made->graph.outputs.size();
            std::size_t different = 0;
            for (std::size_t sample = 0; sample < words->count; ++sample) {
                const auto wanted =
                    model.run(std::span(*inputs).subspan(sample * made->graph.inputs, made->graph.inputs));
                different += std::equal(wanted.begin(), wanted.end(),
                                        results.begin() + static_cast<std::ptrdiff_t>(sample * outputs))
                                 ? 0
                                 : 1;
            }
            std::puts(fmt::format("{} samples of {} numbers, {} cycles: {} differ from the functional model",
                                  words->count, outputs, machine.cycles(), different)
                          .c_str());
            return different == 0 ? kDone : kFailed;
        };
    });
}

namespace {

struct Errors {
    double mean = 0;     // distance from the target, or the share of wrong labels
    double median = 0;   // of the distances
    double worst95 = 0;  // the distance that 95 % are below
    double moved = 0;    // mean distance from the reference's results, or the share of other labels
};

// Distances in units of `scale`, or labels where there is one target and more outputs.
class Judge {
  public:
    Judge(const Samples& samples, std::size_t outputs, double scale)
        : samples_(samples), outputs_(outputs), scale_(scale), labels_(samples.targets == 1 && outputs > 1) {}

    [[nodiscard]] bool labels() const { return labels_; }

    [[nodiscard]] Errors judge(const std::vector<double>& results,
                               const std::vector<double>& reference) const {
        std::vector<double> distances;
        Errors errors;
        for (std::size_t k = 0; k < samples_.count(); ++k) {
            const auto result = std::span(results).subspan(k * outputs_, outputs_);
            const auto other = std::span(reference).subspan(k * outputs_, outputs_);
            const auto target = samples_.row(k).last(samples_.targets);
            if (labels_) {
                distances.push_back(best(result) == static_cast<std::ptrdiff_t>(target[0]) ? 0 : 1);
                errors.moved += best(result) == best(other) ? 0 : 1;
            } else {
                distances.push_back(distance(result, std::vector<double>(target.begin(), target.end())));
                errors.moved += distance(result, other);
            }
        }
        const auto count = static_cast<double>(distances.size());
        errors.mean = std::accumulate(distances.begin(), distances.end(), 0.0) / count;
        errors.moved /= count;
        std::sort(distances.begin(), distances.end());
        errors.median = distances[distances.size() / 2];
        errors.worst95 = distances[distances.size() * 95 / 100];
        return errors;
    }

  private:
    static std::ptrdiff_t best(std::span<const double> values) {
        return std::max_element(values.begin(), values.end()) - values.begin();
    }
    [[nodiscard]] double distance(std::span<const double> a, std::span<const double> b) const {
        double square = 0;
        for (std::size_t k = 0; k < a.size(); ++k) square += (a[k] - b[k]) * (a[k] - b[k]);
        const double length = scale_ * std::sqrt(square);
        return std::isfinite(length) ? length : 1e9;
    }

    const Samples& samples_;
    std::size_t outputs_;
    double scale_;
    bool labels_;
};

std::vector<double> real_results(const Graph& graph, const Samples& samples) {
    RealModel model(graph);
    std::vector<double> results;
    for (std::size_t k = 0; k < samples.count(); ++k) {
        const auto row = samples.row(k).first(samples.inputs);
        const auto result = model.run(std::vector<double>(row.begin(), row.end()));
        results.insert(results.end(), result.begin(), result.end());
    }
    return results;
}

std::vector<double> word_results(const Graph& graph, const Samples& samples, const Format& format) {
    const Arithmetic arithmetic(format);
    WordModel model(graph, arithmetic);
    std::vector<double> results;
    std::vector<Word> words(samples.inputs);
    for (std::size_t k = 0; k < samples.count(); ++k) {
        const auto row = samples.row(k).first(samples.inputs);
        std::transform(row.begin(), row.end(), words.begin(),
                       [&](float number) { return arithmetic.encode(number); });
        for (const Word word : model.run(words)) results.push_back(arithmetic.decode(word));
    }
    return results;
}

int run_accuracy(const std::string& network_word, const std::string& file, std::size_t targets,
                 const std::string& formats, double scale, const LowerOptions& lowering) {
    const Result<Network> network = load_network(network_word);
    if (!network) return refuse(network.error());
    const Result<Graph> graph = lower(fold_batch_norms(*network), lowering);
    if (!graph) return refuse(graph.error());
    const Result<Samples> samples = read_samples(file, graph->inputs, targets);
    if (!samples) return refuse(samples.error());
    if (targets != 1 && targets != graph->outputs.size())
        return refuse("the network has " + std::to_string(graph->outputs.size()) + " results, the samples " +
                      std::to_string(targets) + " targets");
    std::vector<Format> wanted;
    std::istringstream stream(formats);
    for (std::string text; std::getline(stream, text, ';');) {
        const Result<Format> format = parse_format(text);
        if (!format) return refuse("--formats: " + format.error());
        wanted.push_back(*format);
    }
    const Judge judge(*samples, graph->outputs.size(), scale);
    const std::vector<double> reference = real_results(*graph, *samples);
    std::puts(judge.labels() ? "format,wrong,labels_changed" : "format,mean,median,p95,moved");
    const auto put = [&](const std::string& name, const Errors& errors) {
        std::puts(judge.labels() ? fmt::format("{},{:.4f},{:.4f}", name, errors.mean, errors.moved).c_str()
                                 : fmt::format("{},{:.4f},{:.4f},{:.4f},{:.4f}", name, errors.mean,
                                               errors.median, errors.worst95, errors.moved)
                                       .c_str());
    };
    put("float64", judge.judge(reference, reference));
    for (const Format& format : wanted)
        put("\"" + format.name() + "\"", judge.judge(word_results(*graph, *samples, format), reference));
    return kDone;
}

}  // namespace

void add_accuracy(CLI::App& app, Run& run) {
    struct Words {
        std::string network;
        std::string samples;
        std::size_t targets = 2;
        std::string formats = "5,4;5,3;5,11;fixed 8,8";
        double scale = 11;
        LowerOptions lowering;
    };
    CLI::App* command =
        app.add_subcommand("accuracy", "How far number formats move a trained network's results, as CSV");
    const auto words = std::make_shared<Words>();
    command->add_option("network", words->network, "A .json file")->required();
    command->add_option("--samples", words->samples, "File of float32 rows: numbers, then targets")
        ->required();
    command->add_option("--targets", words->targets, "Targets a row; one beside several results: a label")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 20));
    command->add_option("--formats", words->formats, "Number formats, with ; between them")
        ->capture_default_str();
    command
        ->add_option("--scale", words->scale, "Distances are multiplied by it (BraggNN's are pixels over 11)")
        ->capture_default_str();
    command
        ->add_option("--longest-chain", words->lowering.longest_chain, "Products that one accumulator sums")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20));
    command->callback([words, &run] {
        run = [words] {
            return run_accuracy(words->network, words->samples, words->targets, words->formats, words->scale,
                                words->lowering);
        };
    });
}

}  // namespace memo::hls
