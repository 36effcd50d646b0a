// JSON lines (cli/export/exports.h): what a script wants that has no reader for our own format. Names are
// written once; sites refer to frames, and events to sites, by index.
#include "cli/export/exports.h"
#include "cli/json.h"
#include "common/request_log.h"
#include "common/trace_reader.h"

#include <fmt/core.h>

#include <algorithm>

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
                {"events", what.count.events}},
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
    for (std::size_t i = 0; i < trace.contexts.size(); ++i) {
        const Context& context = trace.contexts[i];
        write_line({{"kind", "context"},
                    {"index", i},
                    {"parent", context.parent == kNone ? Json(nullptr) : Json(context.parent)},
                    {"source", context.source == ContextSource::label ? "label" : "plugin"},
                    {"name", context.name}},
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

// Where the block of each allocation ends, in order.
class Ends final : public BlockVisitor {
  public:
    explicit Ends(std::uint64_t allocations) { events_.reserve(allocations), ends_.reserve(allocations); }

    void allocated(const Allocation& allocation) override {
        events_.push_back(allocation.index);
        ends_.push_back(allocation.makes_block ? kNeverReleased : allocation.index);
    }
    void ended(const Block& block, std::uint64_t end, bool /*temporary*/) override {
        const auto found = std::lower_bound(events_.begin(), events_.end(), block.birth);
        ends_[static_cast<std::size_t>(found - events_.begin())] = end;
    }
    [[nodiscard]] std::uint64_t of(std::size_t allocation) const { return ends_[allocation]; }

  private:
    std::vector<std::uint64_t> events_;  // of each allocation
    std::vector<std::uint64_t> ends_;
};

void write_free(const Event& event, std::uint64_t index, WholeFile& out) {
    out.write(fmt::format(R"({{"kind":"free","event":{},"entry":"{}","address":{},"thread":{}}})"
                          "\n",
                          index, entry_point_name(event.entry), event.address, event.thread));
}

void write_allocation(const Event& event, std::uint64_t index, const std::string& tag, std::uint64_t end,
                      WholeFile& out) {
    out.write(fmt::format(
        R"({{"kind":"allocate","event":{},"entry":"{}","address":{},"old_address":{},"size":{},"alignment":{},)"
        R"("thread":{},"site":{},"context":{},"tag":{},"end":{}}})"
        "\n",
        index, entry_point_name(event.entry), event.address, event.old_address, event.size, event.alignment,
        event.thread, index_or_null(event.site), index_or_null(event.context), tag,
        end == kNeverReleased ? std::string(kNull) : std::to_string(end)));
}

}  // namespace

void export_jsonl(const Exported& what, WholeFile& out) {
    write_tables(what, out);
    std::vector<std::string> tags;
    for (const std::string& tag : what.tags.tags())
        tags.push_back(tag.empty() ? std::string(kNull) : Json(tag).dump());
    Ends ends(what.count.allocations);
    replay(what.source, what.requesters, {&ends});
    std::uint64_t index = 0;
    std::size_t allocation = 0;
    what.source.for_each([&](std::span<const Event> events) {
        for (const Event& event : events) {
            if (event.kind == EventKind::free) {
                write_free(event, index++, out);
                continue;
            }
            const std::string& tag = tags[what.tags.index_of(event.site, event.context)];
            write_allocation(event, index++, tag, ends.of(allocation++), out);
        }
    });
}

}  // namespace memo::cli
