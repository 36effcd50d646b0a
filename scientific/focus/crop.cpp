// Which part of an image counts (crop.h).
#include "scientific/focus/crop.h"

#include "scientific/imaging/image_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace memo::focus {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kNoBox =
    "\"bounding_box\" wants whole numbers x, y, width, height, the last two above 0";
constexpr std::uintmax_t kMostSidecar = 1U << 20U;  // bytes

// A whole number that fits, 0 or more; else -1.
[[nodiscard]] int number_of(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

}  // namespace

Result<imaging::Rectangle> parse_crop(const std::string& text) {
    std::istringstream parts(text);
    std::string part;
    int numbers[4] = {};
    int count = 0;
    while (std::getline(parts, part, ',') && count < 4) numbers[count++] = number_of(part);
    const bool right = count == 4 && parts.eof() && std::count(text.begin(), text.end(), ',') == 3 &&
                       numbers[0] >= 0 && numbers[1] >= 0 && numbers[2] > 0 && numbers[3] > 0;
    if (!right) return Error{"'" + text + "' is no part of an image: X,Y,WIDTH,HEIGHT, as 0,0,1024,768"};
    return imaging::Rectangle{numbers[0], numbers[1], numbers[2], numbers[3]};
}

Result<std::optional<imaging::Rectangle>> bounding_box_of_json(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return Error{"is no JSON"};
    if (!json.is_object() || !json.contains("bounding_box")) return std::optional<imaging::Rectangle>();
    const Json& box = json["bounding_box"];
    const auto number = [&](const char* name) -> std::int64_t {
        if (!box.is_object() || !box.contains(name)) return -1;
        const Json& value = box[name];
        if (!value.is_number_integer() || value > INT32_MAX || value < 0) return -1;
        return value.get<std::int64_t>();
    };
    const auto x = number("x");
    const auto y = number("y");
    const auto width = number("width");
    const auto height = number("height");
    if (x < 0 || y < 0 || width <= 0 || height <= 0) return Error{kNoBox};
    return std::optional(imaging::Rectangle{static_cast<int>(x), static_cast<int>(y), static_cast<int>(width),
                                            static_cast<int>(height)});
}

std::optional<imaging::Rectangle> bounding_box_of_instrument(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    bool in_image = false;
    int width = 0;
    int height = 0;
    while (std::getline(lines, line)) {
        if (line.starts_with('[')) in_image = line.starts_with("[Image]");
        if (!in_image) continue;
        if (line.starts_with("ResolutionX=")) width = number_of(std::string_view(line).substr(12));
        if (line.starts_with("ResolutionY=")) height = number_of(std::string_view(line).substr(12));
    }
    if (width <= 0 || height <= 0) return std::nullopt;
    return imaging::Rectangle{0, 0, width, height};
}

Result<std::optional<imaging::Rectangle>> bounding_box_of(const std::string& image_path) {
    const fs::path sidecar = fs::path(image_path).replace_extension(".json");
    std::error_code error;
    if (fs::is_regular_file(sidecar, error)) {
        if (fs::file_size(sidecar, error) > kMostSidecar)
            return Error{sidecar.string() + ": is too large to be read"};
        std::ifstream file(sidecar);
        std::ostringstream text;
        text << file.rdbuf();
        if (!file) return Error{sidecar.string() + ": cannot be read"};
        auto box = bounding_box_of_json(text.str());
        if (!box) return Error{sidecar.string() + ": " + box.error()};
        if (*box) return box;
    }
    const std::string extension = fs::path(image_path).extension().string();
    if (extension != ".tif" && extension != ".tiff" && extension != ".TIF" && extension != ".TIFF")
        return std::optional<imaging::Rectangle>();
    const imaging::TiffText text = imaging::tiff_text(image_path);
    // Descriptions are for people as a rule: only what is our JSON counts.
    if (const auto box = bounding_box_of_json(text.description); box && *box) return *box;
    return bounding_box_of_instrument(text.instrument);
}

}  // namespace memo::focus
