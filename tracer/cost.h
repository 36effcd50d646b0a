// What the tracer itself takes in the process, for a note at the end of the trace: the CPU time of writing
// chunks, and the memory of its buffers and tables that was ever touched.
//
// Not in it: the time an event takes on its own thread (clocks would be most of that), what libunwind and
// plug-ins allocate, and the library's own pages. Thread safety: everything under the trace lock.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memo::tracer::cost {

// The CPU time of this thread while it lives counts as writing; one inside another counts once.
class Writing {
  public:
    Writing();
    ~Writing();
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

  private:
    std::uint64_t begin_ns_ = 0;
};

// Adds the note, as docs/trace-format.md has it, to the definitions.
void add_note();

// In the child of a fork: the time was the parent's.
void forget();

}  // namespace memo::tracer::cost
