// The trace file: opening it, appending chunks, and what happens when that fails.
//
// Invariants:
// - A chunk is appended whole, or the file is cut back to where it was and nothing more is recorded
// (`failed`).
// - The file is open only while a chunk is written, so that the program finds no descriptor of ours, whether
// it
//   lists them, closes them all or hands them to a child. Each time, device and inode must be those of the
//   file we made.
// - The program is unharmed: one line on stderr at most, no SIGXFSZ (signals are blocked and a pending one is
// taken
//   back), no cancellation point, errno may change.
// Thread safety: everything under the trace lock, except failed().
#pragma once

#include "common/trace_format.h"

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo::tracer {

class Output {
  public:
    // Creates the file, first of its name in the order of tracer/README.md, and writes the file header.
    // `forked`: never the plain name.
    [[nodiscard]] bool open(bool forked);

    // Appends one sealed chunk. False once the file has failed.
    bool append(const std::uint8_t* chunk, std::size_t bytes);

    [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_relaxed); }
    [[nodiscard]] const char* path() const { return path_; }

    // In the child of a fork: lets go of the parent's file.
    void forget();

    // After a failure: lets one more small chunk try (the drop counts at exit).
    void try_again() { failed_.store(false, std::memory_order_relaxed); }

  private:
    bool create(const char* path);
    bool make_absolute(const char* path);
    bool fail(int error);

    dev_t device_ = 0;
    ino_t inode_ = 0;
    bool told_ = false;
    std::atomic<bool> failed_{false};
    char path_[4096] = {};
};

}  // namespace memo::tracer
