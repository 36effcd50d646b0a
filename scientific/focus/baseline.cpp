// What scores are usual (baseline.h).
#include "scientific/focus/baseline.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace memo::focus {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kNormal =
    1.4826;  // standard deviations a median absolute deviation is, of a normal distribution
constexpr double kLeastSpread = 0.02;
constexpr std::size_t kMostPaired = 500;

[[nodiscard]] double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) return *middle;
    return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

}  // namespace

Usual usual_of(const std::vector<double>& log_features) {
    Usual usual;
    usual.scores = log_features.size();
    usual.centre = median(log_features);
    std::vector<double> off;
    off.reserve(log_features.size());
    for (const double value : log_features) off.push_back(std::fabs(value - usual.centre));
    usual.spread = std::max({kNormal * median(off), std::exp(-0.5 * usual.centre), kLeastSpread});
    return usual;
}

Verdict verdict_of(double log_features, const Usual& usual, double limit) {
    const double distance = (log_features - usual.centre) / usual.spread;
    const double beyond = std::fabs(distance + limit);
    return {distance >= -limit, distance, 0.5 * std::erfc(-beyond / std::sqrt(2.0))};
}

double drift_of(const std::vector<double>& log_features) {
    const std::size_t step = log_features.size() / kMostPaired + 1;
    std::vector<double> slopes;
    for (std::size_t i = 0; i < log_features.size(); i += step) {
        for (std::size_t j = i + step; j < log_features.size(); j += step)
            slopes.push_back((log_features[j] - log_features[i]) / static_cast<double>(j - i));
    }
    return median(std::move(slopes));
}

std::optional<Verdict> RunningBaseline::judge(double log_features) {
    const Usual now = usual();
    std::optional<Verdict> verdict;
    if (now.known()) verdict = verdict_of(log_features, now, limit_);
    if (!verdict || verdict->in_focus) {
        known_.push_back(log_features);
        if (known_.size() > kRemembered) known_.pop_front();
    }
    return verdict;
}

Usual RunningBaseline::usual() const {
    if (given_) return *given_;
    return usual_of({known_.begin(), known_.end()});
}

std::string json_of(const Usual& usual) {
    return Json{{"centre", usual.centre}, {"spread", usual.spread}, {"scores", usual.scores}}.dump(2) + "\n";
}

Result<Usual> usual_of_json(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    const auto number = [&](const char* name) {
        if (!json.is_object() || !json.contains(name) || !json[name].is_number()) return std::nan("");
        return json[name].get<double>();
    };
    const double centre = number("centre");
    const double spread = number("spread");
    const double scores = number("scores");
    if (!std::isfinite(centre) || !(spread > 0) || !std::isfinite(spread) || !(scores >= 1 && scores < 1e15))
        return Error{
            "is no baseline: it wants numbers centre, spread and scores, as focus score --save-baseline "
            "writes"};
    return Usual{centre, spread, static_cast<std::size_t>(scores)};
}

}  // namespace memo::focus
