// From a file to its score. Thread safety: one thread.
#pragma once

#include "scientific/focus/rows.h"
#include "scientific/imaging/image_file.h"

#include <optional>
#include <string>

namespace memo::focus {

struct FileOptions {
    ScoreOptions score;
    std::optional<imaging::RawFormat> raw;
    std::optional<imaging::Rectangle> crop;  // of every file, instead of what comes with it
};

// Reads a file, finds its bounding box and scores it.
class FileScorer {
  public:
    explicit FileScorer(const FileOptions& options) : options_(options), scorer_(options.score) {}

    [[nodiscard]] Row score(const std::string& path);
    // Of an image that was read already; `begin` is when that began.
    [[nodiscard]] Row score(const std::string& path, const imaging::Image& image, double read_ms);
    [[nodiscard]] const Scorer& scorer() const { return scorer_; }
    // Which part of an image counts. The error begins with a path.
    [[nodiscard]] Result<std::optional<imaging::Rectangle>> crop_of(const std::string& path) const;

  private:
    FileOptions options_;
    Scorer scorer_;
};

}  // namespace memo::focus
