// focus generate: synthetic micrographs of known defocus (commands.h).
#include "scientific/focus/commands.h"
#include "scientific/imaging/image_file.h"
#include "scientific/imaging/synthetic_tissue.h"
#include "scientific/imaging/write_file.h"

#include <fmt/core.h>

#include <cmath>

namespace memo::focus {

void add_generate(CLI::App& command, GenerateCommand& options) {
    command
        .add_option("-o,--output", options.output,
                    "FILE.png for one image, else a folder, with its truth in defocus.csv")
        ->required();
    command.add_option("--count", options.count, "Images of each defocus; each with the next seed")
        ->check(CLI::Range(1U, 100000U))
        ->capture_default_str();
    command.add_option("--defocus", options.defocus, "Defoci, in any unit")->capture_default_str();
    command
        .add_option("--blur-per-unit", options.blur_per_unit,
                    "Sigma of the blur in pixels, of a defocus of 1")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command.add_option("--width", options.width)->check(CLI::Range(16, 16384))->capture_default_str();
    command.add_option("--height", options.height)->check(CLI::Range(16, 16384))->capture_default_str();
    command.add_option("--noise", options.noise, "Sigma of the detector's, of full brightness")
        ->check(CLI::Range(0.0, 10.0))
        ->capture_default_str();
    command.add_option("--seed", options.seed)->capture_default_str();
}

int run_generate(GenerateCommand& options) {
    const bool one = options.count == 1 && options.defocus.size() == 1;
    std::string truth = "image,defocus\n";
    for (unsigned i = 0; i < options.count; ++i) {
        for (const double defocus : options.defocus) {
            const double blur = std::fabs(defocus) * options.blur_per_unit;
            if (!(blur <= 100)) return refuse("a blur must not exceed 100 pixels");
            const imaging::Image image = imaging::synthesise_tissue({.width = options.width,
                                                                     .height = options.height,
                                                                     .blur = blur,
                                                                     .noise = options.noise,
                                                                     .seed = options.seed + i});
            const std::string name = fmt::format("{:05}_{:+g}.png", i, defocus);
            truth += fmt::format("{},{:g}\n", name, defocus);
            const std::string path = one ? options.output : options.output + "/" + name;
            if (const auto error = imaging::write_file(path, imaging::encode_png(image)))
                return say(error->message), kFailed;
        }
    }
    if (one) return kDone;
    if (const auto error = imaging::write_file(options.output + "/defocus.csv", truth))
        return say(error->message), kFailed;
    return kDone;
}

}  // namespace memo::focus
