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
//   offset                            a plan's place for the block, in bytes from the arena's start no
//
// `upper` is half-open and `end` is closed: MiniMalloc's own reader adds one to a column called `end`, and so
// do we. Other columns are ignored. Every row has as many fields as the header. Blank lines and lines that
// start with '#' are skipped, lines end in LF or CRLF, spaces around fields do not count, a UTF-8 byte order
// mark is allowed. A field in double quotes may hold commas and doubled quotes (RFC 4180), but no line break.
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

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace memo::planner {

inline constexpr std::size_t kMaxLine = std::size_t{64} * 1024;

// What a file holds. From the reader `problem` is valid and has at least one block. `offsets` is parallel to
// the blocks, or empty: no plan. They are as the file has them; whether they are a plan is for verifier.h to
// say.
struct ProblemTable {
    Problem problem;
    std::vector<Offset> offsets;
    std::uint64_t shift = 0;

    bool operator==(const ProblemTable&) const = default;
};

// O(n) expected: one pass over the text, one over the ids.
[[nodiscard]] Result<ProblemTable> parse_problem_csv(std::string_view text);

// The same from a file; errors start with the path.
[[nodiscard]] Result<ProblemTable> read_problem_csv(const std::string& path);

// The text of a table, in the columns id,lower,upper,size, then alignment where any is not 1, then offset
// where there are offsets. Blocks without ids are called by their index. Parsing it gives the same table, ids
// filled in, if the problem is valid and not empty, moments are within the bounds, no id has a line break,
// and the earliest lifetime begins at event index 0 where there is a shift.
[[nodiscard]] std::string format_problem_csv(const ProblemTable& table);

}  // namespace memo::planner
