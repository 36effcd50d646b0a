// JSON in which a whole number is one: reading 2.5, 1e300 or -1 as an unsigned number throws
// nlohmann::json::exception, where the library itself converts (undefined behaviour for what the type cannot
// hold). For readers that answer for all numbers of a text at once.
#pragma once

#include <nlohmann/json.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace memo {

template <class Value, class = void>
struct StrictSerializer : nlohmann::adl_serializer<Value> {};

template <class Whole>
concept WholeNumber = std::integral<Whole> && !std::same_as<Whole, bool>;

template <WholeNumber Whole>
struct StrictSerializer<Whole> {
    template <class Json>
    static void to_json(Json& json, Whole value) {
        nlohmann::to_json(json, value);
    }

    template <class Json>
    static void from_json(const Json& json, Whole& value) {
        const auto fits = [&] {
            if (!json.is_number_integer()) return false;
            if (json.is_number_unsigned())
                return std::in_range<Whole>(*json.template get_ptr<const std::uint64_t*>());
            return std::in_range<Whole>(*json.template get_ptr<const std::int64_t*>());
        };
        if (!fits())
            throw nlohmann::detail::type_error::create(302, "no whole number of this size: " + json.dump(),
                                                       &json);
        nlohmann::from_json(json, value);
    }
};

using StrictJson = nlohmann::basic_json<nlohmann::ordered_map, std::vector, std::string, bool, std::int64_t,
                                        std::uint64_t, double, std::allocator, StrictSerializer>;

}  // namespace memo
