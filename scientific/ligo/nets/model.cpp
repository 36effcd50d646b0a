// Trained networks (model.h) and the module they are (script_module.h).
#include "scientific/ligo/nets/model.h"

#include "common/crc32c.h"
#include "scientific/ligo/nets/record.h"
#include "scientific/ligo/nets/script_module.h"
#include "scientific/ligo/strain/random.h"

#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <torch/cuda.h>
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <optional>

namespace memo::ligo {

namespace {

using torch::Tensor;

constexpr double kLowestTone = 30;  // Hz: the stem begins as tones between these two
constexpr double kHighestTone = 300;

// Parameters by name, from one stream of random numbers.
class Parameters {
  public:
    Parameters(torch::jit::Module& module, std::uint64_t seed) : module_(module), stream_(seed, 0) {}

    // Weights of a convolution, uniform within 1 / sqrt(inputs), and its bias, 0.
    void convolution(const std::string& name, std::int64_t out, std::int64_t in, std::int64_t rows,
                     std::int64_t taps) {
        const double bound = 1 / std::sqrt(static_cast<double>(in * rows * taps));
        Tensor weight = torch::empty({out, in, rows, taps});
        auto* values = weight.data_ptr<float>();
        for (std::int64_t i = 0; i < weight.numel(); ++i)
            values[i] = static_cast<float>(stream_.between(next_++, -bound, bound));
        add(name, weight);
    }
    // Tones under a window: cosine and sine of each frequency.
    void tones(const std::string& name, const Architecture& net) {
        Tensor weight = torch::empty({net.channels, net.stem_taps});
        auto* values = weight.data_ptr<float>();
        const int count = net.channels / 2;
        for (int channel = 0; channel < net.channels; ++channel) {
            const int pair = channel / 2;
            const double share = count > 1 ? static_cast<double>(pair) / (count - 1) : 0;
            const double frequency = kLowestTone * std::pow(kHighestTone / kLowestTone, share);
            double squares = 0;
            float* tone = values + static_cast<std::ptrdiff_t>(channel) * net.stem_taps;
            for (int i = 0; i < net.stem_taps; ++i) {
                const double angle = 2 * std::numbers::pi * (frequency * i / kNetRate + 0.25 * (channel % 2));
                const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * (i + 0.5) / net.stem_taps);
                tone[i] = static_cast<float>(window * std::cos(angle));
                squares += static_cast<double>(tone[i]) * static_cast<double>(tone[i]);
            }
            for (int i = 0; i < net.stem_taps; ++i) tone[i] /= static_cast<float>(std::sqrt(squares));
        }
        // By sample of a stride, and by stride: what stem() wants.
        add(name, weight.reshape({net.channels, net.stem_taps / net.stride, net.stride})
                      .permute({0, 2, 1})
                      .unsqueeze(2)
                      .contiguous());
    }

  private:
    void add(const std::string& name, const Tensor& weight) {
        module_.register_parameter(name + "_weight", weight.set_requires_grad(true), false);
        module_.register_parameter(name + "_bias", torch::zeros({weight.size(0)}).set_requires_grad(true),
                                   false);
    }

