// A TorchScript module served from C++, one inference a round: an ordinary program that knows nothing of us.
//
//     torchscript MODULE.pt ROUNDS
//
// Images of 224 x 224, batch 1, one intra-op thread. Prints one line that depends on every output. If
// MEMO_BENCH_ROUNDS names a file, appends a line `wall_ms cpu_ms faults rss_kb` a round to it, after the last
// one.
#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <torch/script.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

struct Round {
    double wall_ms = 0;
    double cpu_ms = 0;
    long faults = 0;
    long rss_kb = 0;
};

double process_cpu_ms() {
    timespec now = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

long minor_faults() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

long resident_kb() {
    std::ifstream file("/proc/self/statm");
    long size = 0;
    long resident = 0;
    file >> size >> resident;
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

template <typename Work>
Round measure(const Work& work) {
    using Clock = std::chrono::steady_clock;
    Round round;
    const long faults = minor_faults();
    const double cpu = process_cpu_ms();
    const auto wall = Clock::now();
    work();
    round.wall_ms = std::chrono::duration<double, std::milli>(Clock::now() - wall).count();
    round.cpu_ms = process_cpu_ms() - cpu;
    round.faults = minor_faults() - faults;
    round.rss_kb = resident_kb();
    return round;
}

void write_rounds(const std::vector<Round>& rounds) {
    const char* path = std::getenv("MEMO_BENCH_ROUNDS");
    if (path == nullptr) return;
    std::ofstream file(path, std::ios::app);
    for (const Round& round : rounds) {
        file << round.wall_ms << ' ' << round.cpu_ms << ' ' << round.faults << ' ' << round.rss_kb << '\n';
    }
}

void serve(const std::string& path, std::size_t count) {
    at::set_num_threads(1);
    at::set_num_interop_threads(1);
    const torch::NoGradGuard no_gradients;
    torch::manual_seed(1);
    torch::jit::Module module = torch::jit::load(path);
    module.eval();
    std::vector<torch::Tensor> images;
    for (int i = 0; i < 8; ++i) images.push_back(torch::rand({1, 3, 224, 224}));
    std::vector<Round> rounds;
    rounds.reserve(count);
    double total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        torch::Tensor output;
        rounds.push_back(measure([&] { output = module.forward({images[i % images.size()]}).toTensor(); }));
        total += output.abs().sum().item<double>();
    }
    std::printf("output: %zu inferences, sum %.9e\n", count, total);
    write_rounds(rounds);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: torchscript MODULE.pt ROUNDS\n";
        return 2;
    }
    try {
        serve(arguments[1], std::stoul(arguments[2]));
    } catch (const std::exception& error) {
        std::cerr << "torchscript: " << error.what() << '\n';
        return 1;
    }
}
