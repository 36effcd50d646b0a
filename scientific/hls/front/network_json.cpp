// Networks in and out of JSON (network_json.h).
#include "scientific/hls/front/network_json.h"

#include "scientific/strict_json.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <unordered_map>

namespace memo::hls {

namespace {

using Json = StrictJson;

std::optional<LayerKind> kind_of(const std::string& word) {
    for (std::size_t kind = 0; kind < kLayerKinds; ++kind)
        if (name_of(static_cast<LayerKind>(kind)) == word) return static_cast<LayerKind>(kind);
    return std::nullopt;
}

std::string all_kinds() {
    std::string words;
    for (std::size_t kind = 0; kind < kLayerKinds; ++kind)
        words += (kind == 0 ? "" : ", ") + std::string(name_of(static_cast<LayerKind>(kind)));
    return words;
}

// A name as it may stand in a message of one line.
std::string name_in(const Json& value) {
    auto text = value.get<std::string>();
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = '?';
    return text;
}

// Everything that may throw is in here: the caller turns nlohmann's exceptions into errors.
Result<Layer> read_layer(const Json& object, const std::unordered_map<std::string, std::uint32_t>& values) {
    Layer layer;
    layer.name = name_in(object.at("name"));
    const auto word = name_in(object.at("op"));
    const std::optional<LayerKind> kind = kind_of(word);
    if (!kind)
        return Error{"layer " + layer.name + ": unsupported operator " + word + " (there are " + all_kinds() +
                     ")"};
    layer.kind = *kind;
    for (const Json& input : object.at("inputs")) {
        const std::string source = name_in(input);
        const auto found = values.find(source);
        if (found == values.end())
            return Error{"layer " + layer.name + ": its input " + source + " comes after it or nowhere"};
        layer.inputs.push_back(found->second);
    }
    if (const auto weight = object.find("weight"); weight != object.end()) {
        if (weight->is_object()) {
            layer.weight_shape = weight->at("shape").get<Shape>();
            layer.weight = weight->at("data").get<std::vector<double>>();
        } else {
            layer.weight = weight->get<std::vector<double>>();
        }
    }
    if (object.contains("bias")) layer.bias = object["bias"].get<std::vector<double>>();
    for (const auto& [key, target] :
         {std::pair{"stride", &layer.stride}, std::pair{"padding", &layer.padding},
          std::pair{"kernel", &layer.kernel}, std::pair{"dimension", &layer.dimension},
          std::pair{"chain", &layer.chain}})
        if (object.contains(key)) *target = object[key].get<std::int64_t>();
    if (object.contains("slope")) layer.slope = object["slope"].get<double>();
    if (object.contains("sizes")) layer.sizes = object["sizes"].get<Shape>();
    if (layer.chain < 0) return Error{"layer " + layer.name + ": a chain has one product at least"};
    for (const auto* numbers : {&layer.weight, &layer.bias})
        for (const double number : *numbers)
            if (!std::isfinite(number))
                return Error{"layer " + layer.name + ": a weight that is no finite number"};
    return layer;
}

Result<Network> read_network(const Json& object) {
    Network network;
    network.name = object.contains("name") ? name_in(object["name"]) : "network";
    network.input = object.at("input").get<Shape>();
    std::unordered_map<std::string, std::uint32_t> values{{"input", 0}};
    for (const Json& entry : object.at("layers")) {
        Result<Layer> layer = read_layer(entry, values);
        if (!layer) return Error{layer.error()};
        if (!values.emplace(layer->name, static_cast<std::uint32_t>(network.layers.size() + 1)).second)
            return Error{"two layers are called " + layer->name};
        network.layers.push_back(std::move(layer).value());
    }
    const auto output = name_in(object.at("output"));
    if (!values.contains(output)) return Error{"there is no layer " + output + ", which is to be the output"};
    network.output = values[output];
    if (const auto shapes = shapes_of(network); !shapes) return Error{shapes.error()};
    return network;
}

std::string numbers(const std::vector<double>& values) {
    std::string text = "[";
    for (const double value : values)
        fmt::format_to(std::back_inserter(text), "{}{:.7g}", text.size() > 1 ? "," : "", value);
    return text + "]";
}

std::string quoted(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<Network> parse_network(std::string_view text) {
    try {
        return read_network(Json::parse(text));
    } catch (const Json::exception& error) {
        // "[json.exception.type_error.302] type must be string, but is number" without the brackets
        const std::string what = error.what();
        const std::size_t end = what.find("] ");
        return Error{"not a network: " + (end == std::string::npos ? what : what.substr(end + 2))};
    }
}

std::string format_network(const Network& network) {
    const auto value_name = [&](std::uint32_t value) {
        return value == 0 ? std::string("input") : network.layers[value - 1].name;
    };
    std::string text =
        fmt::format(R"({{"name": {}, "input": {}, "output": {}, "layers": [)", quoted(network.name),
                    Json(network.input).dump(), quoted(value_name(network.output)));
    for (std::size_t index = 0; index < network.layers.size(); ++index) {
        const Layer& layer = network.layers[index];
        std::string inputs;
        for (const std::uint32_t value : layer.inputs)
            inputs += (inputs.empty() ? "" : ", ") + quoted(value_name(value));
        text += fmt::format("{}\n  {{\"name\": {}, \"op\": \"{}\", \"inputs\": [{}]", index == 0 ? "" : ",",
                            quoted(layer.name), name_of(layer.kind), inputs);
        const Layer usual;
        for (const auto& [key, value, standard] : {std::tuple{"stride", layer.stride, usual.stride},
                                                   std::tuple{"padding", layer.padding, usual.padding},
                                                   std::tuple{"kernel", layer.kernel, usual.kernel},
                                                   std::tuple{"dimension", layer.dimension, usual.dimension},
                                                   std::tuple{"chain", layer.chain, usual.chain}})
            if (value != standard) text += fmt::format(", \"{}\": {}", key, value);
        if (layer.slope != 0) text += fmt::format(", \"slope\": {:.7g}", layer.slope);
        if (!layer.sizes.empty()) text += ", \"sizes\": " + Json(layer.sizes).dump();
        if (!layer.weight_shape.empty())
            text += fmt::format(",\n   \"weight\": {{\"shape\": {}, \"data\": {}}}",
                                Json(layer.weight_shape).dump(), numbers(layer.weight));
        else if (!layer.weight.empty())
            text += ",\n   \"weight\": " + numbers(layer.weight);
        if (!layer.bias.empty()) text += ",\n   \"bias\": " + numbers(layer.bias);
        text += "}";
    }
    return text + "\n]}\n";
}

}  // namespace memo::hls