    torch::jit::Module& module_;
    RandomStream stream_;
    std::uint64_t next_ = 0;
};

// The module's methods. Tensors are [examples, channels, detectors, time].
[[nodiscard]] std::string source_of(const Architecture& net) {
    std::string source = fmt::format(
        R"(
def stem(self, x):
    count = x.size(3) // {1}
    x = x[:, 0, :, :count * {1}].unflatten(2, [count, {1}]).permute(0, 3, 1, 2)
    return torch.conv2d(x * {0}, self.stem_weight, self.stem_bias)

def gated(self, x, gate: Tensor, gate_bias: Tensor, out: Tensor, out_bias: Tensor, dilation: int):
    both = torch.sigmoid(torch.conv2d(x, gate, gate_bias, [1, 1], [0, 0], [1, dilation]))
    f, g = torch.chunk(both, 2, 1)
    y = torch.conv2d(torch.addcmul(-g, f, g, value=2), out, out_bias)
    return y + x[:, :, :, x.size(3) - y.size(3):]

def join(self, x):
    x = torch.relu(torch.conv2d(x, self.join_weight, self.join_bias))
    x = torch.relu(torch.conv2d(x, self.mix_weight, self.mix_bias))
    return torch.conv2d(x, self.odds_weight, self.odds_bias).flatten(1)

)",
        kInputScale, net.stride);
    std::string forward = "def forward(self, strain):\n    x = self.stem(strain.unsqueeze(1))\n";
    std::string step =
        "def step(self, strain, past: List[Tensor]) -> Tuple[Tensor, List[Tensor]]:\n"
        "    kept: List[Tensor] = []\n"
        "    x = torch.cat([past[0], strain.unsqueeze(1)], 3)\n"
        "    kept.append(x[:, :, :, x.size(3) - past[0].size(3):])\n"
        "    x = self.stem(x)\n";
    const std::string remember =
        "    x = torch.cat([past[{0}], x], 3)\n"
        "    kept.append(x[:, :, :, x.size(3) - past[{0}].size(3):])\n";
    for (std::size_t i = 0; i < net.dilations.size(); ++i) {
        const std::string layer = fmt::format(
            "    x = self.gated(x, self.gate{0}_weight, self.gate{0}_bias, self.out{0}_weight, "
            "self.out{0}_bias, {1})\n",
            i, net.dilations[i]);
        forward += layer;
        step += fmt::format(fmt::runtime(remember), i + 1) + layer;
    }
    step += fmt::format(fmt::runtime(remember), net.dilations.size() + 1);
    return source + forward + "    return self.join(x)\n\n" + step + "    return self.join(x), kept\n";
}

// What step() begins with: silence.
[[nodiscard]] std::vector<Tensor> silence(const Architecture& net) {
    std::vector<Tensor> past = {torch::zeros({1, 1, 2, net.stem_taps - net.stride})};
    for (const int dilation : net.dilations)
        past.push_back(
            torch::zeros({1, net.channels, 2, static_cast<std::int64_t>(dilation) * (net.taps - 1)}));
    past.push_back(torch::zeros({1, net.channels, 2, net.join_taps - 1}));
    return past;
}

[[nodiscard]] Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.good() && text.empty()) return Error{path + ": cannot be read"};
    return text;
}

// Intra-operation threads would only get into each other's way: files and stretches are shared out instead.
void use_one_thread() {
    static const bool once = (at::set_num_threads(1), true);
    static_cast<void>(once);
}

}  // namespace

torch::jit::Module make_module(const Architecture& net, std::uint64_t seed) {
    use_one_thread();
    torch::jit::Module module("MergerNet");
    Parameters parameters(module, seed);
    parameters.tones("stem", net);
    for (std::size_t i = 0; i < net.dilations.size(); ++i) {
        parameters.convolution(fmt::format("gate{}", i), 2L * net.channels, net.channels, 1, net.taps);
        parameters.convolution(fmt::format("out{}", i), net.channels, net.channels, 1, 1);
    }
    parameters.convolution("join", net.joined, net.channels, 2, net.join_taps);
    parameters.convolution("mix", net.joined / 2, net.joined, 1, 1);
    parameters.convolution("odds", 1, net.joined / 2, 1, 1);
    module.define(source_of(net));
    return module;
}

struct Model::Torch {
    torch::jit::Module module;
    std::optional<torch::jit::Method> forward;
    std::optional<torch::jit::Method> step;
    torch::Device device = torch::kCPU;
};

Model::Model() : torch_(std::make_unique<Torch>()) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Result<Model> Model::load(const std::string& path, const std::string& device) {
    use_one_thread();
    const auto bytes = read_file(path);
    if (!bytes) return Error{bytes.error()};
    Model model;
    model.name_ = std::filesystem::path(path).stem().string();
    model.checksum_ = fmt::format("{:08x}", crc32c(bytes->data(), bytes->size()));
    try {
        if (device == "cuda") {
            if (!torch::cuda::is_available())
                return Error{"this LibTorch has no CUDA, or there is no GPU: use --device cpu"};
            model.torch_->device = torch::kCUDA;
        }
        torch::jit::ExtraFilesMap extra = {{"record.json", ""}};
        model.torch_->module = torch::jit::load(path, model.torch_->device, extra);
        model.record_ = extra["record.json"];
        const auto record = record_of_json(model.record_);
        if (!record) return Error{path + ": " + record.error()};
        model.architecture_ = record->options.architecture;
        model.torch_->module.eval();
        for (auto parameter : model.torch_->module.parameters()) parameter.set_requires_grad(false);
        model.torch_->module = torch::jit::freeze(model.torch_->module, std::vector<std::string>{"step"});
        model.torch_->forward = model.torch_->module.get_method("forward");
        model.torch_->step = model.torch_->module.get_method("step");
    } catch (const c10::Error& error) {
        const std::string what = error.what_without_backtrace();
        return Error{path + ": is no model of ligo train: " + what.substr(0, what.find('\n'))};
    }
    return model;
}

