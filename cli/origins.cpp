// Adding up by call stack and op tag (cli/origins.h).
#include "cli/origins.h"

#include <unordered_map>

namespace memo::cli {

std::vector<Origin> origins_of(const Summary& summary, const Requesters& requesters, const OpTags& tags) {
    std::vector<Origin> origins;
    std::unordered_map<std::uint64_t, std::uint32_t> known;
    for (Group& group : summary.groups()) {
        const Requester& requester = requesters[group.key];
        const std::uint32_t tag = tags.index_of(requester.site, requester.context);
        const auto next = static_cast<std::uint32_t>(origins.size());
        const auto [at, fresh] = known.try_emplace(std::uint64_t{requester.site} << 32U | tag, next);
        if (fresh) origins.push_back({requester.site, tag, {.key = next}});
        if (tag != 0) group.tagged_bytes = group.bytes;
        origins[at->second].cost += group;
    }
    return origins;
}

}  // namespace memo::cli
