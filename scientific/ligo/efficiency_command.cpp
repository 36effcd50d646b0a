// ligo efficiency: how many simulated mergers are found, and how often something is found where none is
// (commands.h).
#include "scientific/ligo/background.h"
#include "scientific/ligo/commands.h"
#include "scientific/ligo/search/rates.h"
#include "scientific/ligo/strain/simulator.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace memo::ligo {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kApart = 6;           // s between mergers: twice what the lightest lasts
constexpr double kFoundWithin = 0.25;  // s
constexpr int kMassBins = 4;

struct Count {
    std::uint64_t found = 0;
    std::uint64_t all = 0;
    [[nodiscard]] Share share() const { return binomial_share(found, all); }
};

struct Efficiency {
    double snr = 0;
    Count all;
    Count alone;                 // by the networks without the filter
    Count of_mass[kMassBins];    // by total mass, of equal width
    std::vector<double> errors;  // s, of the times of those found
};

[[nodiscard]] Binary draw_binary(const EfficiencyCommand& options, const RandomStream& stream,
                                 std::uint64_t first) {
    const double total = stream.between(first, options.lightest, options.heaviest);
    const double ratio = stream.between(first + 1, options.least_ratio, 1);
    return {total / (1 + ratio), total * ratio / (1 + ratio),
            stream.between(first + 2, -options.spin, options.spin)};
}

// Puts mergers of one loudness into the noise, kApart seconds apart, and counts those that are found.
// One-sided ones are as loud in one detector and silent in the other: nothing that should be found.
[[nodiscard]] Efficiency measure(const EfficiencyCommand& options, Scanner& scanner, WhiteNoise noise,
                                 float threshold, double snr, bool one_sided, std::uint64_t stream_number) {
    Efficiency efficiency;
    efficiency.snr = snr;
    const RandomStream stream(options.seed, stream_number);
    std::vector<std::pair<double, double>> truth;  // time, total mass
    const std::array<const Spectrum*, kDetectors> gains = {&noise.white[0].stretches.front().gain,
                                                           &noise.white[1].stretches.front().gain};
    for (int i = 0; i < options.injections; ++i) {
        const auto first = static_cast<std::uint64_t>(i) * 16;
        Injection injection;
        injection.binary = draw_binary(options, stream, first);
        injection.source = Source::random(stream, first + 4);
        injection.gps = kApart * (i + 1) + stream.between(first + 10, -1, 1);
        injection.network_snr = snr;
        if (injection.gps + 1 > noise.seconds()) break;
        WhiteSignals signals = white_signals(injection, gains, scanner.options().conditioning);
        for (std::size_t d = 0; d < 2; ++d) {
            if (one_sided) {
                const auto scale =
                    static_cast<float>(static_cast<std::size_t>(i) % 2 == d ? snr / signals.snr[d] : 0);
                for (float& sample : signals.samples[d]) sample *= scale;
            }
            const Range& good = noise.range.samples[d];
            add(signals.samples[d], signals.gps_start, kNetRate, 0,
                std::span(noise.white[d].samples).subspan(good.begin, good.size()));
        }
        truth.emplace_back(0.5 * (signals.merger[0] + signals.merger[1]), injection.binary.total());
    }
    const std::vector<Proposal> found = scanner.propose(noise.white, noise.range);
    for (const auto& [time, total] : truth) {
        const Consensus* best = nullptr;
        bool alone = false;
        for (const Proposal& one : found) {
            if (std::abs(one.agreed.time - time) > kFoundWithin) continue;
            alone = alone || one.agreed.rank >= threshold;
            if (is_candidate(one, scanner.options().filter) &&
                (best == nullptr || one.agreed.rank > best->rank))
                best = &one.agreed;
        }
        ++efficiency.alone.all;
        if (alone) ++efficiency.alone.found;
        const double place = (total - options.lightest) / (options.heaviest - options.lightest) * kMassBins;
        Count& bin = efficiency.of_mass[std::clamp(static_cast<int>(place), 0, kMassBins - 1)];
        ++efficiency.all.all;
        ++bin.all;
        if (best == nullptr) continue;
        ++efficiency.all.found;
        ++bin.found;
        efficiency.errors.push_back(std::abs(best->time - time));
    }
    std::sort(efficiency.errors.begin(), efficiency.errors.end());
    return efficiency;
}

