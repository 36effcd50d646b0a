// ligo calibrate: the thresholds, fixed before any event's file is opened (commands.h).
#include "scientific/ligo/background.h"
#include "scientific/ligo/commands.h"
#include "scientific/ligo/nets/commit.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::ligo {

namespace {

// Time slides of files' strain. False if interrupted.
[[nodiscard]] bool slide_files(Scanner& scanner, const std::vector<FilePair>& pairs, Background& background,
                               Progress& bar) {
    double done = 0;
    for (const FilePair& pair : pairs) {
        const ScanRow row = scanner.scan(pair);
        for (const std::string& note : row.notes) say(note);
        if (!row.ok()) {
            say(row.error);
            continue;
        }
        background.files.push_back(pair.first);
        background.files.push_back(pair.second);
        background.slides += row.slides.slides;
        background.seconds += row.slides.seconds;
        background.of_each += row.searched;
        for (const FalseProposal& one : row.slides.proposals) note(background, one.rank, one.snr);
        bar.show(++done / static_cast<double>(pairs.size()),
                 fmt::format("loudest {:.2f}", row.slides.loudest));
        if (interrupted()) return false;
    }
    return true;
}

}  // namespace

void add_calibrate(CLI::App& command, CalibrateCommand& options) {
    command.add_option("FILE", options.inputs,
                       "Strain files or folders without known events: their time slides count as well");
    add_models(command, options.models);
    command.add_option("-o,--output", options.output, "The record [calibration.json in the models' folder]")
        ->type_name("FILE");
    command.add_option("--hours", options.hours, "Hours of simulated noise searched, slides included")
        ->capture_default_str();
    command.add_option("--noise", options.noise_seconds, "Seconds of noise simulated for each detector")
        ->capture_default_str();
    command
        .add_option("--false-alarm-hours", options.wanted_hours, "At most one false alarm in so many hours")
        ->capture_default_str();
    command
        .add_option("--margin", options.margin, "Log odds that the networks' threshold is set higher still")
        ->capture_default_str();
    command.add_option("--snr-margin", options.snr_margin, "The same of the matched filter's, in SNR")
        ->capture_default_str();
    command
        .add_option("--proposal", options.least,
                    "Log odds that every network must reach for the matched filter to be asked")
        ->capture_default_str();
    command
        .add_option("--lowest-snr", options.filter.lowest_snr,
                    "That the matched filter must hear in each detector")
        ->capture_default_str();
    command.add_option("--slides", options.slide_seconds, "Seconds of time slides of each pair of files")
        ->capture_default_str();
    command.add_option("--seed", options.seed, "Of the noise")->capture_default_str();
    command.add_flag("-q,--quiet", options.quiet, "No progress, no summary");
}

int run_calibrate(CalibrateCommand& options) {
    if (!(options.hours > 0 && options.hours < 1e5)) return refuse("--hours must be above 0");
    if (!(options.wanted_hours > 0)) return refuse("--false-alarm-hours must be above 0");
    if (options.hours < options.wanted_hours)
        return refuse("--hours must not be less than --false-alarm-hours: a rate cannot be seen in less");
    if (!(options.margin >= 0 && options.margin < 100) ||
        !(options.snr_margin >= 0 && options.snr_margin < 100))
        return refuse("--margin and --snr-margin must be 0 or more");
    if (!(options.least > -20 && options.least < 20)) return refuse("--proposal must lie between -20 and 20");
    if (!(options.filter.lowest_snr >= 1 && options.filter.lowest_snr < 100))
        return refuse("--lowest-snr must be 1 or more");
    if (!(options.noise_seconds >= 32 && options.noise_seconds <= 1e5))
        return refuse("--noise must be 32 to 100,000 s");
    auto models = load_models(options.models.folder, options.models.device);
    if (!models) return refuse(models.error());
    Calibration calibration;
    for (const Model& model : *models) calibration.models.push_back({model.name(), model.checksum()});
    calibration.wanted_hours = options.wanted_hours;
    calibration.margin = options.margin;
    calibration.snr_margin = options.snr_margin;
    calibration.rules.least = options.least;
    calibration.filter = options.filter;
    calibration.commit = source_commit();

    listen_to_signals();
    ScanOptions scan = scan_options(options.models);
    scan.rules = calibration.rules;
    scan.filter = calibration.filter;
    Scanner scanner(*std::move(models), scan);
    {
        const auto noise = white_noise(options.seed, options.noise_seconds, scan.conditioning);
        if (!noise) return refuse(noise.error());
        Progress bar("noise", options.quiet);
        Background background =
            search_background(scanner, *noise, options.hours * 3600, [&](double share, float loudest) {
                bar.show(share, fmt::format("loudest SNR {:.2f}", loudest));
                return !interrupted();
            });
        background.seed = options.seed;
        calibration.backgrounds.push_back(std::move(background));
    }
    if (!options.inputs.empty() && !interrupted()) {
        const auto pairing = find_pairs(options.inputs, scan.conditioning.shortest);
        if (!pairing) return refuse(pairing.error());
        for (const std::string& problem : pairing->problems) say(problem);
        ScanOptions slides = scan;
        slides.slide_seconds = options.slide_seconds;
        auto again = load_models(options.models.folder, options.models.device);
        if (!again) return refuse(again.error());
        Scanner sliding(*std::move(again), slides);
        Progress bar("slides", options.quiet);
        Background background;
        if (slide_files(sliding, pairing->pairs, background, bar))
            calibration.backgrounds.push_back(std::move(background));
    }
    if (interrupted()) return refuse("interrupted: nothing is written");
    const auto threshold = threshold_for(calibration.backgrounds, options.wanted_hours, options.margin);
    const auto least_snr = threshold_for(calibration.backgrounds, options.wanted_hours, options.snr_margin,
                                         &Background::confirmed);
    if (!threshold) return refuse(threshold.error());
    if (!least_snr) return refuse(least_snr.error());
    calibration.threshold = *threshold;
    calibration.filter.least_snr = static_cast<double>(*least_snr);
    const std::string path =
        options.output.empty() ? options.models.folder + "/" + kRecordName : options.output;
    if (!put(path, json_of(calibration))) return kFailed;
    if (!options.quiet) {
        for (const Background& background : calibration.backgrounds)
            say(fmt::format("{:.1f} hours of {}: loudest rank {:.2f}; {} proposals, loudest SNR {:.2f}",
                            background.seconds / 3600,
                            background.files.empty() ? "simulated noise" : "time slides",
                            background.loudest.empty() ? 0 : background.loudest.front(), background.proposals,
                            background.confirmed.empty() ? 0 : background.confirmed.front()));
        say(
            fmt::format("at most one false alarm in {:g} hours, and the margins: SNR {:.3f} of what networks "
                        "propose from log odds of {:g} on; networks alone: rank {:.3f}; written to {}",
                        options.wanted_hours, calibration.filter.least_snr, calibration.rules.least,
                        calibration.threshold, path));
    }
    return kDone;
}

}  // namespace memo::ligo
