// Encoding columns (cli/report/columns.h).
#include "cli/report/columns.h"

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::uint64_t kMostExact = std::uint64_t{1} << 53U;

template <class Value>
[[nodiscard]] Json typed(const char* type, const std::vector<Value>& values) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    return {{"type", type}, {"data", base64({bytes, values.size() * sizeof(Value)})}};
}

}  // namespace

std::string base64(std::span<const std::uint8_t> bytes) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < count ? bytes[i + k] : 0U);
        for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

Json column(const std::vector<std::uint16_t>& values) {
    return typed("u16", values);
}

Json column(const std::vector<std::uint32_t>& values) {
    return typed("u32", values);
}

Json column(const std::vector<std::uint64_t>& values) {
    std::vector<double> exact;
    exact.reserve(values.size());
    for (const std::uint64_t value : values)
        exact.push_back(static_cast<double>(std::min(value, kMostExact)));
    return typed("f64", exact);
}

}  // namespace memo::cli
