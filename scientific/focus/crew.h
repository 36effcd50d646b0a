// Who scores a batch of files: this process alone, or several (mpi/).
//
// Invariant: each file is delivered exactly once, whatever becomes of the others. Thread safety: one thread.
#pragma once

#include "scientific/focus/rows.h"
#include "scientific/imaging/image_file.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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

class Crew {
  public:
    Crew() = default;
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    virtual ~Crew() = default;

    // False in a process that only helps: it calls help() and writes nothing.
    [[nodiscard]] virtual bool leads() const { return true; }
    virtual void help(FileScorer&) {}
    // How long another process may keep a file.
    virtual void be_patient(std::chrono::duration<double>) {}

    // Takes the row of paths[index]; false ends the work.
    using Deliver = std::function<bool(std::size_t index, Row row)>;
    // In any order. What is to be said about the work itself goes to `say`.
    virtual void score(const std::vector<std::string>& paths, FileScorer& scorer, const Deliver& deliver) = 0;
};

class Alone final : public Crew {
  public:
    void score(const std::vector<std::string>& paths, FileScorer& scorer, const Deliver& deliver) override {
        for (std::size_t i = 0; i < paths.size(); ++i) {
            if (!deliver(i, scorer.score(paths[i]))) return;
        }
    }
};

}  // namespace memo::focus