Track Model::run(std::span<const float> first, std::span<const float> second, std::size_t block) const {
    const c10::InferenceMode inference;
    const auto stride = static_cast<std::size_t>(architecture_.stride);
    block = std::max(block / stride, std::size_t{1}) * stride;
    // Silence before the strain fills the past, and behind it lets the last merger speak.
    const std::size_t lead = architecture_.lost_frames() * stride;
    const std::size_t tail = static_cast<std::size_t>(architecture_.lag + architecture_.width) * stride;
    const std::size_t wanted = (lead + first.size() + tail) / stride * stride;
    Track track;
    track.rate = architecture_.frame_rate();
    track.start = static_cast<double>(stride - 1) / kNetRate - architecture_.delay();
    track.log_odds.reserve(wanted / stride);
    std::vector<Tensor> past = silence(architecture_);
    for (Tensor& one : past) one = one.to(torch_->device);
    const std::span<const float> series[2] = {first, second};
    std::size_t skip = architecture_.lost_frames();
    for (std::size_t begin = 0; begin < wanted; begin += block) {
        const std::size_t count = std::min(block, wanted - begin);
        Tensor strain = torch::zeros({1, 2, static_cast<std::int64_t>(count)});
        for (std::size_t d = 0; d < 2; ++d) {
            float* to = strain.data_ptr<float>() + d * count;
            const std::size_t from = std::max(begin, lead);
            const std::size_t until = std::min(begin + count, lead + first.size());
            if (from < until)
                std::copy(series[d].begin() + static_cast<std::ptrdiff_t>(from - lead),
                          series[d].begin() + static_cast<std::ptrdiff_t>(until - lead), to + (from - begin));
        }
        torch::jit::Stack stack = {strain.to(torch_->device), c10::List<Tensor>(past)};
        const auto both = (*torch_->step)(std::move(stack)).toTuple();
        const Tensor odds = both->elements()[0].toTensor().to(torch::kCPU).contiguous();
        past = both->elements()[1].toTensorVector();
        const auto frames = static_cast<std::size_t>(odds.numel());
        const std::size_t dropped = std::min(skip, frames);
        skip -= dropped;
        track.log_odds.insert(track.log_odds.end(), odds.data_ptr<float>() + dropped,
                              odds.data_ptr<float>() + frames);
    }
    return track;
}

std::vector<float> Model::window(std::span<const float> first, std::span<const float> second) const {
    const c10::InferenceMode inference;
    Tensor strain = torch::empty({1, 2, static_cast<std::int64_t>(first.size())});
    std::copy(first.begin(), first.end(), strain.data_ptr<float>());
    std::copy(second.begin(), second.end(), strain.data_ptr<float>() + first.size());
    const Tensor odds =
        (*torch_->forward)({strain.to(torch_->device)}).toTensor().to(torch::kCPU).contiguous();
    return {odds.data_ptr<float>(), odds.data_ptr<float>() + odds.numel()};
}

Result<std::vector<Model>> load_models(const std::string& folder, const std::string& device) {
    std::error_code error;
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".pt") paths.push_back(entry.path().string());
    }
    if (error) return Error{folder + ": " + error.message() + "; make networks with ligo train"};
    if (paths.empty()) return Error{folder + ": has no networks (*.pt); make some with ligo train"};
    std::sort(paths.begin(), paths.end());
    std::vector<Model> models;
    for (const std::string& path : paths) {
        auto model = Model::load(path, device);
        if (!model) return Error{model.error()};
        models.push_back(*std::move(model));
    }
    return models;
}

}  // namespace memo::ligo
