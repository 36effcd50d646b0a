// Scored images as rows (rows.h).
#include "scientific/focus/rows.h"

#include "scientific/imaging/text_fields.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace memo::focus {

namespace {

using Json = nlohmann::ordered_json;

// File names need not be UTF-8.
[[nodiscard]] std::string as_text(const Json& value, int indent = -1) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// Bytes of a name as they are, whatever they are, in JSON: each a character of its own.
[[nodiscard]] std::string widened(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0U | byte >> 6U);
            text += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return text;
}

[[nodiscard]] std::string narrowed(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80 || i + 1 == text.size()) {
            bytes += text[i];
        } else {
            bytes += static_cast<char>((byte & 3U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU));
        }
    }
    return bytes;
}

[[nodiscard]] double total_ms(const Row& row) {
    return row.read_ms + row.score.preparation_ms + row.score.features_ms;
}

}  // namespace

std::string line_of(const Row& row) {
    return as_text({{"image", widened(row.image)},
                    {"error", widened(row.error)},
                    {"bright", row.score.features.bright},
                    {"dark", row.score.features.dark},
                    {"read_ms", row.read_ms},
                    {"preparation_ms", row.score.preparation_ms},
                    {"features_ms", row.score.features_ms},
                    {"worker", row.worker}}) +
           "\n";
}

Result<Row> row_of_line(const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    const auto has = [&](const char* name, auto is) {
        return json.is_object() && json.contains(name) && is(json[name]);
    };
    const auto text = [](const Json& value) { return value.is_string(); };
    const auto whole = [](const Json& value) { return value.is_number_unsigned(); };
    const auto number = [](const Json& value) { return value.is_number(); };
    if (!has("image", text) || !has("error", text) || !has("bright", whole) || !has("dark", whole) ||
        !has("read_ms", number) || !has("preparation_ms", number) || !has("features_ms", number) ||
        !has("worker", whole)) {
        return Error{"is no row of scores"};
    }
    Row row;
    row.image = narrowed(json["image"].get<std::string>());
    row.error = narrowed(json["error"].get<std::string>());
    row.score.features = {json["bright"].get<std::size_t>(), json["dark"].get<std::size_t>()};
    row.score.preparation_ms = json["preparation_ms"].get<double>();
    row.score.features_ms = json["features_ms"].get<double>();
    row.read_ms = json["read_ms"].get<double>();
    row.worker = json["worker"].get<int>();
    return row;
}

std::string csv_of(const Judged& judged) {
    const Score& score = judged.row.score;
    std::string text =
        fmt::format("{},{},{},{},{:.5f},", imaging::csv_field(judged.row.image), score.features.total(),
                    score.features.bright, score.features.dark, score.log_features());
    if (judged.verdict) {
        text += fmt::format("{:.2f},{},{:.4f}", judged.verdict->distance,
                            judged.verdict->in_focus ? "in" : "out", judged.verdict->confidence);
    } else {
        text += ",,";
    }
    return text + fmt::format(",{:.2f}\n", total_ms(judged.row));
}

std::string json_of(const std::vector<Judged>& judged, const Summary& summary, const ScoreOptions& options) {
    Json images = Json::array();
    Json failed = Json::array();
    for (const Judged& one : judged) {
        if (!one.row.ok()) {
            failed.push_back({{"image", one.row.image}, {"error", one.row.error}});
            continue;
        }
        Json image = {{"image", one.row.image},
                      {"features", one.row.score.features.total()},
                      {"bright", one.row.score.features.bright},
                      {"dark", one.row.score.features.dark},
                      {"log_features", one.row.score.log_features()}};
        if (one.verdict) {
            image["distance"] = one.verdict->distance;
            image["in_focus"] = one.verdict->in_focus;
            image["confidence"] = one.verdict->confidence;
        }
        image["read_ms"] = one.row.read_ms;
        image["preparation_ms"] = one.row.score.preparation_ms;
        image["features_ms"] = one.row.score.features_ms;
        image["worker"] = one.row.worker;
        images.push_back(std::move(image));
    }
    const Json all = {{"parameters",
                       {{"width", options.width},
                        {"height", options.height},
                        {"saturation", options.saturation},
                        {"min_sigma", options.scales.min_sigma},
                        {"max_sigma", options.scales.max_sigma},
                        {"gaussians", options.scales.n_bin + 1},
                        {"threshold", options.threshold},
                        {"backend", summary.backend}}},
                      {"baseline",
                       {{"centre", summary.usual.centre},
                        {"spread", summary.usual.spread},
                        {"scores", summary.usual.scores},
                        {"limit", summary.limit}}},
                      {"drift", summary.drift},
                      {"images", std::move(images)},
                      {"failed", std::move(failed)}};
    return as_text(all, 1) + "\n";
}

std::vector<Judged> judged_together(std::vector<Row> rows, const std::optional<Usual>& given,
                                    Summary& summary) {
    std::vector<double> logs;
    logs.reserve(rows.size());
    for (const Row& row : rows) {
        if (row.ok()) logs.push_back(row.score.log_features());
    }
    summary.usual = given ? *given : usual_of(logs);
    summary.drift = drift_of(logs);
    std::vector<Judged> judged;
    judged.reserve(rows.size());
    for (Row& row : rows) {
        std::optional<Verdict> verdict;
        if (row.ok() && (given || summary.usual.known()))
            verdict = verdict_of(row.score.log_features(), summary.usual, summary.limit);
        judged.push_back({std::move(row), verdict});
    }
    return judged;
}

}  // namespace memo::focus
