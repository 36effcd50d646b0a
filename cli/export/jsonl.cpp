// JSON lines (cli/export/exports.h): what a script wants that has no reader for our own format. Names are
// written once; sites refer to frames, and events to sites, by index.
#include "cli/export/exports.h"
#include "cli/json.h"
#include "common/lifetimes.h"
#include "common/trace_reader.h"

#include <fmt/core.h>

namespace memo::cli {

namespace {

constexpr std::string_view kNull = "null";

[[nodiscard]] std::string index_or_null(std::uint32_t index) {
    return index == kNone ? std::string(kNull) : std::to_string(index);
}

void write_line(const Json& json, WholeFile& out) {
    out.write(json.dump() + "\n");
}

void write_tables(const Exported& what, WholeFile& out) {
    const Trace& trace = what.trace;
    write_line({{"kind", "trace"},
                {"program", trace.program},
                {"arguments", trace.arguments},
                {"process_id", trace.process_id},
                {"start_unix_ns", trace.start_unix_ns},
                {"complete", trace.complete},
                {"dropped_events", trace.dropped_events},
                {"events", trace.events.size()}},
               out);
    for (std::size_t i = 0; i < trace.modules.size(); ++i) {
        const Module& module = trace.modules[i];
        write_line({{"kind", "module"},
                    {"index", i},
                    {"path", module.path},
                    {"build_id", module.build_id},
                    {"base", module.base}},
                   out);
    }
    for (std::size_t i = 0; i < trace.threads.size(); ++i) {
        const ThreadInfo& thread = trace.threads[i];
        write_line({{"kind", "thread"}, {"index", i}, {"system_id", thread.system_id}, {"name", thread.name}},
                   out);
    }
    for (std::size_t i = 0; i < what.frames.frames().size(); ++i) {
        const TableFrame& frame = what.frames.frames()[i];
        write_line({{"kind", "frame"},
                    {"index", i},
                    {"function", what.frames.functions()[frame.function].name},
                    {"module", frame.frame.module == kNone ? Json(nullptr) : Json(frame.frame.module)},
                    {"offset", frame.frame.offset}},
                   out);
    }
    for (std::uint32_t site = 0; site < trace.sites.size(); ++site) {
        std::string frames;
        for (const std::uint32_t frame : what.frames.stack(site))
            frames += (frames.empty() ? "" : ",") + std::to_string(frame);
        out.write(fmt::format(R"({{"kind":"site","index":{},"truncated":{},"frames":[{}]}})"
                              "\n",
                              site, trace.sites.is_truncated(site), frames));
    }
}

}  // namespace

void export_jsonl(const Exported& what, WholeFile& out) {
    write_tables(what, out);
    std::vector<std::string> tags;
    for (const std::string& tag : what.tags.tags())
        tags.push_back(tag.empty() ? std::string(kNull) : Json(tag).dump());
    for (std::size_t i = 0; i < what.trace.events.size(); ++i) {
        const Event& event = what.trace.events[i];
        if (event.kind == EventKind::free) {
            out.write(fmt::format(R"({{"kind":"free","event":{},"entry":"{}","address":{},"thread":{}}})"
                                  "\n",
                                  i, entry_point_name(event.entry), event.address, event.thread));
            continue;
        }
        const std::size_t end = what.ends[i];
        out.write(fmt::format(
            R"({{"kind":"allocate","event":{},"entry":"{}","address":{},"old_address":{},"size":{},"alignment":{},)"
            R"("thread":{},"site":{},"tag":{},"end":{}}})"
            "\n",
            i, entry_point_name(event.entry), event.address, event.old_address, event.size, event.alignment,
            event.thread, index_or_null(event.site), tags[what.tags.index_of(event.site, event.context)],
            end == kNeverReleased ? std::string(kNull) : std::to_string(end)));
    }
}

}  // namespace memo::cli
