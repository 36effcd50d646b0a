// A result that is written piece by piece and yet appears whole or not at all: it grows under another name in
// the same folder and is renamed at the end, so that a full disk leaves the old file, or none, but never half
// a one. What is not a regular file (a pipe, /dev/stdout) is written to as it is.
//
// Errors are one line that begins with the path. The first one is kept: what is written after it goes
// nowhere, and `finish` says it. Thread safety: none.
#pragma once

#include "cli/descriptor.h"
#include "common/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace memo::cli {

class WholeFile {
  public:
    [[nodiscard]] static Result<WholeFile> create(const std::string& path);
    [[nodiscard]] static WholeFile standard_output();

    WholeFile(WholeFile&& other) noexcept;
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;
    ~WholeFile();  // without `finish`: nothing appears

    void write(std::string_view bytes);
    [[nodiscard]] std::optional<Error> finish();

  private:
    WholeFile(std::string path, int file) : path_(std::move(path)), file_(file) {}
    void flush();

    std::string path_;
    Descriptor file_;
    std::string temporary_;  // empty: written to as it is
    std::string target_;     // what the temporary one becomes
    unsigned mode_ = 0;
    std::string buffer_;
    std::optional<Error> error_;
};

}  // namespace memo::cli
