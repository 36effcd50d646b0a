// What the commands share (commands.h).
#include "scientific/hls/commands.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/nets/nets.h"

#include <cstdio>

namespace memo::hls {

void say(const std::string& line) {
    std::fputs(("hls: " + line + "\n").c_str(), stderr);
}

int refuse(const std::string& line) {
    return say(line), kBadUsage;
}
int fail(const std::string& line) {
    return say(line), kFailed;
}

void add_compile_options(CLI::App& command, CompileWords& words) {
    ScheduleOptions& schedule = words.options.schedule;
    command.add_option("network", words.network, "A name, or a .json file")->required();
    command.add_option("--format", words.format, R"(Numbers: "5,4" (exponent, fraction) or "fixed 8,8")")
        ->capture_default_str();
    command.add_option("--elements", schedule.elements, "How many may be used")
        ->capture_default_str()
        ->check(CLI::Range(1U, 1U << 20));
    command.add_option("--interval", schedule.interval, "Cycles between samples; 0: as few as possible")
        ->capture_default_str()
        ->check(CLI::Range(0U, 1U << 28));
    command.add_flag("--alone", words.alone, "One sample at a time: the least latency, no pipelining");
    command
        .add_option("--accumulators", schedule.accumulators,
                    "Sums interleaved on an element; 0: the adder's latency")
        ->capture_default_str()
        ->check(CLI::Range(0U, 64U));
    command
        .add_option("--longest-chain", words.options.lower.longest_chain,
                    "Products that one accumulator sums")
        ->capture_default_str()
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20));
    command.add_flag("--quick-sums", words.quick_sums,
                     "Sums as trees that are done first: less latency, more operations");
    command.add_option("--read-ports", schedule.read_ports, "Of a bank; 0: registers, read by anyone")
        ->capture_default_str()
        ->check(CLI::Range(0U, 64U));
    command.add_option("--clock", words.options.clock_ns, "Nanoseconds a cycle")
        ->capture_default_str()
        ->check(CLI::Range(0.01, 1e6));
}

Result<CompileOptions> understand(const CompileWords& words) {
    CompileOptions options = words.options;
    const Result<Format> format = parse_format(words.format);
    if (!format) return Error{"--format: " + format.error()};
    options.format = *format;
    options.schedule.pipelined = !words.alone;
    options.schedule.latencies = latencies_of(*format);
    options.lower.quick_elements = words.quick_sums ? options.schedule.elements : 0;
    if (words.quick_sums && options.schedule.read_ports > 0)
        return Error{"--quick-sums adds to sums of other elements, which banks of --read-ports don't allow"};
    if (words.alone && options.schedule.interval > 0) return Error{"--interval makes no sense with --alone"};
    return options;
}

Result<Network> load_network(const std::string& word) {
    const bool file = word.find('/') != std::string::npos || word.find('.') != std::string::npos;
    if (!file) return make_network(word);
    if (word.ends_with(".pt"))
        return Error{word + ": import it first: hls import " + word + " --input 1x1x11x11 -o net.json"};
    const Result<std::string> text = read_text_file(word);
    if (!text) return Error{text.error()};
    Result<Network> network = parse_network(*text);
    if (!network) return Error{word + ": " + network.error()};
    return network;
}

}  // namespace memo::hls
