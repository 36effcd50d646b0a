// Adding up by call stack and op tag (cli/origins.h).
#include "cli/origins.h"

#include <unordered_map>

namespace memo::cli {

std::vector<Origin> origins_of(const Trace& trace, std::span<const std::size_t> ends, const OpTags& tags) {
    std::vector<Origin> origins;
    std::unordered_map<std::uint64_t, std::uint32_t> known;
    const auto origin = [&](const Event& event) {
        const std::uint32_t tag = tags.index_of(event.site, event.context);
        const auto [at, fresh] = known.try_emplace(std::uint64_t{event.site} << 32U | tag,
                                                   static_cast<std::uint32_t>(origins.size()));
        if (fresh) origins.push_back({event.site, tag, {}});
        return at->second;
    };
    const auto is_tagged = [&](const Event& event) { return origins[origin(event)].tag != 0; };
    for (const Group& group : group_by(trace, ends, select_all(trace, ends), origin, is_tagged)) {
        origins[group.key].cost = group;
    }
    return origins;
}

}  // namespace memo::cli
