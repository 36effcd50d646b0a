// ligo train: the networks, from nothing but seeds (commands.h).
#include "scientific/ligo/commands.h"
#include "scientific/ligo/nets/training.h"

#include <fmt/core.h>

#include <filesystem>

namespace memo::ligo {

namespace {

// The default training of a model, and what the command line changes of it.
[[nodiscard]] TrainingOptions changed(const TrainCommand& options, int model) {
    TrainingOptions training = training_of(model, options.seed);
    if (options.steps > 0) training.steps = options.steps;
    if (options.batch > 0) training.batch = options.batch;
    if (options.channels > 0) training.architecture.channels = options.channels;
    if (options.learning_rate > 0) training.learning_rate = options.learning_rate;
    if (options.noise_seconds > 0) training.examples.noise_seconds = options.noise_seconds;
    if (options.waveforms > 0) training.examples.waveforms = options.waveforms;
    return training;
}

}  // namespace

void add_train(CLI::App& command, TrainCommand& options) {
    command.add_option("-o,--output", options.output, "Folder for model0.pt and the others")
        ->capture_default_str();
    command
        .add_option("--seed", options.seed, "Of noise, signals and first weights; each model adds its number")
        ->capture_default_str();
    command.add_option("--models", options.models, "Which of the four")
        ->check(CLI::Range(0, kModels - 1))
        ->capture_default_str();
    command.add_option("--steps", options.steps, "Steps of the optimiser instead of the model's own");
    command.add_option("--batch", options.batch, "Examples a step");
    command.add_option("--channels", options.channels, "Width of the branches");
    command.add_option("--learning-rate", options.learning_rate, "At the start");
    command.add_option("--noise", options.noise_seconds, "Seconds of noise to draw examples from")
        ->type_name("SECONDS");
    command.add_option("--waveforms", options.waveforms, "Different binaries to draw examples from");
    command.add_option("--device", options.device, "cpu, or cuda where LibTorch has it")
        ->check(CLI::IsMember({"cpu", "cuda"}))
        ->capture_default_str();
    command.add_flag("-q,--quiet", options.quiet, "No progress, no summary");
}

int run_train(const TrainCommand& options) {
    std::error_code error;
    std::filesystem::create_directories(options.output, error);
    if (error) return say(options.output + ": " + error.message()), kFailed;
    listen_to_signals();
    for (const int model : options.models) {
        const TrainingOptions training = changed(options, model);
        if (const std::string wrong = training.wrong(); !wrong.empty()) return refuse(wrong);
        const std::string path = options.output + fmt::format("/model{}.pt", model);
        Progress bar(fmt::format("model{}", model), options.quiet);
        double mean = 1;
        const auto record = train(path, training, options.device, [&](int step, double loss) {
            mean += 0.02 * (loss - mean);
            bar.show((step + 1.0) / training.steps, fmt::format("step {} loss {:.4f}", step + 1, mean));
            return !interrupted();
        });
        if (!record) return say(record.error()), interrupted() ? kFailed : kBadUsage;
        if (!options.quiet)
            say(fmt::format("{}: loss {:.4f} after {} steps, {:.0f} CPU seconds", path, record->losses.back(),
                            training.steps, record->cpu_seconds));
    }
    return kDone;
}

}  // namespace memo::ligo
