// Values as JSON text: what nlohmann-json writes for the same, and what it reads back.
#include "cli/json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>

using memo::cli::Json;

TEST_CASE("pairs that begin with a string are fields, other lists are arrays") {
    CHECK(Json{{"a", 1}}.dump() == R"({"a":1})");
    CHECK(Json{{"a", {{"b", nullptr}, {"c", {1, 2, 3}}}}, {"d", true}}.dump() ==
          R"({"a":{"b":null,"c":[1,2,3]},"d":true})");
    CHECK(Json{{1, 2}, {3, 4}}.dump() == "[[1,2],[3,4]]");
    CHECK(Json{"a", 1, -2}.dump() == R"(["a",1,-2])");
    CHECK(Json().dump() == "null");
    CHECK(Json::array().dump(2) == "[]");
    CHECK(Json::object().dump(2) == "{}");
    CHECK(Json(std::vector<std::string>{"x", "y"}).dump() == R"(["x","y"])");
}

TEST_CASE("fields keep their order, and are added where they are missing") {
    Json json;
    json["z"] = 1;
    json["a"] = Json::array();
    json["a"].push_back({{"deep", false}});
    json["z"] = {{"again", "text"}};
    CHECK(json.dump() == R"({"z":{"again":"text"},"a":[{"deep":false}]})");
    CHECK(json.contains("a"));
    CHECK_FALSE(json.contains("b"));
    const Json copy = json;
    json["a"] = nullptr;
    CHECK(json["a"].is_null());
    CHECK(copy["a"].items().size() == 1);
    CHECK_FALSE(copy["a"].items()[0]["deep"].flag());
    CHECK(copy["z"]["again"].text() == "text");
}

TEST_CASE("text is escaped, numbers are exact, and what JSON cannot say is replaced") {
    CHECK(Json("q\"\\\n\x01").dump() == R"("q\"\\\n\u0001")");
    CHECK(Json("a\xff").dump() == "\"a\xef\xbf\xbd\"");
    CHECK(Json(std::string("\0x", 2)).dump() == R"("\u0000x")");
    CHECK(Json(UINT64_MAX).dump() == "18446744073709551615");
    CHECK(Json(INT64_MIN).dump() == "-9223372036854775808");
    CHECK(Json(UINT64_MAX).number() == UINT64_MAX);
    CHECK(Json(7).number() == 7);
    CHECK(Json(0.1).dump() == "0.1");
    CHECK(Json(1.0).dump() == "1.0");
    CHECK(Json(std::nan("")).dump() == "null");
    CHECK(Json(HUGE_VAL).dump() == "null");
}

TEST_CASE("the text is what the library writes for the same value, with and without lines") {
    const Json json = {{"list", {1, -5, 2.5e-7, "two", nullptr, {{"empty", Json::array()}}}},
                       {"quoted \" name", {{"a", Json::object()}, {"b", {true, false}}}}};
    const auto read = nlohmann::ordered_json::parse(json.dump());
    CHECK(json.dump() == read.dump());
    for (const int indent : {1, 2, 4})
        CHECK(json.dump(static_cast<std::size_t>(indent)) == read.dump(indent));
}
