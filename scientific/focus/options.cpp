// What the commands' options have in common (commands.h).
#include "scientific/focus/commands.h"
#include "scientific/focus/crop.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace memo::focus {

void say(const std::string& line) {
    std::fputs(("focus: " + line + "\n").c_str(), stderr);
}

int refuse(const std::string& line) {
    say(line);
    return kBadUsage;
}

void add_score_options(CLI::App& command, ScoreWords& words) {
    ScoreOptions& score = words.file.score;
    imaging::Scales& scales = score.scales;
    command.add_option("--size", words.size, "Scale images to so many pixels; native: as they are")
        ->type_name("WIDTHxHEIGHT")
        ->capture_default_str();
    command
        .add_option("--crop", words.crop, "The part of every image that counts, instead of its metadata's")
        ->type_name("X,Y,WIDTH,HEIGHT");
    command.add_option("--raw", words.raw,
                       "Format of raw pixels (.raw): WIDTHxHEIGHT:TYPE, types u8, u16, f32");
    command.add_option("--threshold", score.threshold, "Least response of a feature")->capture_default_str();
    command.add_option("--saturation", score.saturation, "Share of pixels that the stretch clips")
        ->capture_default_str();
    command.add_option("--gaussians", words.gaussians, "Gaussians of the scale space")->capture_default_str();
    command.add_option("--min-sigma", scales.min_sigma, "Pixels")->capture_default_str();
    command.add_option("--max-sigma", scales.max_sigma, "Pixels")->capture_default_str();
    command.add_option("--truncate", scales.truncate, "Radius of a kernel, in sigma")->capture_default_str();
    command.add_option("--backend", score.backend, "What computes the features")
        ->check(CLI::IsMember(backend_names()))
        ->capture_default_str();
    command.add_option("--threads", score.threads, "Threads")->capture_default_str();
}

std::string understand(ScoreWords& words) {
    ScoreOptions& score = words.file.score;
    score.scales.n_bin = words.gaussians - 1;
    if (words.size == "native") {
        score.width = score.height = 0;
    } else {
        const auto size = imaging::parse_raw_format(words.size + ":u8");
        if (!size) return "'" + words.size + "' is no size: WIDTHxHEIGHT, as 1024x1024, or native";
        score.width = size->width;
        score.height = size->height;
    }
    if (!words.crop.empty()) {
        const auto crop = parse_crop(words.crop);
        if (!crop) return crop.error();
        words.file.crop = *crop;
    }
    if (!words.raw.empty()) {
        const auto raw = imaging::parse_raw_format(words.raw);
        if (!raw) return raw.error();
        words.file.raw = *raw;
    }
    if (!(score.scales.truncate >= 2 && score.scales.truncate <= 10))
        return "truncate must lie between 2 and 10";
    return wrong_options(score);
}

Result<std::string> read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{path + ": " + std::strerror(errno)};
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad()) return Error{path + ": " + std::strerror(errno)};
    return text.str();
}

Result<std::optional<Usual>> read_baseline(const std::string& path) {
    if (path.empty()) return std::optional<Usual>();
    const auto text = read_text(path);
    if (!text) return Error{text.error()};
    const auto usual = usual_of_json(*text);
    if (!usual) return Error{path + ": " + usual.error()};
    return std::optional(*usual);
}

}  // namespace memo::focus
