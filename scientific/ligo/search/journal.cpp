// Rows of a scan in a file (journal.h).
#include "scientific/ligo/search/journal.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

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
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::size_t whole = 0;
    auto rows = rows_of_journal(text, options, &whole);
    if (!rows) return Error{path + ": " + rows.error()};
    const bool cut = whole < text.size();
    if (cut && whole == 0 && !head_of(options).starts_with(text))
        return Error{path + ": is no journal of ligo scan"};
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

std::optional<Error> Journal::add(const ScanRow& row) {
    if (std::fputs(line_of(row).c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0)
        return Error{path_ + ": " + std::strerror(errno)};
    return std::nullopt;
}

}  // namespace memo::ligo
