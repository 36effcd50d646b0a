// Scores of a batch in a file (journal.h).
#include "scientific/focus/journal.h"

#include <nlohmann/json.hpp>

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
    std::map<std::string, Row> rows;
    auto file = JournalFile::open(path, head_of(options), "journal of focus score",
                                  [&](const std::string& text) -> Result<std::size_t> {
                                      std::size_t whole = 0;
                                      auto read = rows_of_journal(text, options, &whole);
                                      if (!read) return Error{read.error()};
                                      rows = *std::move(read);
                                      return whole;
                                  });
    if (!file) return Error{file.error()};
    return Journal(*std::move(file), std::move(rows));
}

std::optional<Error> Journal::add(const Row& row) {
    return file_.add(line_of(row));
}

}  // namespace memo::focus
