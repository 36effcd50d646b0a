// The ways to group a trace's allocations: by op tag, by what was open (labels, scopes, the outermost
// operator), call stack, calling module or thread. Thread safety: none (names are looked up).
#pragma once

#include "cli/stacks.h"
#include "cli/trace_totals.h"
#include "common/op_tags.h"
#include "common/requesters.h"
#include "common/trace.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace memo::cli {

// "tag", "scope", "site", "module", "thread".
[[nodiscard]] const std::vector<std::string>& grouping_names();

struct Grouping {
    std::function<std::uint32_t(std::uint32_t)> key;  // of a requester
    std::function<std::string(std::uint32_t)> name;   // of a key
    std::function<bool(std::uint32_t)> is_tagged;     // whether a requester has an op tag
};

// `by` is one of grouping_names(); the others must outlive the grouping.
[[nodiscard]] Grouping grouping(const std::string& by, const Trace& trace, const Requesters& requesters,
                                const OpTags& tags, StackNames& stacks);

}  // namespace memo::cli
