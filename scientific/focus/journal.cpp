// Scores of a batch in a file (journal.h).
#include "scientific/focus/journal.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace memo::focus {

namespace {

using Json = nlohmann::ordered_json;

[[nodiscard]] std::string head_of(const std::string& options) {
    return Json{{"focus_journal", 1}, {"options", options}}.dump() + "\n";
}

}  // namespace

Result<std::map<std::string, Row>> rows_of_journal(const std::string& text, const std::string& options,
                                                   std::size_t* whole) {
    std::map<std::string, Row> rows;
    *whole = 0;
    bool first = true;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', *whole)) {
        const std::string line = text.substr(*whole, end + 1 - *whole);
        if (first && line != head_of(options)) {
            if (line.starts_with("{\"focus_journal\":"))
                return Error{"was made with other options: give those, or another journal"};
            return Error{"is no journal of focus score"};
        }
        if (!first) {
            auto row = row_of_line(line);
            if (!row)
                return Error{"is damaged at byte " + std::to_string(*whole) + ": delete it to begin anew"};
            rows[row->image] = *row;
        }
        first = false;
        *whole = end + 1;
    }
    return rows;
}

Result<Journal> Journal::open(const std::string& path, const std::string& options) {
    std::string text;
    {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream all;
        all << file.rdbuf();
        if (file) text = all.str();
    }
    std::size_t whole = 0;
    auto rows = rows_of_journal(text, options, &whole);
    if (!rows) return Error{path + ": " + rows.error()};
    const bool cut = whole < text.size();
    if (cut && text.find('\n') == std::string::npos && !head_of(options).starts_with(text))
        return Error{path + ": is no journal of focus score"};
    if (cut && truncate(path.c_str(), static_cast<off_t>(whole)) != 0)
        return Error{path + ": " + std::strerror(errno)};
    std::FILE* file = std::fopen(path.c_str(), "ae");
    if (file == nullptr) return Error{path + ": " + std::strerror(errno)};
    Journal journal(path, file);
    journal.rows_ = *std::move(rows);
    if (whole == 0 && (std::fputs(head_of(options).c_str(), file) < 0 || std::fflush(file) != 0))
        return Error{path + ": " + std::strerror(errno)};
    return journal;
}

std::optional<Error> Journal::add(const Row& row) {
    if (std::fputs(line_of(row).c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0)
        return Error{path_ + ": " + std::strerror(errno)};
    return std::nullopt;
}

}  // namespace memo::focus
