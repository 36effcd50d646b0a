// Columns of numbers as the report's page reads them: base64 of little-endian typed arrays, a third of the
// text that decimal numbers take, and decoded at once. Thread safety: pure functions.
#pragma once

#include "cli/json.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memo::cli {

[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

// {"type": "u16" | "u32" | "f64", "data": base64}. A count or an amount of bytes is an f64: exact to 2^53,
// and saturated there.
[[nodiscard]] Json column(const std::vector<std::uint16_t>& values);
[[nodiscard]] Json column(const std::vector<std::uint32_t>& values);
[[nodiscard]] Json column(const std::vector<std::uint64_t>& values);

// The column of `rows` that `value` picks.
template <class Value, class Row, class Pick>
[[nodiscard]] Json column_of(std::span<const Row> rows, Pick value) {
    std::vector<Value> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(static_cast<Value>(value(row)));
    return column(values);
}

}  // namespace memo::cli
