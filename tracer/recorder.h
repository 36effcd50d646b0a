// Recording events: the hot path, and the life of the tracer around it (start, threads, fork, exit).
//
// Order: every event takes a number from one counter. A free takes it before the next allocator gets the
// block back, an allocation after it got the block; so of two events on one address, the numbers are in the
// order in which they happened, whatever the threads.
//
// Invariants: an event of a busy thread (the tracer's own requests, a signal handler inside the tracer) is
// passed on unrecorded; errno is kept; no lock and no system call on the hot path. Thread safety: all
// functions, from any thread.
#pragma once

#include "common/trace.h"
#include "tracer/attention.h"
#include "tracer/stack_memory.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace memo::tracer {

// From the library's constructor: everything that needs a loader.
void initialise();

// The next allocator gave out `block`.
void allocated(EntryPoint entry, const void* block, std::size_t size, std::size_t alignment,
               const Caller& caller);

// `block` is about to go back to the next allocator.
void released(EntryPoint entry, const void* block);

// A reallocation, around the next allocator's: the free takes its number before, both are recorded on
// success.
class Reallocation {
  public:
    Reallocation();
    // The next allocator moved `old_block` to `block`; nullptr: size was 0, and it released the block.
    void succeeded(EntryPoint entry, const void* old_block, const void* block, std::size_t size,
                   const Caller& caller) const;

  private:
    std::uint64_t before_;
};

// The program mapped memory (EntryPoint::mmap) or gives it back (munmap).
void mapped(EntryPoint entry, const void* address, std::size_t size, const Caller& caller);

void label_push(std::string_view name);
void label_pop();

// An operation of a plug-in begins; the result goes to `operation_end`, which also ends whatever is still
// open inside.
std::uint32_t operation_begin(std::string_view name);
void operation_end(std::uint32_t token);
// The name of the innermost label or operation that is open on this thread; nullptr: there is none, or
// nothing is recorded.
[[nodiscard]] const char* innermost_operation();
// What a plug-in does between the two is the tracer's own work: it is not recorded.
[[nodiscard]] std::uint32_t hide_work();
void show_work(std::uint32_t token);

// Writes out all that is buffered, of all threads, and says goodbye; before exit and exec. Events may still
// follow.
void write_out();

// Switches recording off, which writes out what there is, or on, which opens the file; from a signal's
// handler.
enum class Switch : std::uint8_t { off, on, other };
void switch_recording(Switch to);

// A remark for the trace's notes.
void note(std::string_view text);

// While it lives, this thread's requests are the tracer's own and not recorded.
class OwnWork {
  public:
    OwnWork();
    ~OwnWork();
    OwnWork(const OwnWork&) = delete;
    OwnWork& operator=(const OwnWork&) = delete;

  private:
    std::uint8_t before_;
};

}  // namespace memo::tracer
