// What memo says as JSON: values to be built and printed. Kept apart from nlohmann-json, which takes seconds
// to read in every file that includes it: only json.cpp (scalars as text) and problem_json.cpp (parsing) do.
//
// A value is written as nlohmann-json has it: Json{{"height", 64}, {"strategy", "greedy"}} is an object,
// since all elements are pairs that begin with a string; any other list in braces is an array. Fields keep
// the order in which they were added. Asking a value for what it is not is a programming error, and
// undefined. Thread safety: that of a container.
#pragma once

#include "common/result.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace memo::cli {

class Json {
  public:
    // Implicit, so that a list in braces may hold anything.
    // NOLINTBEGIN(google-explicit-constructor)
    Json(std::nullptr_t = nullptr);
    template <std::same_as<bool> Bool>  // not from pointers
    Json(Bool value) : value_(value) {}
    template <std::signed_integral Integer>
    Json(Integer value) : value_(static_cast<std::int64_t>(value)) {}
    template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>) Json(Integer value) : value_(static_cast<std::uint64_t>(value)) {}
    Json(double value);
    Json(const char* text);
    Json(std::string_view text);
    Json(std::string text);
    Json(const std::vector<std::string>& texts);
    Json(std::initializer_list<Json> values);
    // NOLINTEND(google-explicit-constructor)

    Json(const Json& other);
    Json(Json&& other) noexcept;
    Json& operator=(Json other) noexcept;
    ~Json();

    // From text; what is nested deeper than 100 levels becomes null. The error is one line: where it is no
    // JSON, and what was expected there.
    [[nodiscard]] static Result<Json> parse(std::string_view text);

    [[nodiscard]] static Json array();
    [[nodiscard]] static Json object();

    // Of an object, or null, which becomes one: the field, added as null where it is not there.
    Json& operator[](std::string_view field);
    // To an array.
    void push_back(Json value);

    [[nodiscard]] bool is_null() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool contains(std::string_view field) const;
    // A field that is there.
    [[nodiscard]] const Json& operator[](std::string_view field) const;
    [[nodiscard]] const std::vector<Json>& items() const;  // of an array
    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] bool flag() const;
    [[nodiscard]] std::uint64_t number() const;  // whole, and not negative

    // On one line, or with a line a value and this indentation. What is not UTF-8 is replaced by U+FFFD, what
    // is not a number (NaN, infinity) by null.
    [[nodiscard]] std::string dump(std::size_t indent = 0) const;

  private:
    using Array = std::vector<Json>;
    using Object = std::vector<std::pair<std::string, Json>>;

    [[nodiscard]] const Json* find(std::string_view field) const;
    void write(std::string& out, std::size_t indent, std::size_t depth) const;

    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>
        value_;
};

}  // namespace memo::cli
