// Training of a network (training.h).
#include "scientific/ligo/nets/training.h"

#include "scientific/ligo/nets/commit.h"
#include "scientific/ligo/nets/script_module.h"

#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/cuda.h>
#include <torch/nn/functional/loss.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>
#include <torch/version.h>

#include <cmath>
#include <ctime>
#include <filesystem>
#include <numbers>

namespace memo::ligo {

namespace {

using torch::Tensor;

constexpr int kWarmUp = 50;  // steps in which the learning rate grows
constexpr double kLargestGradient = 1;
constexpr int kLossesOf = 100;  // steps a loss of the record is the mean of

[[nodiscard]] double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

[[nodiscard]] Tensor loss_of(const Tensor& log_odds, const Tensor& targets, const Tensor& weights,
                             double positive) {
    namespace functional = torch::nn::functional;
    return functional::binary_cross_entropy_with_logits(
        log_odds, targets,
        functional::BinaryCrossEntropyWithLogitsFuncOptions().weight(weights *
                                                                     (1 + (positive - 1) * targets)));
}

}  // namespace

Result<TrainingRecord> train(const std::string& path, const TrainingOptions& options,
                             const std::string& device,
                             const std::function<bool(int step, double loss)>& progress) {
    if (const std::string wrong = options.wrong(); !wrong.empty()) return Error{wrong};
    if (device == "cuda" && !torch::cuda::is_available())
        return Error{"this LibTorch has no CUDA, or there is no GPU: use --device cpu"};
    const double begin = cpu_seconds();
    TrainingRecord record;
    record.name = std::filesystem::path(path).stem().string();
    record.options = options;
    record.commit = source_commit();
    record.torch = TORCH_VERSION;
    try {
        torch::jit::setGraphExecutorOptimize(false);  // the arithmetic of eager PyTorch, always the same
        torch::jit::Module module = make_module(options.architecture, options.examples.seed);
        const torch::Device where(device == "cuda" ? torch::kCUDA : torch::kCPU);
        module.to(where);
        std::vector<Tensor> parameters;
        for (const auto& parameter : module.parameters()) parameters.push_back(parameter);
        torch::optim::Adam adam(parameters,
                                torch::optim::AdamOptions(options.learning_rate).betas({0.9, 0.98}));
        const Examples examples(options.architecture, options.examples);
        const auto samples = static_cast<std::int64_t>(examples.samples());
        Batch batch;
        double sum = 0;
        int summed = 0;
        for (int step = 0; step < options.steps; ++step) {
            const double passed = static_cast<double>(step) / options.steps;
            const double louder =
                std::max(0.0, 1 - passed / std::max(options.loud_share, 1e-9)) * options.loud;
            examples.make(static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(options.batch),
                          static_cast<std::size_t>(options.batch), options.examples.quietest + louder, batch);
            const auto tensor = [&](std::vector<float>& values, const std::vector<std::int64_t>& shape) {
                return torch::from_blob(values.data(), shape).to(where);
            };
            const Tensor strain = tensor(batch.strain, {options.batch, 2, samples});
            const Tensor targets = tensor(batch.targets, {options.batch, options.examples.frames});
            const Tensor weights = tensor(batch.weights, {options.batch, options.examples.frames});
            static_cast<torch::optim::AdamOptions&>(adam.param_groups().front().options())
                .lr(options.learning_rate * std::min(1.0, (step + 1.0) / kWarmUp) * 0.5 *
                    (1 + std::cos(std::numbers::pi * passed)));
            const Tensor loss =
                loss_of(module.forward({strain}).toTensor(), targets, weights, options.positive);
            adam.zero_grad();
            loss.backward();
            torch::nn::utils::clip_grad_norm_(parameters, kLargestGradient);
            adam.step();
            const auto value = loss.item<double>();
            if (!std::isfinite(value)) return Error{"the loss is no number any more: lower --learning-rate"};
            sum += value;
            if (++summed == kLossesOf || step + 1 == options.steps) {
                record.losses.push_back(sum / summed);
                sum = 0;
                summed = 0;
            }
            if (!progress(step, value)) return Error{"interrupted: nothing is written"};
        }
        module.to(torch::kCPU);
        record.cpu_seconds = std::round(cpu_seconds() - begin);
        const std::string unfinished = path + ".part";
        module.save(unfinished, {{"record.json", json_of(record)}});
        std::filesystem::rename(unfinished, path);
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        return Error{path + ": " + what.substr(0, what.find('\n'))};
    } catch (const std::filesystem::filesystem_error& error) {
        return Error{path + ": " + error.code().message()};
    }
    return record;
}

}  // namespace memo::ligo
