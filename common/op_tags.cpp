// Resolving op tags (common/op_tags.h).
#include "common/op_tags.h"

#include <algorithm>
#include <array>

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

OpTags resolve_op_tags(const Trace& trace, SymbolLookup& symbols) {
    OpTags result;
    // Stacks share frames: each distinct frame is looked up once, each distinct site resolved once.
    std::map<std::pair<std::uint32_t, std::uint64_t>, FrameTag> by_frame;
    std::map<std::uint32_t, std::uint32_t> by_site;
    std::map<std::uint32_t, ContextTag> by_context;
    const auto tag_of_frame = [&](const Frame& frame) -> FrameTag {
        const auto [at, fresh] = by_frame.try_emplace({frame.module, frame.offset});
        if (!fresh) return at->second;
        const auto function = function_of(frame, symbols);
        if (!function) return {};
        at->second.tag = result.intern(operator_of_function(*function));
        if (at->second.tag != 0) return at->second;
        at->second = {result.intern(kernel_of_function(*function)), FrameTag::Kind::kernel};
        if (at->second.tag != 0) return at->second;
        return at->second = {result.intern(module_call_of_function(*function)), FrameTag::Kind::call};
    };
    const auto tag_of_site = [&](std::uint32_t site) -> std::uint32_t {
        if (site == kNone) return 0;
        std::uint32_t kernel = 0;
        std::uint32_t call = 0;
        const auto& frames = trace.sites[site].frames;
        for (std::size_t i = frames.size(); i-- > 0;) {  // outermost first
            const FrameTag frame = tag_of_frame(frames[i]);
            if (frame.tag == 0) continue;
            if (frame.kind == FrameTag::Kind::operation) return frame.tag;
            std::uint32_t& found = frame.kind == FrameTag::Kind::kernel ? kernel : call;
            if (found == 0 || runs_kernels(result.tags_[found])) found = frame.tag;
        }
        return kernel != 0 ? kernel : call;
    };
    for (const Event& event : trace.events) {
        if (event.kind != EventKind::allocate) continue;
        const auto [origin, fresh] =
            result.by_origin_.try_emplace(OpTags::origin(event.site, event.context), 0);
        if (!fresh) continue;
        const auto [context, fresh_context] = by_context.try_emplace(event.context);
        if (fresh_context) {
            const ContextNames names = names_of_context(trace, event.context);
            context->second = {result.intern(std::string(names.certain)),
                               result.intern(std::string(names.otherwise))};
        }
        origin->second = context->second.tag;
        if (origin->second != 0) continue;
        const auto [site, fresh_site] = by_site.try_emplace(event.site, 0);
        if (fresh_site) site->second = tag_of_site(event.site);
        origin->second = site->second != 0 ? site->second : context->second.otherwise;
    }
    return result;
}

}  // namespace memo
