// The tree and its printing (cli/json.h). How a string is escaped and a double is written is left to
// nlohmann-json.
#include "cli/json.h"

#include "cli/output.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace memo::cli {

namespace {

using Library = nlohmann::json;

[[nodiscard]] std::string scalar(const Library& value) {
    return value.dump(-1, ' ', false, Library::error_handler_t::replace);
}

constexpr int kDeepest = 100;  // levels of a tree that is read

// The library's tree as ours, down to `levels` below this one.
[[nodiscard]] Json ours(const nlohmann::ordered_json& value, int levels) {
    if (levels == 0) return nullptr;
    if (value.is_object()) {
        Json object = Json::object();
        for (const auto& field : value.items()) object[field.key()] = ours(field.value(), levels - 1);
        return object;
    }
    if (value.is_array()) {
        Json array = Json::array();
        for (const auto& element : value) array.push_back(ours(element, levels - 1));
        return array;
    }
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_unsigned()) return value.get<std::uint64_t>();
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (value.is_number()) return value.get<double>();
    return nullptr;
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
    try {
        return ours(nlohmann::ordered_json::parse(text), kDeepest);
    } catch (const nlohmann::json::exception& error) {
        std::string_view what = error.what();
        what.remove_prefix(std::min(what.find("] ") + 2, what.size()));  // the exception's own name
        return Error{"not JSON: " + printable(what)};
    }
}

Json::Json(std::nullptr_t) {}
Json::Json(double value) : value_(value) {}
Json::Json(const char* text) : value_(std::string(text)) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(const std::vector<std::string>& texts) : value_(Array(texts.begin(), texts.end())) {}

Json::Json(std::initializer_list<Json> values) {
    const bool is_object = std::all_of(values.begin(), values.end(), [](const Json& value) {
        const auto* const pair = std::get_if<Array>(&value.value_);
        return pair != nullptr && pair->size() == 2 && std::holds_alternative<std::string>((*pair)[0].value_);
    });
    if (!is_object) {
        value_ = Array(values);
        return;
    }
    Object fields;
    fields.reserve(values.size());
    for (const Json& value : values) fields.emplace_back(value.items()[0].text(), value.items()[1]);
    value_ = std::move(fields);
}

Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json::~Json() = default;

Json& Json::operator=(Json other) noexcept {
    value_ = std::move(other.value_);
    return *this;
}

Json Json::array() {
    Json json;
    json.value_ = Array();
    return json;
}

Json Json::object() {
    Json json;
    json.value_ = Object();
    return json;
}

const Json* Json::find(std::string_view field) const {
    const auto& fields = *std::get_if<Object>(&value_);
    const auto at =
        std::find_if(fields.begin(), fields.end(), [&](const auto& entry) { return entry.first == field; });
    return at == fields.end() ? nullptr : &at->second;
}

Json& Json::operator[](std::string_view field) {
    if (is_null()) value_ = Object();
    if (const Json* const found = find(field)) return const_cast<Json&>(*found);
    return std::get_if<Object>(&value_)->emplace_back(field, Json()).second;
}

void Json::push_back(Json value) {
    std::get_if<Array>(&value_)->push_back(std::move(value));
}

bool Json::is_null() const {
    return std::holds_alternative<std::nullptr_t>(value_);
}

bool Json::is_array() const {
    return std::holds_alternative<Array>(value_);
}

bool Json::is_object() const {
    return std::holds_alternative<Object>(value_);
}

bool Json::contains(std::string_view field) const {
    return find(field) != nullptr;
}

const Json& Json::operator[](std::string_view field) const {
    return *find(field);
}

const std::vector<Json>& Json::items() const {
    return *std::get_if<Array>(&value_);
}

const std::string& Json::text() const {
    return *std::get_if<std::string>(&value_);
}

bool Json::flag() const {
    return *std::get_if<bool>(&value_);
}

std::uint64_t Json::number() const {
    const auto* const number = std::get_if<std::uint64_t>(&value_);
    return number != nullptr ? *number : static_cast<std::uint64_t>(*std::get_if<std::int64_t>(&value_));
}

std::string Json::dump(std::size_t indent) const {
    std::string out;
    write(out, indent, 0);
    return out;
}

void Json::write(std::string& out, std::size_t indent, std::size_t depth) const {
    const auto list = [&](char open, char close, const auto& entries, const auto& write_entry) {
        const auto new_line = [&](std::size_t level) {
            if (indent != 0) out.append("\n").append(indent * level, ' ');
        };
        out += open;
        for (const auto& entry : entries) {
            if (&entry != &entries.front()) out += ',';
            new_line(depth + 1);
            write_entry(entry);
        }
        if (!entries.empty()) new_line(depth);
        out += close;
    };
    if (const auto* const array = std::get_if<Array>(&value_)) {
        list('[', ']', *array, [&](const Json& value) { value.write(out, indent, depth + 1); });
    } else if (const auto* const object = std::get_if<Object>(&value_)) {
        list('{', '}', *object, [&](const auto& field) {
            out += scalar(field.first);
            out += indent != 0 ? ": " : ":";
            field.second.write(out, indent, depth + 1);
        });
    } else if (const auto* const text = std::get_if<std::string>(&value_)) {
        out += scalar(*text);
    } else if (const auto* const flag = std::get_if<bool>(&value_)) {
        out += *flag ? "true" : "false";
    } else if (const auto* const whole = std::get_if<std::int64_t>(&value_)) {
        out += std::to_string(*whole);
    } else if (const auto* const positive = std::get_if<std::uint64_t>(&value_)) {
        out += std::to_string(*positive);
    } else if (const auto* const real = std::get_if<double>(&value_)) {
        out += scalar(*real);
    } else {
        out += "null";
    }
}

}  // namespace memo::cli
