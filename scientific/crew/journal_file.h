// A file of rows, a line each, under a head that says what they depend on: what a batch that was ended had
// done. Lines are added one by one, each at once; one that was cut is dropped when the file is opened again.
//
// Thread safety: one thread, and one process.
#pragma once

#include "common/result.h"

#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace memo {

class JournalFile {
  public:
    // Reads a text that begins with the head, if it is not empty: how many bytes of it are whole lines.
    using Read = std::function<Result<std::size_t>(const std::string& text)>;

    // Opens it, and makes it if it is not there. `head`: a line; `kind`: "journal of PROGRAM". The error
    // begins with the path: what `read` says, a file that is none of that kind, or one that cannot be
    // written.
    [[nodiscard]] static Result<JournalFile> open(const std::string& path, const std::string& head,
                                                  const std::string& kind, const Read& read);

    [[nodiscard]] std::optional<Error> add(const std::string& line);

  private:
    JournalFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file, std::fclose) {}

    std::string path_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

}  // namespace memo