[[nodiscard]] std::string text_of(const Count& count) {
    const Share share = count.share();
    return fmt::format("{:.3f} ({:.3f}-{:.3f})", share.value, share.low, share.high);
}

[[nodiscard]] Json json_of(const Count& count) {
    const Share share = count.share();
    return {{"found", count.found},
            {"of", count.all},
            {"share", share.value},
            {"low", share.low},
            {"high", share.high}};
}

}  // namespace

void add_efficiency(CLI::App& command, EfficiencyCommand& options) {
    add_models(command, options.models);
    command
        .add_option("--record", options.record,
                    "The record of ligo calibrate [calibration.json in the models' folder]")
        ->type_name("FILE");
    command.add_option("--snr", options.snrs, "Network SNRs of the mergers")->capture_default_str();
    command
        .add_option("--one-sided", options.one_sided,
                    "SNRs of signals in one detector alone, which are no mergers")
        ->capture_default_str();
    command.add_option("--injections", options.injections, "Mergers at each SNR")->capture_default_str();
    command.add_option("--lightest", options.lightest, "Total mass, solar masses, as the detector sees it")
        ->capture_default_str();
    command.add_option("--heaviest", options.heaviest, "Total mass")->capture_default_str();
    command.add_option("--least-ratio", options.least_ratio, "Of the masses")->capture_default_str();
    command.add_option("--spin", options.spin, "Greatest effective spin")->capture_default_str();
    command
        .add_option("--hours", options.hours, "Hours of simulated noise searched for false alarms; 0: none")
        ->capture_default_str();
    command.add_option("--noise", options.noise_seconds, "Seconds of noise simulated for each detector")
        ->capture_default_str();
    command.add_option("--seed", options.seed, "Of noise and mergers; not that of the calibration")
        ->capture_default_str();
    command.add_option("--json", options.json, "Write the results; -: to standard output")->type_name("FILE");
    command.add_flag("-q,--quiet", options.quiet, "No progress, no table");
}

