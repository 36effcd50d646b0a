// Rows of a scan in a file (journal.h).
#include "scientific/ligo/search/journal.h"

#include <nlohmann/json.hpp>

namespace memo::ligo {

namespace {

constexpr const char* kBegin = "{\"ligo_journal\":";

[[nodiscard]] std::string head_of(const std::string& options) {
    return nlohmann::ordered_json{{"ligo_journal", 1}, {"options", options}}.dump() + "\n";
}

}  // namespace

Result<Journal::Rows> rows_of_journal(const std::string& text, const std::string& options,
                                      std::size_t* whole) {
    Journal::Rows rows;
    *whole = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', *whole)) {
        const std::string line = text.substr(*whole, end + 1 - *whole);
        if (*whole > 0) {
            auto row = row_of_line(line);
            if (!row)
                return Error{"is damaged at byte " + std::to_string(*whole) + ": delete it to begin anew"};
            const Journal::Rows::key_type files{row->pair.first, row->pair.second};
            rows[files] = *std::move(row);
        } else if (line != head_of(options)) {
            if (line.starts_with(kBegin))
                return Error{
                    "was made with other options, models or threshold: give those, or another journal"};
            return Error{"is no journal of ligo scan"};
        }
        *whole = end + 1;
    }
    return rows;
}

Result<Journal> Journal::open(const std::string& path, const std::string& options) {
    Rows rows;
    auto file = JournalFile::open(path, head_of(options), "journal of ligo scan",
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

std::optional<Error> Journal::add(const ScanRow& row) {
    return file_.add(line_of(row));
}

}  // namespace memo::ligo
