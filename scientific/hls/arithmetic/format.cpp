// Names of number formats, written and read (format.h).
#include "scientific/hls/arithmetic/format.h"

#include <charconv>

namespace memo::hls {

namespace {

constexpr int kLeastExponent = 2;
constexpr int kMostExponent = 8;
constexpr int kMostFraction = 23;
constexpr int kMostFixed = 24;

bool read_number(std::string_view& text, int& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool skip(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

std::string Format::name() const {
    return (kind == Kind::fixed ? "fixed " : "") + std::to_string(high) + "," +
           (dropped > 0 ? std::to_string(low - dropped) + "," : "") + std::to_string(low);
}

Result<Format> parse_format(std::string_view text) {
    const std::string whole(text);
    Format format;
    if (skip(text, "fixed")) {
        format.kind = Format::Kind::fixed;
    } else {
        skip(text, "float");
    }
    while (skip(text, " ") || skip(text, ":")) {
    }
    bool read = read_number(text, format.high) && skip(text, ",") && read_number(text, format.low);
    if (read && format.kind == Format::Kind::floating && skip(text, ",")) {
        const int factor = format.low;
        read = read_number(text, format.low);
        format.dropped = format.low - factor;
        if (read && (factor < 1 || format.dropped < 1))
            return Error{"sums have more fraction bits than factors, not " + whole};
    }
    if (!read || !text.empty())
        return Error{
            "\"" + whole +
            "\" is no number format: give 5,4 (exponent, fraction), 5,4,9 (exponent, fraction of factors, "
            "of sums) or fixed 8,8"};
    if (format.kind == Format::Kind::floating) {
        if (format.high < kLeastExponent || format.high > kMostExponent || format.low < 1 ||
            format.low > kMostFraction)
            return Error{"floats have 2 to 8 exponent bits and 1 to 23 fraction bits, not " + format.name()};
    } else if (format.high < 1 || format.high > kMostFixed || format.low < 0 || format.low > kMostFixed ||
               format.high + format.low > kMostFixed || format.high + format.low < 2) {
        return Error{"fixed-point numbers have 1 integer bit or more and 2 to 24 bits in all, not " +
                     format.name()};
    }
    return format;
}

}  // namespace memo::hls
