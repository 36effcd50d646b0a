// Interning (common/requesters.h), by a table that is probed linearly.
#include "common/requesters.h"

#include "common/periods_symbols.h"

namespace memo {

std::size_t Requesters::home(const Requester& requester) const {
    const std::uint64_t both = std::uint64_t{requester.site} << 32U | requester.context;
    return periods::combine(both, requester.thread) & (table_.size() - 1);
}

void Requesters::grow() {
    table_.assign(table_.empty() ? 64 : table_.size() * 2, kNone);
    for (std::uint32_t index = 0; index < all_.size(); ++index) {
        std::size_t at = home(all_[index]);
        while (table_[at] != kNone) at = (at + 1) & (table_.size() - 1);
        table_[at] = index;
    }
}

std::uint32_t Requesters::index_of(const Requester& requester) {
    if (2 * all_.size() >= table_.size()) grow();
    std::size_t at = home(requester);
    for (; table_[at] != kNone; at = (at + 1) & (table_.size() - 1)) {
        if (all_[table_[at]] == requester) return table_[at];
    }
    table_[at] = static_cast<std::uint32_t>(all_.size());
    all_.push_back(requester);
    return table_[at];
}

}  // namespace memo
