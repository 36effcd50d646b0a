// Contexts in words (cli/scopes.h).
#include "cli/scopes.h"

#include "cli/output.h"
#include "common/op_names.h"

#include <algorithm>
#include <vector>

namespace memo::cli {

namespace {

[[nodiscard]] bool is_operator(const Context& node) {
    return node.source == ContextSource::plugin && names_an_operator(node.name);
}

// From the outside in, up to and with the first operator.
[[nodiscard]] std::vector<const Context*> path_of(const Trace& trace, std::uint32_t context) {
    std::vector<const Context*> path;
    for (std::uint32_t at = context; at != kNone; at = trace.contexts[at].parent)
        path.push_back(&trace.contexts[at]);
    std::reverse(path.begin(), path.end());
    const auto first = std::ranges::find_if(path, [](const Context* node) { return is_operator(*node); });
    if (first != path.end()) path.erase(first + 1, path.end());
    return path;
}

[[nodiscard]] std::string text_of(const std::vector<const Context*>& path) {
    std::string text;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (i + 1 < path.size() && path[i + 1]->name.starts_with(path[i]->name + ".")) continue;
        text += (text.empty() ? "" : " > ") + printable(path[i]->name);
    }
    return text;
}

}  // namespace

std::string scope_text(const Trace& trace, std::uint32_t context) {
    std::vector<const Context*> path = path_of(trace, context);
    if (!path.empty() && is_operator(*path.back())) path.pop_back();
    return text_of(path);
}

std::string scope_and_operator(const Trace& trace, std::uint32_t context) {
    return text_of(path_of(trace, context));
}

}  // namespace memo::cli
