// Requests as small integers: everything that looks for periods compares symbols, never requests.
//
// Invariants: equal requests have equal symbols and the other way round; symbols are dense, numbered by first
// appearance. Sequences longer than kMaxSequence are not analysed: indices are kept in 32 bits to halve the
// memory. Thread safety: pure functions.
#pragma once

#include "common/pause_point.h"
#include "common/periods.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::periods {

using Symbol = std::uint32_t;

inline constexpr std::size_t kMaxSequence = 0xfffffffe;

// Every bit of the result depends on every bit of the argument (the finaliser of MurmurHash3, Appleby 2011).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) {
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ULL;
    return value ^ (value >> 33);
}

[[nodiscard]] constexpr std::uint64_t combine(std::uint64_t left, std::uint64_t right) {
    return mix(left * 0x9e3779b97f4a7c15ULL + right);
}

struct SymbolSequence {
    std::vector<Symbol> symbols;    // one a request
    std::vector<Request> requests;  // indexed by symbol
};

// All of a sequence, or an end of it; not longer than that lives.
struct SymbolView {
    std::span<const Symbol> symbols;
    std::span<const Request> requests;  // indexed by symbol; in an end of a sequence more than occur there

    SymbolView(const SymbolSequence& all)
        : symbols(all.symbols), requests(all.requests) {}  // NOLINT(*-explicit-*)

    [[nodiscard]] SymbolView last(std::size_t count) const {
        SymbolView end = *this;
        end.symbols = symbols.last(count);
        return end;
    }
};

// Appends to a sequence, request by request.
class Interner {
  public:
    void append(const Request& request, SymbolSequence& sequence) {
        if (sequence.symbols.size() % kBetweenPauses == 0) pause_point();
        sequence.symbols.push_back(symbol_of(request, sequence.requests));
    }
    // The symbol of a request, which `requests` holds afterwards; always the same `requests`.
    [[nodiscard]] Symbol symbol_of(const Request& request, std::vector<Request>& requests);

  private:
    static constexpr std::size_t kBetweenPauses = 256;

    void grow(const std::vector<Request>& requests);
    [[nodiscard]] std::size_t home(const Request& request) const;

    std::vector<Symbol> table_;  // open addressing, at most half full
};

[[nodiscard]] SymbolSequence intern(std::span<const Request> sequence);

}  // namespace memo::periods
