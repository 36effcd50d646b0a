// The complete search of one part on several threads: the sequence of runs of restarts.h, dealt out to them.
//
// Thread safety: a pure function, but for the threads that it starts and joins itself. The answer depends on
// their number, but not on which of them is faster.
#pragma once

#include "planner/niche_search.h"
#include "planner/sections.h"
#include "planner/strategy.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo::planner {

struct PartAnswer {
    SearchResult result = SearchResult::stopped;
    std::vector<std::uint64_t> offsets;  // in units, parallel to part.blocks; none unless found
};

struct PartSearch {
    std::size_t runs = SIZE_MAX;  // at most
    unsigned threads = 1;
    bool spanning_on_top = true;  // as SearchRun's
};

[[nodiscard]] PartAnswer search_part(const SectionProblem& part, std::uint64_t capacity,
                                     const PartSearch& options, const Budget& budget);

}  // namespace memo::planner
