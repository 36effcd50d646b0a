// Problems as text: the CSV of MiniMalloc's benchmarks (google/minimalloc), which other planners read and
// write too.
//
// The first row that is neither blank nor a comment names the columns, in any order and letter case:
//
//   column     also called            value                                                         needed
//   id         buffer, buffer_id,     a name on one line, different for every row                   no
//              value
//   lower      start, begin           first moment of the lifetime; may be negative                 yes
//   upper      end                    `upper`: first moment after it; `end`: last moment of it      yes
//   size                              bytes, > 0                                                    yes
//   alignment                         bytes, > 0; empty means 1                                     no
//   hint                              where the block would like to be; empty or negative: nowhere  no
//   gaps                              stretches of inactivity, with spaces between them: LOWER-UPPER, no
//                                     and @BEGIN:END after it for the bytes [BEGIN, END) of the
//                                     block that are kept (MiniMalloc's window)
//   offset                            a plan's place for the block, in bytes from the arena's      no
//                                     start, or where it is fixed; empty: none
//   alias                             a name; blocks of one name share one offset; empty: none      no
//   arena                             a name; empty is an arena of its own                          no
//
// `alias` and `arena` are our own. `upper` is half-open and `end` is closed: MiniMalloc's own reader adds one
// to a column called `end`, and to the gaps of such a file, and so do we. Other columns are ignored. Every
// row has as many fields as the header. Blank lines and lines that start with '#' are skipped, lines end in
// LF or CRLF, spaces around fields do not count, a UTF-8 byte order mark is allowed. A field in double quotes
// may hold commas and doubled quotes (RFC 4180), but no line break.
//
// Moments are shifted so that they start at 0 or later: event index = moment in the file + `shift`, where
// `shift` is 0 unless the file has negative moments. Bounds: moments within +-2^62 (an `end` below it), lines
// of at most kMaxLine bytes.
//
// Errors are one line that starts with "line N: " (but for a text without a header) and names the column
// where there is one. Thread safety: pure functions, but for the file read.
#pragma once

#include "common/result.h"
#include "planner/problem.h"
#include "planner/solution.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memo::planner {

inline constexpr std::size_t kMaxLine = std::size_t{64} * 1024;

// What a file holds. From the reader `problem` is valid, has at least one block and nothing fixed. `offsets`
// is parallel to the blocks, or empty: no plan. They are as the file has them: MiniMalloc fixes the blocks of
// its input there (`fix_offsets`), and in its output they are the plan (`plan_of`), for verifier.h to judge.
struct ProblemTable {
    Problem problem;
    std::vector<std::optional<Offset>> offsets;
    std::vector<std::string> alias_names;  // by alias, or empty: they are called by their numbers
    std::uint64_t shift = 0;

    bool operator==(const ProblemTable&) const = default;
};

// O(n) expected: one pass over the text, one over the ids; O(n log n) with aliases. A million rows of four
// columns take about 0.1 s.
[[nodiscard]] Result<ProblemTable> parse_problem_csv(std::string_view text);

// The same from a file; errors start with the path.
[[nodiscard]] Result<ProblemTable> read_problem_csv(const std::string& path);

// Makes the offsets those that the blocks must have. The problem may be invalid after that: offsets that are
// not aligned, or in conflict, are for `validate` to find (which `solve` begins with).
void fix_offsets(ProblemTable& table);

// The offsets as a plan, with the highest end as its height. The error is one line: there are none, or a
// block has none.
[[nodiscard]] Result<Packing> plan_of(const ProblemTable& table);

// Makes the offsets those of a plan.
void set_plan(ProblemTable& table, const Packing& plan);

// The text of a table, byte for byte what MiniMalloc writes for the same: the columns id,lower,upper,size,
// then those that say anything of alignment (1 where there is none), hint (-1 where there is none), gaps,
// offset (or where there are none, the fixed offsets), and then our own alias and arena. Blocks without ids
// are called by their index. Parsing it gives the same table, ids and names filled in and fixed offsets as
// offsets, if the problem is valid and not empty, aliases and arenas are numbered in order of appearance,
// moments are within the bounds, no name has a line break, no alias is called nothing, no list is without any
// entry that says something, and the earliest lifetime begins at event index 0 where there is a shift.
[[nodiscard]] std::string format_problem_csv(const ProblemTable& table);

}  // namespace memo::planner
