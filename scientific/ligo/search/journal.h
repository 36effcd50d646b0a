// Rows of a scan as they come, in a file, so that a scan that was cut off goes on where it was.
//
//   {"ligo_journal": 1, "options": "..."}       then one row a line (scan_row.h)
//
// Invariants: a row is there whole or not at all: a last line without its end is taken off again. Pairs are
// known by their paths; one that has changed since is not scanned anew. Thread safety: one thread.
#pragma once

#include "scientific/crew/journal_file.h"
#include "scientific/ligo/search/scan_row.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace memo::ligo {

class Journal {
  public:
    using Rows = std::map<std::pair<std::string, std::string>, ScanRow>;  // by paths

    // Opens it, and makes it if it is not there. The error: a file that cannot be written, one that is no
    // journal, or one made with other `options`.
    [[nodiscard]] static Result<Journal> open(const std::string& path, const std::string& options);

    [[nodiscard]] const Rows& rows() const { return rows_; }
    [[nodiscard]] std::optional<Error> add(const ScanRow& row);

  private:
    Journal(JournalFile file, Rows rows) : file_(std::move(file)), rows_(std::move(rows)) {}

    JournalFile file_;
    Rows rows_;
};

// The rows in a journal's text, of which *whole is set to the bytes that are whole lines.
[[nodiscard]] Result<Journal::Rows> rows_of_journal(const std::string& text, const std::string& options,
                                                    std::size_t* whole);

}  // namespace memo::ligo
