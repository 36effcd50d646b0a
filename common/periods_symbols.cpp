// Interning by open addressing: a table of symbols, probed linearly, never more than half full. One pass,
// O(n).
#include "common/periods_symbols.h"

#include <algorithm>

namespace memo::periods {
namespace {

constexpr Symbol kEmpty = 0xffffffff;

std::uint64_t hash_of(const Request& request) {
    const std::uint64_t asked = combine(request.size, request.alignment);
    return combine(combine(asked, request.module), request.caller);
}

}  // namespace

std::size_t Interner::home(const Request& request) const {
    return hash_of(request) & (table_.size() - 1);
}

void Interner::grow(const std::vector<Request>& requests) {
    table_.assign(std::max<std::size_t>(64, table_.size() * 2), kEmpty);
    for (std::size_t symbol = 0; symbol < requests.size(); ++symbol) {
        std::size_t at = home(requests[symbol]);
        while (table_[at] != kEmpty) at = (at + 1) & (table_.size() - 1);
        table_[at] = static_cast<Symbol>(symbol);
    }
}

Symbol Interner::symbol_of(const Request& request, std::vector<Request>& requests) {
    if (2 * requests.size() >= table_.size()) grow(requests);
    std::size_t at = home(request);
    for (; table_[at] != kEmpty; at = (at + 1) & (table_.size() - 1)) {
        if (requests[table_[at]] == request) return table_[at];
    }
    table_[at] = static_cast<Symbol>(requests.size());
    requests.push_back(request);
    return table_[at];
}

SymbolSequence intern(std::span<const Request> sequence) {
    SymbolSequence result;
    result.symbols.reserve(sequence.size());
    Interner interner;
    for (const Request& request : sequence) interner.append(request, result);
    return result;
}

}  // namespace memo::periods
