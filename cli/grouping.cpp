// Keys and names of groups (cli/grouping.h).
#include "cli/grouping.h"

#include "cli/frame_table.h"
#include "cli/output.h"

#include <fmt/core.h>

namespace memo::cli {

namespace {

[[nodiscard]] std::uint32_t calling_module(const Trace& trace, const Event& event) {
    if (event.site == kNone || trace.sites.frames(event.site).empty()) return kNone;
    return trace.sites.frames(event.site).front().module;
}

[[nodiscard]] std::string thread_name(const Trace& trace, std::uint32_t thread) {
    if (thread == kNone) return "unknown";
    const ThreadInfo& info = trace.threads[thread];
    return fmt::format("thread {} ({}{}{})", thread, info.system_id, info.name.empty() ? "" : " ",
                       printable(info.name));
}

}  // namespace

const std::vector<std::string>& grouping_names() {
    static const std::vector<std::string> names = {"tag", "site", "module", "thread"};
    return names;
}

Grouping grouping(const std::string& by, const Trace& trace, const OpTags& tags, StackNames& stacks) {
    if (by == "site") {
        return {[](const Event& event) { return event.site; },
                [&](std::uint32_t site) { return stacks.line(site); }};
    }
    if (by == "module") {
        return {[&](const Event& event) { return calling_module(trace, event); },
                [&](std::uint32_t module) { return module_name(trace, module); }};
    }
    if (by == "thread") {
        return {[](const Event& event) { return event.thread; },
                [&](std::uint32_t thread) { return thread_name(trace, thread); }};
    }
    return {[&](const Event& event) { return tags.index_of(event.site, event.context); },
            [&](std::uint32_t tag) { return tag == 0 ? "untagged" : printable(tags.tags()[tag]); }};
}

}  // namespace memo::cli
