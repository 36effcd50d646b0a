// Runs hardware, model and double precision on the same samples, and counts (agreement.h).
#include "scientific/hls/rtl/agreement.h"

#include "scientific/hls/model/functional.h"

#include <fmt/core.h>

#include <cmath>
#include <random>

namespace memo::hls {

namespace {

// Sums of squares over all results.
struct Errors {
    double of_error = 0;
    double of_value = 0;
    double most = 0;

    void add(double model, double real) {
        // A NaN or an infinity is as wrong as the value is large.
        const double error = std::isfinite(model) ? std::abs(model - real) : std::max(std::abs(real), 1.0);
        of_error += error * error;
        of_value += real * real;
        most = std::max(most, error);
    }
};

}  // namespace

Numbers random_samples(std::size_t numbers, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> uniform(-1, 1);
    Numbers samples(numbers);
    for (double& number : samples) number = uniform(random);
    return samples;
}

Result<Agreement> compare(const HardwareDesign& design, const Numbers& samples, const Numbers& expected,
                          const Progress& progress) {
    const Graph& graph = design.compiled().graph;
    const Arithmetic& arithmetic = design.arithmetic();
    std::vector<Word> words;
    words.reserve(samples.size());
    for (const double number : samples) words.push_back(arithmetic.encode(number));
    Result<SimulatorRun> run = design.simulate(words, progress);
    if (!run) return Error{run.error()};

    Agreement agreement;
    agreement.samples = run->samples;
    WordModel word_model(graph, arithmetic, design.rules());
    RealModel real_model(graph);
    Errors errors;
    const std::size_t outputs = graph.outputs.size();
    for (std::size_t sample = 0; sample < run->samples; ++sample) {
        const std::size_t from = sample * graph.inputs;
        const std::span<const Word> model = word_model.run(std::span(words).subspan(from, graph.inputs));
        const std::span<const double> real =
            expected.empty() ? real_model.run(std::span(samples).subspan(from, graph.inputs))
                             : std::span(expected).subspan(sample * outputs, outputs);
        for (std::size_t i = 0; i < outputs; ++i, ++agreement.words) {
            errors.add(arithmetic.decode(model[i]), real[i]);
            const Word hardware = run->results[sample * outputs + i];
            if (hardware == model[i]) continue;
            if (agreement.different++ == 0)
                agreement.first_difference = fmt::format("sample {}, output {}: hardware {:x}, model {:x}",
                                                         sample, i, hardware, model[i]);
        }
    }
    agreement.error_rms =
        errors.of_value == 0 ? std::sqrt(errors.of_error) : std::sqrt(errors.of_error / errors.of_value);
    agreement.error_most = errors.most;
    agreement.run = std::move(*run);
    return agreement;
}

}  // namespace memo::hls
