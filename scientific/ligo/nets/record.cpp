// How a network was trained (record.h).
#include "scientific/ligo/nets/record.h"

#include "scientific/strict_json.h"

namespace memo::ligo {

namespace {

using Json = StrictJson;

// Calls visit(name, value) for every number, for reading and writing alike.
template <class Options, class Visit>
void each_number(Options& options, const Visit& visit) {
    auto& net = options.architecture;
    visit("channels", net.channels);
    visit("stem_taps", net.stem_taps);
    visit("stride", net.stride);
    visit("taps", net.taps);
    visit("dilations", net.dilations);
    visit("joined", net.joined);
    visit("join_taps", net.join_taps);
    visit("lag", net.lag);
    visit("width", net.width);
    auto& examples = options.examples;
    visit("data_seed", examples.seed);
    visit("noise_seconds", examples.noise_seconds);
    visit("waveforms", examples.waveforms);
    visit("lightest", examples.lightest);
    visit("heaviest", examples.heaviest);
    visit("least_ratio", examples.least_ratio);
    visit("spins", examples.spins);
    visit("quietest", examples.quietest);
    visit("loudest", examples.loudest);
    visit("events_a_second", examples.rate);
    visit("other_events", examples.others);
    visit("frames", examples.frames);
    visit("steps", options.steps);
    visit("batch", options.batch);
    visit("learning_rate", options.learning_rate);
    visit("positive", options.positive);
    visit("loud_share", options.loud_share);
    visit("loud", options.loud);
}

}  // namespace

std::string TrainingOptions::wrong() const {
    if (std::string wrong = architecture.wrong(); !wrong.empty()) return wrong;
    if (steps < 1 || steps > 10'000'000) return "steps must be 1 to 10,000,000";
    if (batch < 1 || batch > 4096) return "a batch must have 1 to 4,096 examples";
    if (!(learning_rate > 0 && learning_rate < 1)) return "the learning rate must lie between 0 and 1";
    if (examples.waveforms < 1 || examples.waveforms > 100'000) return "waveforms must be 1 to 100,000";
    if (examples.frames < 64 || examples.frames > 100'000) return "an example must have 64 to 100,000 frames";
    if (!(examples.noise_seconds >= 64 && examples.noise_seconds <= 100'000))
        return "noise must last 64 to 100,000 s";
    return "";
}

std::string json_of(const TrainingRecord& record) {
    Json json;
    json["name"] = record.name;
    each_number(record.options, [&](const char* name, const auto& value) { json[name] = value; });
    json["losses"] = record.losses;
    json["cpu_seconds"] = record.cpu_seconds;
    json["commit"] = record.commit;
    json["torch"] = record.torch;
    return json.dump(1, '\t');
}

Result<TrainingRecord> record_of_json(const std::string& text) {
    try {
        const Json json = Json::parse(text);
        TrainingRecord record;
        json.at("name").get_to(record.name);
        each_number(record.options, [&](const char* name, auto& value) { json.at(name).get_to(value); });
        json.at("losses").get_to(record.losses);
        json.at("cpu_seconds").get_to(record.cpu_seconds);
        json.at("commit").get_to(record.commit);
        json.at("torch").get_to(record.torch);
        if (const std::string wrong = record.options.wrong(); !wrong.empty()) return Error{wrong};
        return record;
    } catch (const nlohmann::json::exception& error) {
        return Error{std::string("no training record: ") + error.what()};
    }
}

TrainingOptions training_of(int model, std::uint64_t seed) {
    TrainingOptions options;
    options.architecture = architecture_of(model);
    options.examples.seed = seed + static_cast<std::uint64_t>(model);
    return options;
}

}  // namespace memo::ligo
