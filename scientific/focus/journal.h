// Scores of a batch as they come, in a file, so that a batch that was cut off goes on where it was.
//
//   {"focus_journal": 1, "options": "..."}       then one row a line (rows.h)
//
// Invariants: a row is there whole or not at all: a last line without its end is taken off again. Files are
// known by their paths; one that has changed since is not scored anew. Thread safety: one thread.
#pragma once

#include "scientific/crew/journal_file.h"
#include "scientific/focus/rows.h"

#include <map>

namespace memo::focus {

class Journal {
  public:
    // Opens it, and makes it if it is not there. The error: a file that cannot be written, one that is no
    // journal, or one made with other `options`.
    [[nodiscard]] static Result<Journal> open(const std::string& path, const std::string& options);

    [[nodiscard]] const std::map<std::string, Row>& rows() const { return rows_; }
    [[nodiscard]] std::optional<Error> add(const Row& row);

  private:
    Journal(JournalFile file, std::map<std::string, Row> rows)
        : file_(std::move(file)), rows_(std::move(rows)) {}

    JournalFile file_;
    std::map<std::string, Row> rows_;
};

// The rows in a journal's text, of which *whole is set to the bytes that are whole lines.
[[nodiscard]] Result<std::map<std::string, Row>> rows_of_journal(const std::string& text,
                                                                 const std::string& options,
                                                                 std::size_t* whole);

}  // namespace memo::focus
