// Where the blocks of one round lie: in the memory of the program as it was traced, and in the plan. The
// addresses of the traced run are folded: only the pages that these blocks touched in that round count, one
// after the other, so that heap and mappings far apart stand on one axis. Thread safety: pure functions.
#pragma once

#include "common/plan_view.h"
#include "common/request_log.h"
#include "planner/round_plan.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace memo::cli {

// A block of the round that the plan places.
struct MappedBlock {
    std::uint64_t lower = 0;  // lifetime [lower, upper) in allocations of the round
    std::uint64_t upper = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  // in the plan's arena
    std::uint64_t before = 0;  // folded address in the traced run, where there is one
    std::uint32_t tag = 0;     // index into RoundMap::tags
    std::string name;
};

// Folded addresses from `position` on stand for real ones from `address` on.
struct Fold {
    std::uint64_t position = 0;
    std::uint64_t address = 0;
};

struct RoundMap {
    std::uint64_t moments = 0;  // allocations of the round
    std::uint64_t height = 0;   // of the plan
    std::uint64_t max_load = 0;
    std::vector<std::string> tags;
    std::vector<MappedBlock> blocks;  // in order of the round
    std::vector<Fold> folds;          // empty: where they lay is not known
    std::uint64_t touched = 0;        // bytes of the pages that they touched
};

[[nodiscard]] RoundMap map_of(const PlanView& plan);

// Fills in where each block of the map lay in `round` of a thread with these requests; `map` is of a plan of
// that thread. `positions[i]` is the allocation of the round that block i was. Walks over the source.
void add_before(TraceSource& source, const ThreadRequests& requests, const Round& round,
                std::span<const std::uint32_t> positions, RoundMap& map);

}  // namespace memo::cli