int run_efficiency(EfficiencyCommand& options) {
    if (options.injections < 1 || options.injections > 1'000'000)
        return refuse("--injections must be 1 to 1,000,000");
    if (!(options.lightest >= 5 && options.heaviest > options.lightest && options.heaviest <= 500))
        return refuse("total masses must be 5 to 500, --lightest below --heaviest");
    if (!(options.least_ratio > 0.05 && options.least_ratio <= 1) ||
        !(options.spin >= 0 && options.spin < 0.9))
        return refuse("--least-ratio must lie in (0.05, 1], --spin in [0, 0.9)");
    if (!(options.hours >= 0 && options.hours < 1e5)) return refuse("--hours must be 0 or more");
    if (options.snrs.empty() || *std::min_element(options.snrs.begin(), options.snrs.end()) <= 0)
        return refuse("--snr must be above 0");
    if (!options.one_sided.empty() &&
        *std::min_element(options.one_sided.begin(), options.one_sided.end()) <= 0)
        return refuse("--one-sided must be above 0");
    options.noise_seconds =
        std::max(options.noise_seconds, kApart * (static_cast<double>(options.injections) + 2));
    auto models = load_models(options.models.folder, options.models.device);
    if (!models) return refuse(models.error());
    const auto calibration = read_calibration(options.models, options.record, *models);
    if (!calibration) return refuse(calibration.error());
    for (const Background& background : calibration->backgrounds) {
        if (background.files.empty() && background.seed == options.seed)
            return refuse("this is the noise that the threshold was fixed on: choose another --seed");
    }
    listen_to_signals();
    ScanOptions scan = scan_options(options.models);
    scan.rules = calibration->rules;
    scan.filter = calibration->filter;
    const float alone = calibration->threshold;
    Scanner scanner(*std::move(models), scan);
    const auto noise = white_noise(options.seed, options.noise_seconds, scan.conditioning);
    if (!noise) return refuse(noise.error());

    Json json = {{"proposal", scan.rules.least},         {"least_snr", scan.filter.least_snr},
                 {"threshold_of_networks_alone", alone}, {"seed", options.seed},
                 {"efficiency", Json::array()},          {"one_sided", Json::array()}};
    std::string table =
        fmt::format("{:>5}  {:<22}{:<22}{:>9}", "SNR", "found (1 sigma)", "by networks alone", "error ms");
    for (int i = 0; i <= kMassBins; ++i) {
        if (i < kMassBins)
            table += fmt::format(
                "  {:>6}",
                fmt::format("{:.0f}-{:.0f}",
                            options.lightest + (options.heaviest - options.lightest) * i / kMassBins,
                            options.lightest + (options.heaviest - options.lightest) * (i + 1) / kMassBins));
    }
    table += " solar masses\n";
    Progress bar("efficiency", options.quiet);
    for (std::size_t i = 0; i < options.snrs.size(); ++i) {
        const Efficiency one = measure(options, scanner, *noise, alone, options.snrs[i], false, i);
        const double median = one.errors.empty() ? 0 : one.errors[one.errors.size() / 2];
        Json row = json_of(one.all);
        row["snr"] = one.snr;
        row["median_error_ms"] = 1e3 * median;
        row["networks_alone"] = json_of(one.alone);
        table += fmt::format("{:5g}  {:<22}{:<22}{:9.1f}", one.snr, text_of(one.all), text_of(one.alone),
                             1e3 * median);
        for (const Count& bin : one.of_mass) {
            row["by_mass"].push_back(json_of(bin));
            table += fmt::format("  {:6.3f}", bin.share().value);
        }
        table += "\n";
        json["efficiency"].push_back(std::move(row));
        bar.show(static_cast<double>(i + 1) / static_cast<double>(options.snrs.size()),
                 fmt::format("SNR {:g}: {:.3f}", one.snr, one.all.share().value));
        if (interrupted()) return refuse("interrupted");
    }
    for (std::size_t i = 0; i < options.one_sided.size(); ++i) {
        const Efficiency one =
            measure(options, scanner, *noise, alone, options.one_sided[i], true, options.snrs.size() + i);
        Json row = json_of(one.all);
        row["snr"] = one.snr;
        row["networks_alone"] = json_of(one.alone);
        json["one_sided"].push_back(std::move(row));
        table += fmt::format("{:5g}  {:<22}{:<22} of signals in one detector alone\n", one.snr,
                             text_of(one.all), text_of(one.alone));
        if (interrupted()) return refuse("interrupted");
    }
    if (options.hours > 0) {
        Progress bar_of_noise("false alarms", options.quiet);
        const Background background =
            search_background(scanner, *noise, options.hours * 3600, [&](double share, float loudest) {
                bar_of_noise.show(share, fmt::format("loudest {:.2f}", loudest));
                return !interrupted();
            });
        if (interrupted()) return refuse("interrupted");
        const auto count = [](const std::vector<float>& values, double least) {
            return static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [&](float value) {
                return static_cast<double>(value) >= least;
            }));
        };
        const std::uint64_t alarms = count(background.confirmed, scan.filter.least_snr);
        const std::uint64_t by_networks = count(background.loudest, static_cast<double>(alone));
        const double hours = background.seconds / 3600;
        const float loudest = background.loudest.empty() ? 0 : background.loudest.front();
        const float loudest_snr = background.confirmed.empty() ? 0 : background.confirmed.front();
        json["false_alarms"] = {{"count", alarms},
                                {"hours", hours},
                                {"of_each_detector_seconds", background.of_each},
                                {"slides", background.slides},
                                {"proposals", background.proposals},
                                {"per_hour", static_cast<double>(alarms) / hours},
                                {"per_hour_below_90_percent", poisson_upper_limit(alarms) / hours},
                                {"loudest_snr", loudest_snr},
                                {"networks_alone",
                                 {{"count", by_networks},
                                  {"per_hour_below_90_percent", poisson_upper_limit(by_networks) / hours},
                                  {"loudest", loudest}}}};
        table += fmt::format(
            "false alarms: {} in {:.1f} hours of simulated noise ({:.0f} s of each detector, {} slides): "
            "below {:.3f} an hour at 90 %; {} proposals, loudest SNR {:.2f}, threshold {:.2f}\n"
            "networks alone: {}; loudest rank {:.2f}, threshold {:.2f}\n",
            alarms, hours, background.of_each, background.slides, poisson_upper_limit(alarms) / hours,
            background.proposals, loudest_snr, scan.filter.least_snr, by_networks, loudest, alone);
    }
    bool written = put(options.json, json.dump(1, '\t') + "\n");
    if (!options.quiet && options.json != "-") written = put("-", table) && written;
    return written ? kDone : kFailed;
}

}  // namespace memo::ligo
