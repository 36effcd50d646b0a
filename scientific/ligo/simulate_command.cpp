// ligo simulate: strain files as GWOSC's, with mergers in them and a list of these (commands.h).
#include "scientific/ligo/commands.h"
#include "scientific/ligo/strain/simulator.h"
#include "scientific/ligo/strain/strain_file.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>

namespace memo::ligo {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kLow = 20;  // Hz, from which signals sound
constexpr double kEnds = 6;  // s without mergers at either end of a file
constexpr const char* kSites = "HL";

[[nodiscard]] Json inject_one(const SimulateCommand& options, const RandomStream& stream, std::uint64_t first,
                              double begin, double end, std::array<Strain, kDetectors>& strain) {
    const ConditioningOptions conditioning;
    const Spectrum psd = sampled_design(conditioning);
    Injection injection;
    const double total = stream.between(first, options.lightest, options.heaviest);
    const double ratio = stream.between(first + 1, options.least_ratio, 1);
    injection.binary = {total / (1 + ratio), total * ratio / (1 + ratio), 0};
    injection.source = Source::random(stream, first + 2);
    injection.gps = stream.between(first + 7, begin, end);
    injection.network_snr = stream.between(first + 8, options.quietest, options.loudest);
    const WhiteSignals signals = inject(injection, {&psd, &psd}, conditioning, kLow, strain);
    return {{"gps", injection.gps},
            {"mass1", injection.binary.mass1},
            {"mass2", injection.binary.mass2},
            {"network_snr", injection.network_snr},
            {"merger", signals.merger},
            {"snr", signals.snr},
            {"distance_mpc", signals.distance}};
}

}  // namespace

void add_simulate(CLI::App& command, SimulateCommand& options) {
    command.add_option("-o,--output", options.output, "Folder for the files and truth.json")
        ->capture_default_str();
    command.add_option("--files", options.files, "Pairs of files, one after the other in time")
        ->capture_default_str();
    command.add_option("--seconds", options.seconds, "Of each file")->capture_default_str();
    command.add_option("--gps", options.gps, "Begin of the first")->capture_default_str();
    command.add_option("--injections", options.injections, "Mergers in each pair")->capture_default_str();
    command.add_option("--quietest", options.quietest, "Network SNR")->capture_default_str();
    command.add_option("--loudest", options.loudest, "Network SNR")->capture_default_str();
    command.add_option("--lightest", options.lightest, "Total mass, solar masses")->capture_default_str();
    command.add_option("--heaviest", options.heaviest, "Total mass")->capture_default_str();
    command.add_option("--least-ratio", options.least_ratio, "Of the masses")->capture_default_str();
    command.add_option("--seed", options.seed, "Of noise and mergers")->capture_default_str();
    command.add_flag("-q,--quiet", options.quiet, "No progress");
}

int run_simulate(const SimulateCommand& options) {
    if (options.files < 1 || options.files > 100'000) return refuse("--files must be 1 to 100,000");
    if (options.seconds < 32 || options.seconds > 8192) return refuse("--seconds must be 32 to 8192");
    if (options.injections < 0 || options.injections > 10'000)
        return refuse("--injections must be 0 to 10,000");
    if (!(options.quietest > 0 && options.loudest >= options.quietest && options.loudest < 1e4))
        return refuse("SNRs must be above 0, --quietest not above --loudest");
    if (!(options.lightest >= 5 && options.heaviest >= options.lightest && options.heaviest <= 500))
        return refuse("total masses must be 5 to 500, --lightest not above --heaviest");
    if (!(options.least_ratio > 0.05 && options.least_ratio <= 1))
        return refuse("--least-ratio must lie in (0.05, 1]");
    std::error_code error;
    std::filesystem::create_directories(options.output, error);
    if (error) return say(options.output + ": " + error.message()), kFailed;
    listen_to_signals();
    Json truth = {{"ligo_truth", 1}, {"seed", options.seed}, {"mergers", Json::array()}};
    Progress bar("simulate", options.quiet);
    for (int file = 0; file < options.files && !interrupted(); ++file) {
        const double begin = static_cast<double>(options.gps) + static_cast<double>(file) * options.seconds;
        const NoiseOptions noise{
            .seed = options.seed, .gps_start = begin, .seconds = static_cast<double>(options.seconds)};
        std::array<Strain, kDetectors> strain = {simulate_noise(noise, 0), simulate_noise(noise, 1)};
        const RandomStream stream(options.seed, 100 + static_cast<std::uint64_t>(file));
        // Each in its own part of the time, so that they do not overlap.
        const double part = (options.seconds - 2 * kEnds) / std::max(1, options.injections);
        for (int i = 0; i < options.injections; ++i) {
            const double from = begin + kEnds + part * i;
            truth["mergers"].push_back(inject_one(options, stream, static_cast<std::uint64_t>(i) * 16,
                                                  from + 0.25 * part, from + 0.75 * part, strain));
        }
        for (std::size_t d = 0; d < kDetectors; ++d) {
            const std::string path = fmt::format("{}/{}-{}_SIM-{:.0f}-{}.hdf5", options.output, kSites[d],
                                                 strain[d].detector, begin, options.seconds);
            if (const auto wrong = write_strain(path, strain[d])) return say(wrong->message), kFailed;
        }
        bar.show((file + 1.0) / options.files, fmt::format("{} of {} pairs", file + 1, options.files));
    }
    if (!put(options.output + "/truth.json", truth.dump(1, '\t') + "\n")) return kFailed;
    return interrupted() ? refuse("interrupted") : kDone;
}

}  // namespace memo::ligo
