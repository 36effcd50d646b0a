// What repeats in a thread, for people and as JSON: warm-up, period, rounds, and every deviation with its
// call stack. Thread safety: none (names are looked up).
#pragma once

#include "cli/output.h"
#include "cli/rounds.h"
#include "cli/stacks.h"
#include "common/trace.h"

#include <cstddef>
#include <string>

namespace memo::cli {

// thread, system_id, name, allocations, looked_at (the last so many of them), repeats and, if it repeats,
// warm_up, period, period_bytes, rounds, exact_rounds, modules, deviation_count and the first `most` of the
// deviations.
[[nodiscard]] Json period_json(const Trace& trace, const ThreadRounds& thread, StackNames& stacks,
                               std::size_t most);

// The same in lines.
[[nodiscard]] std::string period_text(const Trace& trace, const ThreadRounds& thread, StackNames& stacks,
                                      std::size_t most);

}  // namespace memo::cli
