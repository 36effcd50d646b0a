// A trace in memory: what one process asked of its allocator, in order. The tracer writes it chunk by chunk
// (docs/trace-format.md), `read_trace` (common/trace_reader.h) brings it back in this form, and everything
// that analyses (periods, problems, reports) works on this form alone.
//
// Invariants: `events` is sorted by `sequence`, and so is `mappings`; every index (thread, site, context,
// module) is valid in its table or is the table's `kNone`; addresses are those of the traced process and may
// be reused after a free. Thread safety: a plain value; concurrent reads are fine.
#pragma once

#include "common/none.h"
#include "common/sites.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memo {

// A reallocation is two events: the free of the old block, taken before the next allocator may reuse it, and
// the allocation of the new one, which names the old block in `old_address` (both hold data while it copies).
enum class EventKind : std::uint8_t { allocate, free };

// Which function of the malloc family the program called.
enum class EntryPoint : std::uint8_t {
    malloc,
    calloc,
    realloc,
    reallocarray,
    memalign,
    posix_memalign,
    aligned_alloc,
    valloc,
    pvalloc,
    operator_new,
    operator_new_aligned,
    free,
    operator_delete,
    mmap,  // these two only in Trace::mappings
    munmap,
};
inline constexpr std::uint8_t kEntryPoints = 13;     // of the malloc family
inline constexpr std::uint8_t kAllEntryPoints = 15;  // with mmap and munmap

struct Event {
    std::uint64_t sequence = 0;     // order across all threads; unique
    std::uint64_t address = 0;      // the block given out (allocate) or released (free)
    std::uint64_t old_address = 0;  // allocation by realloc: the block it grew or shrank from; 0 otherwise
    std::uint64_t size = 0;         // bytes asked for; 0 for free
    std::uint32_t alignment = 0;    // bytes asked for; 0 where the entry point has no alignment argument
    std::uint32_t thread = 0;       // index into Trace::threads
    std::uint32_t site = kNone;     // index into Trace::sites; kNone for free
    std::uint32_t context = kNone;  // index into Trace::contexts: the innermost op or label open at the event
    EventKind kind = EventKind::allocate;
    EntryPoint entry = EntryPoint::malloc;
    bool to_move = false;  // free by a reallocation whose allocation is the next event of the thread
};

struct Module {
    std::string path;
    std::string build_id;    // lower-case hex, empty where the file has none
    std::uint64_t base = 0;  // load bias: run-time address minus the address in the file
    std::uint64_t size = 0;  // bytes mapped
};

enum class ContextSource : std::uint8_t { label, plugin };

// A node of the tree of labels and operations that were open when an allocation was made.
struct Context {
    std::uint32_t parent = kNone;
    ContextSource source = ContextSource::label;
    std::string name;
};

struct ThreadInfo {
    std::uint64_t system_id = 0;
    std::string name;
};

struct Trace {
    std::string program;                 // absolute path of the executable
    std::vector<std::string> arguments;  // argv
    std::string program_build_id;        // lower-case hex, may be empty
    std::string tool_version;
    std::string next_allocator;  // path of the library that really allocated
    std::uint64_t process_id = 0;
    std::uint64_t parent_process_id = 0;
    std::uint64_t start_unix_ns = 0;

    std::vector<Event> events;
    std::vector<Event> mappings;     // mmap (allocate) and munmap (free), both with their size and site
    std::uint64_t sample_bytes = 0;  // 0: every allocation; else one every so many bytes, on average
    Sites sites;
    std::vector<Context> contexts;
    std::vector<Module> modules;
    std::vector<ThreadInfo> threads;

    std::vector<std::string> notes;  // what the tracer had to say: plug-ins loaded or not, drops, truncation
    std::uint64_t dropped_events = 0;
    std::uint64_t damaged_chunks = 0;  // chunks the reader skipped (bad checksum, cut short)
    bool has_addresses = true;         // false: those of blocks are made up (a compact trace without them)
    bool complete = false;             // the process ended through exit; false after kill -9
};

}  // namespace memo
