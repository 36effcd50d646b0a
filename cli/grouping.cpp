// Keys and names of groups (cli/grouping.h).
#include "cli/grouping.h"

#include "cli/frame_table.h"
#include "cli/output.h"
#include "cli/scopes.h"

#include <fmt/core.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace memo::cli {

namespace {

[[nodiscard]] std::uint32_t calling_module(const Trace& trace, std::uint32_t site) {
    if (site == kNone || trace.sites.frames(site).empty()) return kNone;
    return trace.sites.frames(site).front().module;
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
        if (fresh) known->second = intern(scope_and_operator(trace_, context));
        return known->second;
    }
    [[nodiscard]] const std::string& name(std::uint32_t key) const { return names_[key]; }

  private:
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

Grouping grouping(const std::string& by, const Trace& trace, const Requesters& requesters, const OpTags& tags,
                  StackNames& stacks) {
    const auto tag_of = [&](std::uint32_t requester) {
        return tags.index_of(requesters[requester].site, requesters[requester].context);
    };
    const auto is_tagged = [tag_of](std::uint32_t requester) { return tag_of(requester) != 0; };
    if (by == "site") {
        return {[&](std::uint32_t requester) { return requesters[requester].site; },
                [&](std::uint32_t site) { return stacks.line(site); }, is_tagged};
    }
    if (by == "scope") {
        const auto scopes = std::make_shared<Scopes>(trace);
        return {[&requesters, scopes](std::uint32_t requester) {
                    return scopes->key(requesters[requester].context);
                },
                [scopes](std::uint32_t scope) { return scopes->name(scope); }, is_tagged};
    }
    if (by == "module") {
        return {[&](std::uint32_t requester) { return calling_module(trace, requesters[requester].site); },
                [&](std::uint32_t module) { return module_name(trace, module); }, is_tagged};
    }
    if (by == "thread") {
        return {[&](std::uint32_t requester) { return requesters[requester].thread; },
                [&](std::uint32_t thread) { return thread_name(trace, thread); }, is_tagged};
    }
    return {tag_of, [&](std::uint32_t tag) { return tag == 0 ? "untagged" : printable(tags.tags()[tag]); },
            is_tagged};
}

}  // namespace memo::cli
