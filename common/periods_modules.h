// Which modules repeat, where the whole sequence does not: in a JavaScript program that runs a model, the
// engine's own requests hide a sequence that is exact once only the model runtime's are kept. Thread safety:
// pure functions.
#pragma once

#include "common/periods_symbols.h"

#include <cstdint>
#include <span>
#include <vector>

namespace memo::periods {

// The modules, in ascending order, whose requests together have the period of the module that repeats most
// bytes: that one, and every other one, by bytes, that keeps at least nine in ten of its rounds exact. Empty
// if no module repeats.
[[nodiscard]] std::vector<std::uint32_t> repeating_modules(SymbolView sequence, const PeriodOptions& options);

// What is left of a sequence when only some modules (ascending) are kept.
struct Filtered {
    std::vector<Symbol> symbols;
    std::vector<std::size_t> positions;  // of each in the original sequence
};
[[nodiscard]] Filtered keep_modules(SymbolView sequence, std::span<const std::uint32_t> modules);

}  // namespace memo::periods
