// focus calibrate: the score against known defocus (commands.h).
#include "scientific/focus/calibration.h"
#include "scientific/focus/commands.h"
#include "scientific/imaging/write_file.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

namespace memo::focus {

void add_calibrate(CLI::App& command, CalibrateCommand& options) {
    command.add_option("TABLE", options.table, "CSV with the head image,defocus; images lie beside it")
        ->required();
    add_score_options(command, options.words);
    command.add_option("--svg", options.svg, "Draw the curve")->type_name("FILE")->capture_default_str();
    command.add_option("--json", options.json, "Write fit and samples")->type_name("FILE");
    command.add_option("--unit", options.unit, "Of the defocus, for the curve");
}

int run_calibrate(CalibrateCommand& options) {
    if (const std::string wrong = understand(options.words); !wrong.empty()) return refuse(wrong);
    const auto text = read_text(options.table);
    if (!text) return refuse(text.error());
    auto table = samples_of_csv(*text);
    if (!table) return refuse(options.table + ": " + table.error());
    FileScorer scorer(options.words.file);
    const std::filesystem::path folder = std::filesystem::path(options.table).parent_path();
    std::vector<Sample> samples;
    int code = kDone;
    for (Sample& sample : *table) {
        const Row row = scorer.score((folder / sample.image).string());
        if (!row.ok()) {
            code = refuse(row.error);
            continue;
        }
        sample.log_features = row.score.log_features();
        samples.push_back(sample);
    }
    if (!scorer.scorer().remark().empty()) say(scorer.scorer().remark());
    const auto fit = calibrate(samples);
    if (!fit) return refuse(options.table + ": " + fit.error());
    const std::string unit = options.unit.empty() ? "" : " " + options.unit;
    std::fputs(
        fmt::format(
            "best focus {:.4g}{}{}\n{:.0f} features there; a factor e fewer every {:.4g}{}\n"
            "r2 {:.3f}, scatter {:.3f} of ln(features + 1), that is {:.3g}{}\n",
            fit->best, unit, fit->one_sided ? " (at the end of the series: it may lie beyond)" : "",
            std::exp(fit->top) - 1, fit->slope > 0 ? 1 / fit->slope : std::numeric_limits<double>::infinity(),
            unit, fit->r2, fit->scatter,
            fit->slope > 0 ? fit->scatter / fit->slope : std::numeric_limits<double>::infinity(), unit)
            .c_str(),
        stdout);
    const auto put = [&](const std::string& path, const std::string& content) {
        if (path.empty()) return;
        if (const auto error = imaging::write_file(path, content)) {
            say(error->message);
            code = kFailed;
        }
    };
    put(options.svg, calibration_svg(samples, *fit, options.unit));
    nlohmann::ordered_json json = {{"best", fit->best},       {"slope", fit->slope},
                                   {"top", fit->top},         {"r2", fit->r2},
                                   {"scatter", fit->scatter}, {"one_sided", fit->one_sided},
                                   {"unit", options.unit},    {"samples", nlohmann::ordered_json::array()}};
    for (const Sample& sample : samples) {
        json["samples"].push_back(
            {{"image", sample.image}, {"defocus", sample.defocus}, {"log_features", sample.log_features}});
    }
    put(options.json, json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return code;
}

}  // namespace memo::focus
