// Samples and answers as memory files of a testbench, and its run (icarus.h).
#include "scientific/hls/rtl/icarus.h"

#include "scientific/hls/model/functional.h"

#include <fmt/core.h>

#include <charconv>

namespace memo::hls {

namespace {

// One hexadecimal number, the first word lowest.
std::string hex_line(const std::vector<Word>& words, int width) {
    std::string line;  // lowest digit first
    unsigned digit = 0;
    int bits = 0;
    const auto push = [&](unsigned bit) {
        digit |= bit << bits;
        if (++bits < 4) return;
        line += "0123456789abcdef"[digit];
        digit = 0;
        bits = 0;
    };
    for (const Word word : words)
        for (int i = 0; i < width; ++i) push(static_cast<unsigned>((word >> i) & 1));
    while (bits != 0) push(0);
    return {line.rbegin(), line.rend()};
}

}  // namespace

Result<std::uint64_t> count_icarus_differences(const HardwareDesign& design, const Numbers& samples,
                                               const Progress& progress) {
    const MachineShape& shape = design.program().shape;
    const Arithmetic& arithmetic = design.arithmetic();
    WordModel model(design.compiled().graph, arithmetic, design.rules());
    const std::size_t count = samples.size() / shape.inputs;
    std::string sample_lines;
    std::string expected_lines;
    for (std::size_t sample = 0; sample < count; ++sample) {
        std::vector<Word> words;
        for (std::size_t i = 0; i < shape.inputs; ++i)
            words.push_back(arithmetic.encode(samples[sample * shape.inputs + i]));
        sample_lines += hex_line(words, shape.format.width()) + "\n";
        const std::span<const Word> results = model.run(words);
        std::vector<Word> unique(shape.outputs);
        for (std::size_t i = 0; i < results.size(); ++i) unique[design.program().result_of[i]] = results[i];
        expected_lines += hex_line(unique, shape.format.width()) + "\n";
    }
    const std::filesystem::path folder = design.hardware();
    if (const std::string why = write_text_file(folder / "samples.hex", sample_lines); !why.empty())
        return Error{why};
    if (const std::string why = write_text_file(folder / "expected.hex", expected_lines); !why.empty())
        return Error{why};
    std::vector<std::string> arguments = {"iverilog",
                                          "-g2012",
                                          "-y",
                                          ".",
                                          "-Y",
                                          ".sv",
                                          "-s",
                                          "testbench",
                                          "-o",
                                          "network.vvp",
                                          fmt::format("-Ptestbench.W={}", shape.format.width()),
                                          fmt::format("-Ptestbench.INPUTS={}", shape.inputs),
                                          fmt::format("-Ptestbench.OUTPUTS={}", shape.outputs),
                                          fmt::format("-Ptestbench.SAMPLES={}", count),
                                          "testbench.sv",
                                          "network.sv"};
    for (std::string& source : design.sources()) arguments.push_back(std::move(source));
    Result<Ran> ran = run_program(folder, arguments, "icarus.log", progress);
    if (!ran) return Error{ran.error()};
    ran = run_program(folder, {"vvp", "-n", "network.vvp"}, "icarus_run.log", progress);
    if (!ran) return Error{ran.error()};
    const Result<std::string> said = read_text_file(folder / "icarus_run.log");
    if (!said) return Error{said.error()};
    const std::size_t end = said->find(" of ");
    std::uint64_t different = 0;
    if (end == std::string::npos) return Error{(folder / "icarus_run.log").string() + " has no result"};
    const std::size_t begin = said->rfind('\n', end) + 1;  // npos + 1: the beginning
    if (std::from_chars(said->data() + begin, said->data() + end, different).ec != std::errc{})
        return Error{(folder / "icarus_run.log").string() + " has no result"};
    return different;
}

}  // namespace memo::hls
