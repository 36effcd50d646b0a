// An open file descriptor that is closed when its owner goes. Thread safety: none.
#pragma once

#include <unistd.h>

#include <utility>

namespace memo::cli {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) close(fd_);
    }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const { return fd_; }
    // Closes now and says whether all went well: some file systems report a full disk only here.
    [[nodiscard]] bool finish() { return close(std::exchange(fd_, -1)) == 0; }

  private:
    int fd_;  // -1: none
};

}  // namespace memo::cli
