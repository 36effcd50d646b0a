// A file's bytes without copying them: mapped where that can be done, read where it cannot (a pipe, a
// terminal, an empty file).
//
// Invariants: the bytes are good as long as the object lives, and as long as nobody cuts the file short: that
// ends a program that reads a mapping, so what must survive it is read instead. Movable. Thread safety: a
// plain value.
#pragma once

#include "common/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace memo::planner {

class MappedFile {
  public:
    // The error is one line that starts with the path.
    [[nodiscard]] static Result<MappedFile> open(const std::string& path);

    MappedFile(MappedFile&& other) noexcept
        : map_(std::exchange(other.map_, nullptr)), size_(other.size_), read_(std::move(other.read_)) {}
    MappedFile& operator=(MappedFile&&) = delete;
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] std::string_view bytes() const {
        return map_ == nullptr ? std::string_view(read_)
                               : std::string_view(static_cast<const char*>(map_), size_);
    }

  private:
    MappedFile() = default;

    void* map_ = nullptr;
    std::size_t size_ = 0;
    std::string read_;  // where nothing is mapped
};

}  // namespace memo::planner
