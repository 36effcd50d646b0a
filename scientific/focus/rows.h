// Scored images as rows: CSV and JSON for people and programs, and one line of JSON each for the journal and
// between processes.
//
// Invariants: rows come in the order in which images were named. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/focus/baseline.h"
#include "scientific/focus/scorer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo::focus {

// What came of one image.
struct Row {
    std::string image;
    std::string error;  // one line that begins with the path; empty if there is a score
    Score score;
    double read_ms = 0;
    int worker = 0;  // the rank that scored it

    [[nodiscard]] bool ok() const { return error.empty(); }
};

[[nodiscard]] std::string line_of(const Row& row);  // with its newline
[[nodiscard]] Result<Row> row_of_line(const std::string& line);

struct Judged {
    Row row;
    std::optional<Verdict> verdict;
};

inline constexpr const char* kCsvHead =
    "image,features,bright,dark,log_features,distance,focus,confidence,ms\n";
[[nodiscard]] std::string csv_of(const Judged& judged);

struct Summary {
    Usual usual;
    double limit = kLimit;
    double drift = 0;  // of ln(features + 1), an image
    std::string backend;
};

[[nodiscard]] std::string json_of(const std::vector<Judged>& judged, const Summary& summary,
                                  const ScoreOptions& options);

// All of a batch are judged by what is usual among them, unless `given`.
[[nodiscard]] std::vector<Judged> judged_together(std::vector<Row> rows, const std::optional<Usual>& given,
                                                  Summary& summary);

}  // namespace memo::focus
