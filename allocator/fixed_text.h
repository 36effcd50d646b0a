// Text put together in a small buffer and written to a file whenever that is full: no malloc, no locale, no
// stdio, so that it may be used in a signal handler and while the process ends.
//
// Invariant: after a write that failed nothing more is written, and `flush` says so. Thread safety: an object
// belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memo {

// A share, 0 to 1, with six decimals.
struct Share {
    double of_one = 0;
};
// A share in per cent, with two decimals.
struct Percent {
    double of_one = 0;
};
// A string as JSON has it between quotes.
struct Quoted {
    const char* text = "";
};
// A string as the label of a metric has it between quotes.
struct Label {
    const char* text = "";
};

class FixedText {
  public:
    explicit FixedText(int file) : file_(file) {}
    ~FixedText() { (void)flush(); }
    FixedText(const FixedText&) = delete;
    FixedText& operator=(const FixedText&) = delete;

    template <class... Parts>
    void add(Parts... parts) {
        (put(parts), ...);
    }

    // Writes what is there. False if anything could not be written; errno then says why.
    bool flush();

  private:
    void put(const char* text);
    void put(std::uint64_t number);
    void put(int number);
    void put(Share share);
    void put(Percent percent);
    void put(Quoted quoted);
    void put(Label label);
    void put_byte(char byte);
    void put_decimals(std::uint64_t number, std::uint64_t one);

    int file_;
    bool good_ = true;
    std::size_t used_ = 0;
    char bytes_[1024];
};

}  // namespace memo
