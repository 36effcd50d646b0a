// The program `dog`: its command line.
#include "common/version.h"
#include "scientific/dog/run.h"
#include "scientific/imaging/synthetic.h"
#include "scientific/imaging/write_file.h"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <cstdio>
#include <exception>

namespace memo::dog {

namespace {

int refuse(const std::string& message) {
    say(message);
    return kBadUsage;
}

// What is bound to text on the command line, to be understood once it is parsed.
struct Words {
    std::string raw;
    std::string radius = "refined";
};

void add_options(CLI::App& app, Options& options, Words& words) {
    imaging::DetectorOptions& detector = options.detector;
    imaging::Scales& scales = detector.scales;
    app.add_option("INPUT", options.inputs,
                   "Images, folders of images, or - for raw frames on standard input");
    app.add_option("--watch", options.watch,
                   "Look at each image that appears in this folder, until interrupted")
        ->type_name("DIR");
    app.add_option("--raw", words.raw, "Format of raw pixels: WIDTHxHEIGHT:TYPE, types u8, u16, f32");
    app.add_option("--rate", options.rate, "Offer images at this rate, and drop what cannot be kept up with")
        ->type_name("PER_SECOND");
    app.add_option("--queue", options.queue, "Images that may wait, live")->capture_default_str();
    app.add_option("--repeat", options.repeat, "Go through the images so many times")->capture_default_str();
    app.add_option("--limit", options.limit, "End after so many images");

    app.add_option("--backend", detector.backend, "What computes the scale space")
        ->check(CLI::IsMember(imaging::backend_names()))
        ->capture_default_str();
    app.add_option("--threads", detector.threads, "Threads")->capture_default_str();
    app.add_option("--n-bin", scales.n_bin, "Slices of the scale space")->capture_default_str();
    app.add_option("--min-sigma", scales.min_sigma, "Pixels")->capture_default_str();
    app.add_option("--max-sigma", scales.max_sigma, "Pixels")->capture_default_str();
    app.add_option("--truncate", scales.truncate, "Radius of a kernel, in sigma")->capture_default_str();
    app.add_option("--threshold", detector.threshold, "Least response of a maximum")->capture_default_str();
    app.add_option("--overlap", detector.overlap, "Most normalised overlap of two droplets")
        ->capture_default_str();
    app.add_option("--smoothing", detector.preprocessing.smoothing, "Sigma of the first blur; 0: none")
        ->capture_default_str();
    app.add_option("--saturation", detector.preprocessing.saturation,
                   "Share of pixels that the stretch clips")
        ->capture_default_str();
    app.add_option("--radius", words.radius,
                   "paper: sqrt(2) sigma of the bin; refined: between bins, unbiased")
        ->check(CLI::IsMember({"paper", "refined"}))
        ->capture_default_str();

    app.add_option("--pixel-size", options.pixel_size, "Side of a pixel, for volumes and the plot");
    app.add_option("--unit", options.unit, "Its unit")->capture_default_str();
    app.add_option("--csv", options.csv, "Write detections")->type_name("FILE");
    app.add_option("--json", options.json, "Write detections, parameters and histogram")->type_name("FILE");
    app.add_option("--plot", options.plot, "Draw the size distribution")->type_name("FILE.svg");
    app.add_option("--overlay", options.overlay, "Draw circles on the image; in a folder, on each image")
        ->type_name("FILE.png|DIR");
    app.add_option("--timings", options.timings,
                   "Append a line an image: wall ms, CPU ms, page faults, resident KiB")
        ->type_name("FILE");
    app.add_flag("-q,--quiet", options.quiet, "No line an image");
}

// Why the command line makes no sense; empty if it does.
[[nodiscard]] std::string understand(Options& options, const Words& words) {
    if (!words.raw.empty()) {
        const auto raw = imaging::parse_raw_format(words.raw);
        if (!raw) return raw.error();
        options.raw = *raw;
    }
    if (words.radius == "paper") options.detector.radius = imaging::RadiusRule::paper;
    if (options.inputs.empty() == options.watch.empty())
        return "wants images, or a folder to --watch; see dog --help";
    if (!(options.rate >= 0 && options.rate <= 1e6)) return "the rate must lie between 0 and a million";
    if (!(options.pixel_size >= 0 && options.pixel_size < 1e12)) return "the pixel size must not be negative";
    if (options.queue == 0 || options.repeat == 0) return "--queue and --repeat must be at least 1";
    return imaging::wrong_options(options.detector);
}

[[nodiscard]] int detect(Options& options, const Words& words) {
    if (const std::string wrong = understand(options, words); !wrong.empty()) return refuse(wrong);
    const auto source =
        imaging::open_source({options.inputs, options.watch, options.raw, options.rate, options.repeat});
    if (!source) return refuse(source.error());
    imaging::Detector detector(options.detector);
    Report report(options);
    RunSummary summary;
    const int code = options.live() ? run_live(options, **source, detector, report, summary)
                                    : run_batch(options, **source, detector, report, summary);
    if (const auto error = report.write(detector.backend(), summary)) return say(error->message), kFailed;
    if (report.images() > 0 && !options.quiet) {
        const double pixel = options.pixel_size > 0 ? options.pixel_size : 1;
        std::fputs(
            fmt::format("{} images, {} droplets, volume {:.4g} {}^3\n", report.images(),
                        report.histogram().count(), report.histogram().total_volume() * pixel * pixel * pixel,
                        options.pixel_size > 0 ? options.unit : "pixel")
                .c_str(),
            stdout);
    }
    return code;
}

struct GenerateOptions {
    imaging::SyntheticOptions image;
    unsigned count = 1;
    std::string output;
    std::string format = "png";
};

void add_generate(CLI::App& command, GenerateOptions& options) {
    imaging::SyntheticOptions& image = options.image;
    command
        .add_option("-o,--output", options.output,
                    "FILE for one image, else a folder; the truth goes beside it, as CSV")
        ->required();
    command.add_option("--count", options.count, "Images; each with the next seed")->capture_default_str();
    command.add_option("--format", options.format, "png, or raw pixels: u8, u16, f32")
        ->check(CLI::IsMember({"png", "u8", "u16", "f32"}))
        ->capture_default_str();
    command.add_option("--width", image.width)->check(CLI::Range(16, 16384))->capture_default_str();
    command.add_option("--height", image.height)->check(CLI::Range(16, 16384))->capture_default_str();
    command.add_option("--droplets", image.droplets)->check(CLI::Range(0, 100000))->capture_default_str();
    command.add_option("--min-radius", image.min_radius)
        ->check(CLI::Range(0.5, 1000.0))
        ->capture_default_str();
    command.add_option("--max-radius", image.max_radius)
        ->check(CLI::Range(0.5, 1000.0))
        ->capture_default_str();
    command.add_flag("--separated", image.separated, "Droplets keep apart by half the sum of their radii");
    command.add_option("--most-overlap", image.most_overlap, "Share of a droplet that another may cover")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--sheet-sigma", image.sheet_sigma, "Of the light sheet, in heights of the image")
        ->check(CLI::Range(0.01, 1000.0))
        ->capture_default_str();
    command.add_option("--photons", image.photons, "At full brightness, for Poisson noise; 0: none")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    command.add_option("--noise", image.noise, "Sigma of Gaussian noise")
        ->check(CLI::Range(0.0, 10.0))
        ->capture_default_str();
    command.add_option("--seed", image.seed)->capture_default_str();
}

[[nodiscard]] std::vector<char> encoded(const imaging::Image& image, const std::string& format) {
    if (format == "png") return imaging::encode_png(image);
    return imaging::encode_raw(image, format == "u8"    ? imaging::PixelType::u8
                                      : format == "u16" ? imaging::PixelType::u16
                                                        : imaging::PixelType::f32);
}

[[nodiscard]] int generate(GenerateOptions& options) {
    if (options.image.max_radius < options.image.min_radius)
        return refuse("max-radius is less than min-radius");
    const std::uint64_t first_seed = options.image.seed;
    const std::string extension = options.format == "png" ? ".png" : ".raw";
    for (unsigned i = 0; i < options.count; ++i) {
        options.image.seed = first_seed + i;
        const auto made = imaging::synthesise(options.image);
        if (!made) return refuse(made.error());
        std::string path = options.output;
        if (options.count > 1) path += fmt::format("/{:05}{}", i, extension);
        std::string truth = "x,y,radius\n";
        for (const imaging::Droplet& droplet : made->truth) {
            truth += fmt::format("{:.4f},{:.4f},{:.4f}\n", droplet.x, droplet.y, droplet.radius);
        }
        auto error = imaging::write_file(path, encoded(made->image, options.format));
        if (!error) error = imaging::write_file(path.substr(0, path.rfind('.')) + ".truth.csv", truth);
        if (error) return say(error->message), kFailed;
    }
    return kDone;
}

[[nodiscard]] int run(int count, char** arguments) {
    CLI::App app("Droplets in images, by Difference of Gaussians.", "dog");
    app.set_version_flag("--version", std::string("dog ") + kVersion);
    app.footer(
        "Exit codes: 0 done, 1 an output cannot be written, 2 wrong usage, or an image that cannot be used.");
    // A first word `generate` is a command of its own; an image of that name is ./generate.
    if (count > 1 && std::string(arguments[1]) == "generate") {
        CLI::App command("Synthetic PLIF images with their truth.", "dog generate");
        GenerateOptions options;
        add_generate(command, options);
        try {
            command.parse(count - 1, arguments + 1);
        } catch (const CLI::CallForHelp&) {
            return std::fputs(command.help().c_str(), stdout), kDone;
        } catch (const CLI::ParseError& error) {
            return refuse(std::string("generate: ") + error.what());
        }
        return generate(options);
    }
    Options options;
    Words words;
    add_options(app, options, words);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        return std::fputs((app.help() + "\nAlso: dog generate --help\n").c_str(), stdout), kDone;
    } catch (const CLI::CallForVersion& version) {
        return std::fputs((std::string(version.what()) + "\n").c_str(), stdout), kDone;
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    return detect(options, words);
}

}  // namespace
}  // namespace memo::dog

int main(int count, char** arguments) {
    try {
        return memo::dog::run(count, arguments);
    } catch (const std::bad_alloc&) {
        memo::dog::say("out of memory");
    } catch (const std::exception& error) {
        memo::dog::say(error.what());
    }
    return memo::dog::kBadUsage;
}
