// Splitting and quoting of one line of CSV.
#include "planner/csv_line.h"

#include <algorithm>

namespace memo::planner {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

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
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string CsvField::text() const {
    if (!was_quoted) return std::string(raw);
    std::string text;
    text.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size(); ++at) {
        text += raw[at];
        if (raw[at] == '"') ++at;
    }
    return text;
}

bool split_csv_line(std::string_view line, std::vector<CsvField>& fields) {
    fields.clear();
    for (;;) {
        std::size_t first = 0;
        while (first < line.size() && (line[first] == ' ' || line[first] == '\t')) ++first;
        std::size_t comma = first;  // the line's size if there is none
        if (first < line.size() && line[first] == '"') {
            const std::size_t last = closing_quote(line, first + 1);
            if (last == std::string_view::npos) return false;
            comma = std::min(line.find(',', last), line.size());
            if (!trimmed(line.substr(last + 1, comma - last - 1)).empty()) return false;
            fields.push_back({line.substr(first + 1, last - first - 1), true});
        } else {
            // Fields are short: a plain loop beats a search that has to be set up.
            while (comma < line.size() && line[comma] != ',') ++comma;
            fields.push_back({trimmed(line.substr(first, comma - first)), false});
        }
        if (comma == line.size()) return true;
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
