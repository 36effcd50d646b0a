// A row of a scan's results (scan_row.h).
#include "scientific/ligo/search/scan_row.h"

#include "scientific/strict_json.h"

namespace memo::ligo {

namespace {

using Json = StrictJson;

[[nodiscard]] Json json_of(const FoundMerger& found) {
    Json json = {{"gps", found.gps}, {"rank", found.rank}, {"models", Json::array()}};
    for (const Peak& peak : found.models)
        json["models"].push_back({{"gps", peak.time}, {"height", peak.height}, {"width", peak.width}});
    json["matched_filter"] = nullptr;
    if (const auto& matched = found.matched)
        json["matched_filter"] = {{"mass1", matched->binary.mass1},
                                  {"mass2", matched->binary.mass2},
                                  {"gps", matched->gps},
                                  {"snr", matched->snr},
                                  {"chi_squared", matched->chi_squared}};
    return json;
}

[[nodiscard]] FoundMerger found_of(const Json& json) {
    FoundMerger found;
    json.at("gps").get_to(found.gps);
    json.at("rank").get_to(found.rank);
    for (const Json& peak : json.at("models"))
        found.models.push_back(
            {peak.at("gps").get<double>(), peak.at("height").get<float>(), peak.at("width").get<double>()});
    const Json& matched = json.at("matched_filter");
    if (!matched.is_null()) {
        Candidate& word = found.matched.emplace();
        matched.at("mass1").get_to(word.binary.mass1);
        matched.at("mass2").get_to(word.binary.mass2);
        matched.at("gps").get_to(word.gps);
        matched.at("snr").get_to(word.snr);
        matched.at("chi_squared").get_to(word.chi_squared);
    }
    return found;
}

}  // namespace

std::string line_of(const ScanRow& row) {
    Json json = {{"h1", row.pair.first},
                 {"l1", row.pair.second},
                 {"gps_start", row.pair.gps_start},
                 {"gps_end", row.pair.gps_end},
                 {"error", row.error},
                 {"notes", row.notes},
                 {"searched_seconds", row.searched},
                 {"candidates", Json::array()},
                 {"loudest_other", row.loudest_other},
                 {"slides",
                  {{"count", row.slides.slides},
                   {"seconds", row.slides.seconds},
                   {"ranks", row.slides.ranks},
                   {"of_candidates", row.slides.of_candidates},
                   {"loudest", row.slides.loudest}}},
                 {"cpu_seconds",
                  {{"read", row.cpu[0]},
                   {"condition", row.cpu[1]},
                   {"models", row.cpu[2]},
                   {"matched_filter", row.cpu[3]}}},
                 {"worker", row.worker}};
    json["slides"]["proposals"] = Json::array();
    for (const FalseProposal& one : row.slides.proposals)
        json["slides"]["proposals"].push_back({{"rank", one.rank}, {"snr", one.snr}});
    for (const FoundMerger& found : row.found) json["candidates"].push_back(json_of(found));
    // File names need not be text.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ScanRow> row_of_line(const std::string& line) {
    try {
        const Json json = Json::parse(line);
        ScanRow row;
        json.at("h1").get_to(row.pair.first);
        json.at("l1").get_to(row.pair.second);
        json.at("gps_start").get_to(row.pair.gps_start);
        json.at("gps_end").get_to(row.pair.gps_end);
        json.at("error").get_to(row.error);
        json.at("notes").get_to(row.notes);
        json.at("searched_seconds").get_to(row.searched);
        for (const Json& found : json.at("candidates")) row.found.push_back(found_of(found));
        json.at("loudest_other").get_to(row.loudest_other);
        const Json& slides = json.at("slides");
        slides.at("count").get_to(row.slides.slides);
        slides.at("seconds").get_to(row.slides.seconds);
        slides.at("ranks").get_to(row.slides.ranks);
        if (slides.contains("of_candidates")) slides.at("of_candidates").get_to(row.slides.of_candidates);
        slides.at("loudest").get_to(row.slides.loudest);
        for (const Json& one : slides.value("proposals", Json::array()))
            row.slides.proposals.push_back({one.at("rank").get<float>(), one.at("snr").get<float>()});
        const Json& cpu = json.at("cpu_seconds");
        row.cpu = {cpu.at("read").get<double>(), cpu.at("condition").get<double>(),
                   cpu.at("models").get<double>(), cpu.at("matched_filter").get<double>()};
        json.at("worker").get_to(row.worker);
        return row;
    } catch (const nlohmann::json::exception& error) {
        return Error{std::string("is no row of ligo scan: ") + error.what()};
    }
}

}  // namespace memo::ligo
