// Interning by open addressing: a table of symbols, probed linearly, never more than half full. One pass,
// O(n).
#include "common/periods_symbols.h"

namespace memo::periods {
namespace {

constexpr Symbol kEmpty = 0xffffffff;

std::uint64_t hash_of(const Request& request) {
    const std::uint64_t asked = combine(request.size, request.alignment);
    return combine(combine(asked, request.module), request.caller);
}

class Interner {
  public:
    explicit Interner(std::vector<Request>& requests) : requests_(requests), table_(64, kEmpty) {}

    Symbol symbol_of(const Request& request) {
        std::size_t at = home(request);
        while (table_[at] != kEmpty) {
            if (requests_[table_[at]] == request) return table_[at];
            at = (at + 1) & (table_.size() - 1);
        }
        const auto symbol = static_cast<Symbol>(requests_.size());
        table_[at] = symbol;
        requests_.push_back(request);
        if (requests_.size() * 2 > table_.size()) grow();
        return symbol;
    }

  private:
    [[nodiscard]] std::size_t home(const Request& request) const {
        return hash_of(request) & (table_.size() - 1);
    }

    void grow() {
        table_.assign(table_.size() * 2, kEmpty);
        for (std::size_t symbol = 0; symbol < requests_.size(); ++symbol) {
            std::size_t at = home(requests_[symbol]);
            while (table_[at] != kEmpty) at = (at + 1) & (table_.size() - 1);
            table_[at] = static_cast<Symbol>(symbol);
        }
    }

    std::vector<Request>& requests_;
    std::vector<Symbol> table_;
};

}  // namespace

SymbolSequence intern(std::span<const Request> sequence) {
    SymbolSequence result;
    result.symbols.reserve(sequence.size());
    Interner interner(result.requests);
    for (const Request& request : sequence) result.symbols.push_back(interner.symbol_of(request));
    return result;
}

}  // namespace memo::periods
