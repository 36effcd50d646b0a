// Drives a network under Verilator: reads samples (64-bit words, INPUTS a sample) from one file, gives them
// one after the other whenever the hardware takes one, and writes the results, OUTPUTS words each, to
// another. Prints the cycle in which each of the first results came, counted from the cycle after its sample
// was taken.
#include "Vnetwork.h"
#include "verilated.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <vector>

namespace {

template <class Port>
void put(Port& port, std::size_t at, unsigned width, std::uint64_t value) {
    if constexpr (std::is_integral_v<Port>) {
        port = static_cast<Port>((port & ~(((std::uint64_t{1} << width) - 1) << at)) | (value << at));
    } else {
        for (unsigned bit = 0; bit < width; ++bit, ++at) {
            const std::uint32_t one = std::uint32_t{1} << (at % 32);
            port[at / 32] = ((value >> bit) & 1) != 0 ? port[at / 32] | one : port[at / 32] & ~one;
        }
    }
}

template <class Port>
std::uint64_t get(const Port& port, std::size_t at, unsigned width) {
    if constexpr (std::is_integral_v<Port>) {
        return (static_cast<std::uint64_t>(port) >> at) & ((std::uint64_t{1} << width) - 1);
    } else {
        std::uint64_t value = 0;
        for (unsigned bit = 0; bit < width; ++bit, ++at)
            value |= static_cast<std::uint64_t>((port[at / 32] >> (at % 32)) & 1) << bit;
        return value;
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) return 2;
    const auto width = static_cast<unsigned>(std::atoi(arguments[3]));
    const auto inputs = static_cast<std::size_t>(std::atoll(arguments[4]));
    const auto outputs = static_cast<std::size_t>(std::atoll(arguments[5]));
    std::FILE* in = std::fopen(arguments[1], "rb");
    std::FILE* out = std::fopen(arguments[2], "wb");
    if (in == nullptr || out == nullptr) return 1;
    std::vector<std::uint64_t> words;
    std::uint64_t buffer[4096];
    for (std::size_t got; (got = std::fread(buffer, 8, 4096, in)) > 0;)
        words.insert(words.end(), buffer, buffer + got);
    const std::size_t samples = words.size() / inputs;

    VerilatedContext context;
    Vnetwork top{&context};
    std::size_t taken = 0;
    std::size_t given = 0;
    std::vector<std::uint64_t> taken_in;
    std::vector<std::uint64_t> result(outputs);
    std::uint64_t cycle = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const auto begun = std::chrono::steady_clock::now();
    for (; given < samples; ++cycle) {
        top.reset = cycle < 2;
        top.clock = 0;
        top.eval();
        if (top.valid && !top.reset) {
            for (std::size_t i = 0; i < outputs; ++i) result[i] = get(top.result, i * width, width);
            if (std::fwrite(result.data(), 8, outputs, out) != outputs) return 1;
            if (given == 0) first = cycle;
            last = cycle;
            ++given;
        }
        if (top.take && !top.reset) {
            const std::size_t sample = taken < samples ? taken : samples - 1;
            for (std::size_t i = 0; i < inputs; ++i)
                put(top.sample, i * width, width, words[sample * inputs + i]);
            if (taken < samples) taken_in.push_back(cycle + 1);
            ++taken;
        }
        top.clock = 1;
        top.eval();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const double interval =
        samples > 1 ? static_cast<double>(last - first) / static_cast<double>(samples - 1) : 0;
    std::printf(
        "{\"samples\": %zu, \"cycles\": %llu, \"latency\": %llu, \"interval\": %.6f, \"seconds\": %.6f}\n",
        given, static_cast<unsigned long long>(cycle),
        static_cast<unsigned long long>(given == 0 ? 0 : first - taken_in[0]), interval, seconds);
    return std::fclose(out) == 0 ? 0 : 1;
}
