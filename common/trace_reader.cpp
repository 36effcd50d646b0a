// Whole traces (common/trace_reader.h).
#include "common/trace_reader.h"

#include "common/trace_file.h"

namespace memo {
namespace {

Result<Trace> whole(Result<TraceFile> file) {
    if (!file) return Error{file.error()};
    std::vector<Event> events;
    std::vector<Event> mappings;
    file->for_each(
        [&](std::span<const Event> some) { events.insert(events.end(), some.begin(), some.end()); },
        [&](std::span<const Event> some) { mappings.insert(mappings.end(), some.begin(), some.end()); });
    Trace trace = file->take_trace();
    trace.events = std::move(events);
    trace.mappings = std::move(mappings);
    return trace;
}

}  // namespace

Result<Trace> parse_trace(std::span<const std::uint8_t> bytes, std::string_view name) {
    return whole(TraceFile::parse(bytes, name));
}

Result<Trace> read_trace(const std::string& path) {
    return whole(TraceFile::open(path));
}

std::string_view entry_point_name(EntryPoint entry) {
    static constexpr std::string_view kNames[kAllEntryPoints] = {"malloc",
                                                                 "calloc",
                                                                 "realloc",
                                                                 "reallocarray",
                                                                 "memalign",
                                                                 "posix_memalign",
                                                                 "aligned_alloc",
                                                                 "valloc",
                                                                 "pvalloc",
                                                                 "operator new",
                                                                 "operator new (aligned)",
                                                                 "free",
                                                                 "operator delete",
                                                                 "mmap",
                                                                 "munmap"};
    const auto index = static_cast<std::size_t>(entry);
    return index < kAllEntryPoints ? kNames[index] : "unknown";
}

}  // namespace memo
