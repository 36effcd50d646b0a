// The columns that a problem's CSV may have, by all their names, and where the header row of a file puts them
// (planner/problem_csv.h says what they mean).
#pragma once

#include "common/result.h"
#include "planner/csv_line.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace memo::planner {

enum class CsvColumn : std::uint8_t { id, lower, upper, size, alignment, hint, gaps, offset, alias, arena };
inline constexpr std::size_t kCsvColumns = 10;

struct CsvHeader {
    static constexpr std::size_t kAbsent = SIZE_MAX;

    std::array<std::size_t, kCsvColumns> places;    // index of the field
    std::array<std::string, kCsvColumns> spelling;  // as the file has it, for messages
    bool closed_upper = false;                      // `upper` is the last moment of a lifetime: "end"
    std::size_t fields = 0;                         // of every row, unknown columns too

    [[nodiscard]] std::size_t place(CsvColumn column) const {
        return places[static_cast<std::size_t>(column)];
    }
    [[nodiscard]] bool has(CsvColumn column) const { return place(column) != kAbsent; }
};

// The error, without its line, is one line: two columns mean the same, or one that is needed is not there.
[[nodiscard]] Result<CsvHeader> read_csv_header(const std::vector<CsvField>& fields);

}  // namespace memo::planner
