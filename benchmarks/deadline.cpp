// A small TorchScript net, each inference timed: an ordinary program that knows nothing of us.
//
//     deadline MODULE.pt ROUNDS WARM_UP_SECONDS
//
// Images of 32 x 32, batch 1, one intra-op thread. Prints one line of JSON: nanoseconds of one inference, and
// a sum that depends on every output.
#include "histogram.h"

#include <ATen/Parallel.h>
#include <torch/script.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

namespace {

Histogram inferences;

double infer(torch::jit::Module& module, const std::vector<torch::jit::IValue>& inputs, bool counts) {
    const std::uint64_t since = now_ns();
    const at::Tensor output = module.forward(inputs).toTensor();
    if (counts) count_ns(&inferences, now_ns() - since);
    return output.data_ptr<float>()[0];
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 4) return std::fprintf(stderr, "usage: deadline MODULE.pt ROUNDS WARM_UP_SECONDS\n"), 2;
    at::set_num_threads(1);
    const c10::InferenceMode no_gradients;
    torch::jit::Module module = torch::jit::load(argv[1]);
    module.eval();
    at::manual_seed(1);
    const std::vector<torch::jit::IValue> inputs = {at::rand({1, 3, 32, 32})};

    const auto warm_up_ns = static_cast<std::uint64_t>(std::atof(argv[3]) * 1e9);
    double sum = 0;
    for (const std::uint64_t end = now_ns() + warm_up_ns; now_ns() < end;) infer(module, inputs, false);
    for (long round = std::atol(argv[2]); round > 0; --round) sum += infer(module, inputs, true);
    std::printf("{");
    print_ns("inference", &inferences);
    std::printf(", \"sum\": %.9e}\n", sum);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "deadline: %s\n", error.what());
    return 1;
}
