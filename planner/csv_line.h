// One line of CSV (RFC 4180, without line breaks inside quotes) to fields and back. Fields are views into the
// line, so nothing is copied until someone wants the text of a quoted field. Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace memo::planner {

// `raw` has no outer spaces and no outer quotes; in a quoted field, quotes are still doubled.
struct CsvField {
    std::string_view raw;
    bool was_quoted = false;

    [[nodiscard]] std::string text() const;
};

// Without spaces, tabs and carriage returns at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// Splits a line at its commas; `fields` is overwritten and keeps its memory. False if a quoted field does not
// end, or if anything but a comma follows its closing quote. The fields live as long as what `line` views.
[[nodiscard]] bool split_csv_line(std::string_view line, std::vector<CsvField>& fields);

// Appends `text` as one field, in quotes only where it needs them.
void append_csv_field(std::string& out, std::string_view text);

}  // namespace memo::planner
