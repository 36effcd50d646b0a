// The record of the threshold (calibration.h).
#include "scientific/ligo/search/calibration.h"

#include "scientific/ligo/search/rates.h"
#include "scientific/strict_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace memo::ligo {

namespace {

using Json = StrictJson;

constexpr double kHour = 3600;

template <class Rules, class Visit>
void each_rule(Rules& rules, const Visit& visit) {
    visit("smooth", rules.smooth);
    visit("window", rules.window);
    visit("least_width", rules.least_width);
    visit("greatest_width", rules.greatest_width);
    visit("least", rules.least);
    visit("inside", rules.inside);
    visit("inside_share", rules.inside_share);
    visit("merge", rules.merge);
    visit("agree", rules.agree);
}

template <class Rules, class Visit>
void each_filter_rule(Rules& rules, const Visit& visit) {
    visit("window", rules.window);
    visit("lowest_snr", rules.lowest_snr);
    visit("least_share", rules.least_share);
    visit("enough", rules.enough);
    visit("least_snr", rules.least_snr);
}

[[nodiscard]] std::string wrong(const Calibration& calibration) {
    const PeakRules& rules = calibration.rules;
    if (calibration.models.empty()) return "it names no models";
    if (!std::isfinite(calibration.threshold)) return "its threshold is no number";
    if (!(rules.smooth >= 0 && rules.smooth < 1000) || !(rules.window > 0 && rules.window < 1000) ||
        !(rules.least_width >= 0) || !(rules.greatest_width > rules.least_width) ||
        !std::isfinite(rules.least) || !(rules.inside > 0 && rules.inside < 1) ||
        !(rules.inside_share >= 0 && rules.inside_share <= 1) || !(rules.merge >= 0) || !(rules.agree >= 0))
        return "its rules make no sense";
    const FilterRules& filter = calibration.filter;
    if (!(filter.window > 0 && filter.window < 10) || !(filter.lowest_snr >= 1 && filter.lowest_snr < 1000) ||
        !(filter.least_share >= 0 && filter.least_share < 1) || !(filter.enough >= 0) ||
        !(filter.least_snr >= 0 && filter.least_snr < 1000))
        return "its rules of the matched filter make no sense";
    return "";
}

}  // namespace

Result<float> threshold_for(const std::vector<Background>& backgrounds, double hours, double margin,
                            Loudest loudest) {
    float threshold = 0;
    for (const Background& background : backgrounds) {
        const double allowed = background.seconds / (hours * kHour);
        if (allowed < 1)
            return Error{
                fmt::format("{:.1f} hours of background cannot show one false alarm in {:g} hours: give more",
                            background.seconds / kHour, hours)};
        const auto rank = static_cast<std::size_t>(allowed);
        const std::vector<float>& values = background.*loudest;
        // So many may be at or above it; what was not written down is below all that was.
        if (rank < values.size())
            threshold = std::max(threshold, std::nextafter(values[rank], std::numeric_limits<float>::max()));
    }
    return threshold + static_cast<float>(margin);
}

std::string json_of(const Calibration& calibration) {
    Json json;
    json["ligo_calibration"] = 1;
    json["threshold"] = calibration.threshold;
    json["wanted_hours"] = calibration.wanted_hours;
    json["margin"] = calibration.margin;
    json["snr_margin"] = calibration.snr_margin;
    json["commit"] = calibration.commit;
    for (const KnownModel& model : calibration.models)
        json["models"].push_back({{"name", model.name}, {"crc32c", model.checksum}});
    each_rule(calibration.rules, [&](const char* name, const auto& value) { json["rules"][name] = value; });
    each_filter_rule(calibration.filter,
                     [&](const char* name, const auto& value) { json["filter"][name] = value; });
    json["backgrounds"] = Json::array();
    for (const Background& background : calibration.backgrounds) {
        const auto count = [](const std::vector<float>& values, double least) {
            return static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [&](float value) {
                return static_cast<double>(value) >= least;
            }));
        };
        const std::uint64_t louder = count(background.loudest, static_cast<double>(calibration.threshold));
        const std::uint64_t confirmed = count(background.confirmed, calibration.filter.least_snr);
        const double hours = background.seconds / kHour;
        Json one = {{"seconds", background.seconds},
                    {"of_each_detector", background.of_each},
                    {"slides", background.slides},
                    {"proposals", background.proposals},
                    {"false_alarms", confirmed},
                    {"per_hour_below_90_percent", poisson_upper_limit(confirmed) / hours},
                    {"false_alarms_of_networks_alone", louder},
                    {"of_networks_alone_per_hour_below_90_percent", poisson_upper_limit(louder) / hours}};
        if (background.files.empty())
            one["seed"] = background.seed;
        else
            one["files"] = background.files;
        one["loudest"] = background.loudest;
        one["confirmed"] = background.confirmed;
        json["backgrounds"].push_back(std::move(one));
    }
    return json.dump(1, '\t') + "\n";
}

Result<Calibration> calibration_of_json(const std::string& text) {
    try {
        const Json json = Json::parse(text);
        if (!json.is_object() || json.value("ligo_calibration", 0) != 1)
            return Error{"is no record of ligo calibrate"};
        Calibration calibration;
        json.at("threshold").get_to(calibration.threshold);
        json.at("wanted_hours").get_to(calibration.wanted_hours);
        json.at("margin").get_to(calibration.margin);
        json.at("snr_margin").get_to(calibration.snr_margin);
        json.at("commit").get_to(calibration.commit);
        for (const Json& model : json.at("models"))
            calibration.models.push_back(
                {model.at("name").get<std::string>(), model.at("crc32c").get<std::string>()});
        const Json& rules = json.at("rules");
        each_rule(calibration.rules, [&](const char* name, auto& value) { rules.at(name).get_to(value); });
        const Json& filter = json.at("filter");
        each_filter_rule(calibration.filter,
                         [&](const char* name, auto& value) { filter.at(name).get_to(value); });
        for (const Json& one : json.at("backgrounds")) {
            Background background;
            background.seed = one.value("seed", std::uint64_t{0});
            one.at("seconds").get_to(background.seconds);
            one.at("of_each_detector").get_to(background.of_each);
            one.at("slides").get_to(background.slides);
            one.at("proposals").get_to(background.proposals);
            one.at("loudest").get_to(background.loudest);
            one.at("confirmed").get_to(background.confirmed);
            background.files = one.value("files", std::vector<std::string>());
            calibration.backgrounds.push_back(std::move(background));
        }
        if (const std::string why = wrong(calibration); !why.empty())
            return Error{"is no usable record of ligo calibrate: " + why};
        return calibration;
    } catch (const nlohmann::json::exception& error) {
        return Error{std::string("is no record of ligo calibrate: ") + error.what()};
    }
}

}  // namespace memo::ligo
