// Keys and names of groups (cli/grouping.h).
#include "cli/grouping.h"

#include "cli/frame_table.h"
#include "cli/output.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace memo::cli {

namespace {

[[nodiscard]] std::uint32_t calling_module(const Trace& trace, const Event& event) {
    if (event.site == kNone || trace.sites[event.site].frames.empty()) return kNone;
    return trace.sites[event.site].frames.front().module;
}

[[nodiscard]] std::string thread_name(const Trace& trace, std::uint32_t thread) {
    if (thread == kNone) return "unknown";
    const ThreadInfo& info = trace.threads[thread];
    return fmt::format("thread {} ({}{}{})", thread, info.system_id, info.name.empty() ? "" : " ",
                       printable(info.name));
}

// What was open around an allocation, from the outermost to the first operator, as one of a list of texts.
class Scopes {
  public:
    explicit Scopes(const Trace& trace) : trace_(trace) {}

    [[nodiscard]] std::uint32_t key(std::uint32_t context) {
        if (context == kNone) return intern("none");
        const auto [known, fresh] = by_context_.try_emplace(context, 0);
        if (fresh) known->second = intern(text(context));
        return known->second;
    }
    [[nodiscard]] const std::string& name(std::uint32_t key) const { return names_[key]; }

  private:
    [[nodiscard]] std::string text(std::uint32_t context) const {
        std::vector<const Context*> path;
        for (std::uint32_t at = context; at != kNone; at = trace_.contexts[at].parent) {
            path.push_back(&trace_.contexts[at]);
        }
        std::string text;
        std::reverse(path.begin(), path.end());
        for (const Context* node : path) {
            text += (text.empty() ? "" : " > ") + printable(node->name);
            if (node->source == ContextSource::plugin && names_an_operator(node->name)) break;
        }
        return text;
    }
    [[nodiscard]] std::uint32_t intern(const std::string& text) {
        const auto [known, fresh] = keys_.try_emplace(text, static_cast<std::uint32_t>(names_.size()));
        if (fresh) names_.push_back(text);
        return known->second;
    }

    const Trace& trace_;
    std::map<std::uint32_t, std::uint32_t> by_context_;
    std::map<std::string, std::uint32_t> keys_;
    std::vector<std::string> names_;
};

}  // namespace

const std::vector<std::string>& grouping_names() {
    static const std::vector<std::string> names = {"tag", "scope", "site", "module", "thread"};
    return names;
}

Grouping grouping(const std::string& by, const Trace& trace, const OpTags& tags, StackNames& stacks) {
    if (by == "site") {
        return {[](const Event& event) { return event.site; },
                [&](std::uint32_t site) { return stacks.line(site); }};
    }
    if (by == "scope") {
        const auto scopes = std::make_shared<Scopes>(trace);
        return {[scopes](const Event& event) { return scopes->key(event.context); },
                [scopes](std::uint32_t scope) { return scopes->name(scope); }};
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
