// Resolving op tags (common/op_tags.h).
#include "common/op_tags.h"

#include <cctype>

namespace memo {
namespace {

bool names_an_operator(std::string_view name) {
    const std::size_t colons = name.find("::");
    return colons != std::string_view::npos && colons > 0 && name.substr(0, colons) != "torchscript";
}

// Rules 1 and 2: what the context says, or nothing. Walks from the innermost node out.
std::string tag_of_context(const Trace& trace, std::uint32_t context) {
    std::string_view outermost;
    std::string_view outermost_operator;
    for (std::uint32_t at = context; at != kNone; at = trace.contexts[at].parent) {
        const Context& node = trace.contexts[at];
        if (node.source == ContextSource::label) return node.name;
        outermost = node.name;
        if (names_an_operator(node.name)) outermost_operator = node.name;
    }
    return std::string(outermost_operator.empty() ? outermost : outermost_operator);
}

// Rule 3 for one frame. A return address lies behind its call, which may be the last of the function.
std::string tag_of_frame(const Frame& frame, SymbolLookup& symbols) {
    if (frame.module == kNone || frame.offset == 0) return {};
    const auto function = symbols.function_at(frame.module, frame.offset - 1);
    return function ? operator_of_function(*function) : std::string{};
}

}  // namespace

std::string operator_of_function(std::string_view function) {
    constexpr std::string_view kNamespace = "at::_ops::";
    const std::size_t start = function.find(kNamespace);
    // A result type may stand in front, but not another function's arguments.
    if (start == std::string_view::npos || function.substr(0, start).find('(') != std::string_view::npos)
        return {};
    std::string_view name = function.substr(start + kNamespace.size());
    const std::size_t end = name.find("::");
    if (end == std::string_view::npos || end == 0) return {};
    const std::string_view entry = name.substr(end + 2);
    if (!entry.starts_with("call(") && !entry.starts_with("redispatch(")) return {};
    name = name.substr(0, end);
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        if (name[i] == '_' && std::isupper(static_cast<unsigned char>(name[i + 1])) != 0)
            name = name.substr(0, i);
    }
    if (name.ends_with("_out")) name.remove_suffix(4);
    return "aten::" + std::string(name);
}

std::uint32_t OpTags::index_of(std::uint32_t site, std::uint32_t context) const {
    const auto found = by_origin_.find(origin(site, context));
    return found == by_origin_.end() ? 0 : found->second;
}

std::uint32_t OpTags::intern(const std::string& tag) {
    const auto [at, fresh] = indices_.try_emplace(tag, static_cast<std::uint32_t>(tags_.size()));
    if (fresh) tags_.push_back(tag);
    return at->second;
}

OpTags resolve_op_tags(const Trace& trace, std::span<const Requester> requesters, SymbolLookup& symbols) {
    OpTags result;
    // Stacks share frames and outer ends: each distinct frame is looked up once, each node resolved once.
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> by_frame;
    std::map<std::uint32_t, std::uint32_t> by_context;
    constexpr std::uint32_t kUnresolved = kNone;
    std::vector<std::uint32_t> by_node(trace.sites.nodes().size(), kUnresolved);
    std::vector<std::uint32_t> path;
    const auto tag_of_site = [&](std::uint32_t site) -> std::uint32_t {
        if (site == kNone) return 0;
        const auto frames = trace.sites.frames(site);
        path.clear();
        std::uint32_t tag = 0;
        for (auto at = frames.begin(); at != frames.end(); ++at) {
            if (by_node[at.node()] != kUnresolved) {
                tag = by_node[at.node()];
                break;
            }
            path.push_back(at.node());
        }
        for (std::size_t i = path.size(); i-- > 0;) {  // outermost first, which is the one that counts
            const Sites::Node& node = trace.sites.nodes()[path[i]];
            if (tag == 0) {
                const auto [at, fresh] = by_frame.try_emplace({node.module, node.offset}, 0);
                if (fresh) at->second = result.intern(tag_of_frame({node.module, node.offset}, symbols));
                tag = at->second;
            }
            by_node[path[i]] = tag;
        }
        return tag;
    };
    for (const Requester& requester : requesters) {
        const auto [origin, fresh] =
            result.by_origin_.try_emplace(OpTags::origin(requester.site, requester.context), 0);
        if (!fresh) continue;
        const auto [context, fresh_context] = by_context.try_emplace(requester.context, 0);
        if (fresh_context) context->second = result.intern(tag_of_context(trace, requester.context));
        origin->second = context->second;
        if (origin->second != 0) continue;
        origin->second = tag_of_site(requester.site);
    }
    return result;
}

}  // namespace memo
