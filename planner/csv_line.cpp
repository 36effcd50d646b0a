// Splitting and quoting of one line of CSV.
#include "planner/csv_line.h"

#include <algorithm>

namespace memo::planner {
namespace {

// The end of the quoted field whose inside starts at `begin`: the index of its closing quote, npos if there
// is none.
std::size_t closing_quote(std::string_view line, std::size_t begin) {
    for (std::size_t at = line.find('"', begin); at != std::string_view::npos; at = line.find('"', at + 2)) {
        if (at + 1 >= line.size() || line[at + 1] != '"') return at;
    }
    return std::string_view::npos;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r";
    const std::size_t first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::string CsvField::text() const {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size(); ++at) {
        text += raw[at];
        if (was_quoted && raw[at] == '"') ++at;
    }
    return text;
}

bool split_csv_line(std::string_view line, std::vector<CsvField>& fields) {
    fields.clear();
    for (;;) {
        const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
        std::size_t comma = 0;
        if (first < line.size() && line[first] == '"') {
            const std::size_t last = closing_quote(line, first + 1);
            if (last == std::string_view::npos) return false;
            comma = line.find(',', last);
            if (!trimmed(line.substr(last + 1, std::min(comma, line.size()) - last - 1)).empty())
                return false;
            fields.push_back({line.substr(first + 1, last - first - 1), true});
        } else {
            comma = line.find(',');
            fields.push_back({trimmed(line.substr(0, comma)), false});
        }
        if (comma == std::string_view::npos) return true;
        line.remove_prefix(comma + 1);
    }
}

void append_csv_field(std::string& out, std::string_view text) {
    const bool plain = text.find_first_of("\",") == std::string_view::npos && trimmed(text) == text &&
                       !text.starts_with('#') && !text.empty();
    if (plain) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace memo::planner
