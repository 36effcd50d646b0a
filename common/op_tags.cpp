// Resolving op tags (common/op_tags.h).
#include "common/op_tags.h"

#include <algorithm>
#include <array>
#include <utility>

namespace memo {
namespace {

// What the context says: for certain (rules 1 and 2), and where nothing else speaks (rule 6).
struct ContextTag {
    std::uint32_t tag = 0;
    std::uint32_t otherwise = 0;
};

struct ContextNames {
    std::string_view certain;
    std::string_view otherwise;
};

// Walks from the innermost node out.
ContextNames names_of_context(const Trace& trace, std::uint32_t context) {
    ContextNames names;
    for (std::uint32_t at = context; at != kNone; at = trace.contexts[at].parent) {
        const Context& node = trace.contexts[at];
        if (node.source == ContextSource::label) return {node.name, {}};
        names.otherwise = node.name;
        if (names_an_operator(node.name)) names.certain = node.name;
    }
    return names;
}

// Kernels that run others, as part of their own work.
bool runs_kernels(std::string_view tag) {
    constexpr std::array<std::string_view, 7> kNames = {"ort::If",
                                                        "ort::Loop",
                                                        "ort::Scan",
                                                        "ort::BeamSearch",
                                                        "ort::GreedySearch",
                                                        "ort::Sampling",
                                                        "ort::WhisperBeamSearch"};
    return std::ranges::find(kNames, tag) != kNames.end();
}

// Rules 3 to 5, for one frame.
struct FrameTag {
    enum class Kind : std::uint8_t { operation, kernel, call };
    std::uint32_t tag = 0;
    Kind kind = Kind::operation;
};

// Rules 3 to 5, for the outer end of a call stack up to one of its nodes.
struct StackTags {
    std::uint32_t operation = 0;
    std::uint32_t kernel = 0;
    std::uint32_t call = 0;
    bool resolved = false;

    [[nodiscard]] std::uint32_t tag() const {
        if (operation != 0) return operation;
        return kernel != 0 ? kernel : call;
    }
};

// A return address lies behind its call, which may be the last of the function.
std::optional<std::string> function_of(const Frame& frame, SymbolLookup& symbols) {
    if (frame.module == kNone || frame.offset == 0) return std::nullopt;
    return symbols.function_at(frame.module, frame.offset - 1);
}

}  // namespace

std::uint32_t OpTags::index_of(std::uint32_t site, std::uint32_t context) const {
    const auto found = by_origin_.find(origin(site, context));
    return found == by_origin_.end() ? 0 : found->second;
}

std::uint32_t OpTags::intern(const std::string& tag) {
    const auto [at, fresh] = indices_.try_emplace(tag, static_cast<std::uint32_t>(tags_.size()));
    if (fresh) tags_.push_back(tag);
    return at->second;
}

// Stacks share frames and outer ends: each distinct frame is looked up once, each node of their tree resolved
// once.
class OpTagResolver {
  public:
    OpTagResolver(const Trace& trace, SymbolLookup& symbols)
        : trace_(trace), symbols_(symbols), by_node_(trace.sites.nodes().size()) {}

    void add(const Requester& requester) {
        const auto [origin, fresh] =
            result_.by_origin_.try_emplace(OpTags::origin(requester.site, requester.context), 0);
        if (!fresh) return;
        const ContextTag context = tag_of_context(requester.context);
        origin->second = context.tag;
        if (origin->second == 0) origin->second = tag_of_site(requester.site);
        if (origin->second == 0) origin->second = context.otherwise;
    }
    [[nodiscard]] OpTags take() { return std::move(result_); }

  private:
    [[nodiscard]] ContextTag tag_of_context(std::uint32_t context) {
        const auto [at, fresh] = by_context_.try_emplace(context);
        if (fresh) {
            const ContextNames names = names_of_context(trace_, context);
            at->second = {result_.intern(std::string(names.certain)),
                          result_.intern(std::string(names.otherwise))};
        }
        return at->second;
    }

    [[nodiscard]] FrameTag tag_of_frame(const Frame& frame) {
        const auto [at, fresh] = by_frame_.try_emplace({frame.module, frame.offset});
        if (!fresh) return at->second;
        const auto function = function_of(frame, symbols_);
        if (!function) return {};
        at->second.tag = result_.intern(operator_of_function(*function));
        if (at->second.tag != 0) return at->second;
        at->second = {result_.intern(kernel_of_function(*function)), FrameTag::Kind::kernel};
        if (at->second.tag != 0) return at->second;
        return at->second = {result_.intern(module_call_of_function(*function)), FrameTag::Kind::call};
    }

    [[nodiscard]] std::uint32_t tag_of_site(std::uint32_t site) {
        if (site == kNone) return 0;
        path_.clear();
        StackTags tags;
        const auto frames = trace_.sites.frames(site);
        for (auto at = frames.begin(); at != frames.end(); ++at) {
            if (by_node_[at.node()].resolved) {
                tags = by_node_[at.node()];
                break;
            }
            path_.push_back(at.node());
        }
        tags.resolved = true;
        for (std::size_t i = path_.size(); i-- > 0;) {  // outermost first
            const Sites::Node& node = trace_.sites.nodes()[path_[i]];
            if (tags.operation == 0) add(tag_of_frame({node.module, node.offset}), tags);
            by_node_[path_[i]] = tags;
        }
        return tags.tag();
    }

    // One frame further in.
    void add(const FrameTag& frame, StackTags& tags) const {
        if (frame.tag == 0) return;
        if (frame.kind == FrameTag::Kind::operation) {
            tags.operation = frame.tag;
            return;
        }
        std::uint32_t& found = frame.kind == FrameTag::Kind::kernel ? tags.kernel : tags.call;
        if (found == 0 || runs_kernels(result_.tags_[found])) found = frame.tag;
    }

    const Trace& trace_;
    SymbolLookup& symbols_;
    OpTags result_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, FrameTag> by_frame_;
    std::map<std::uint32_t, ContextTag> by_context_;
    std::vector<StackTags> by_node_;
    std::vector<std::uint32_t> path_;
};

OpTags resolve_op_tags(const Trace& trace, std::span<const Requester> requesters, SymbolLookup& symbols) {
    OpTagResolver resolver(trace, symbols);
    for (const Requester& requester : requesters) resolver.add(requester);
    return resolver.take();
}

}  // namespace memo
