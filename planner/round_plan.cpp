// Choosing the round and placing its blocks (planner/round_plan.h).
#include "planner/round_plan.h"

#include "common/file_name.h"
#include "common/lifetimes.h"
#include "common/plan_format.h"
#include "planner/head_room.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace memo::planner {

namespace {

// One thread's round, with all that was needed to find it.
struct Candidate {
    std::uint32_t thread = 0;
    ThreadRequests requests;
    Period period;
};

[[nodiscard]] std::optional<Candidate> look_at(const Trace& trace, const std::vector<std::size_t>& ends,
                                               std::uint32_t thread, const PeriodOptions& options) {
    Candidate candidate{thread, requests_of_thread(trace, thread), {}};
    auto period = detect_period(candidate.requests.requests, options);
    if (!period) return std::nullopt;
    const std::size_t boundary = quietest_boundary(trace, ends, candidate.requests, *period);
    candidate.period =
        boundary == 0 ? std::move(*period) : rotate_period(candidate.requests.requests, *period, boundary);
    return candidate;
}

// Bytes of planned size that a thread's rounds ask for: what there is to gain from planning it.
[[nodiscard]] std::uint64_t repeating_bytes(const Period& period, Bytes min_size) {
    std::uint64_t bytes = 0;
    for (const Request& request : period.requests) {
        if (request.size >= min_size.value) bytes += request.size;
    }
    return bytes * period.rounds.size();
}

[[nodiscard]] std::optional<Candidate> choose_thread(const Trace& trace, const std::vector<std::size_t>& ends,
                                                     const RoundPlanOptions& options) {
    if (options.thread) return look_at(trace, ends, *options.thread, options.period);
    std::optional<Candidate> best;
    for (std::uint32_t thread = 0; thread < trace.threads.size(); ++thread) {
        auto candidate = look_at(trace, ends, thread, options.period);
        if (!candidate) continue;
        if (!best || repeating_bytes(candidate->period, options.min_size) >
                         repeating_bytes(best->period, options.min_size)) {
            best = std::move(candidate);
        }
    }
    return best;
}

// How the k-th request of the period was made, from a round that has it.
[[nodiscard]] EntryPoint entry_point(const Trace& trace, const Candidate& candidate, std::size_t k) {
    for (const Round& round : candidate.period.rounds) {
        if (k < round.positions.size() && round.positions[k] != SIZE_MAX) {
            return trace.events[candidate.requests.events[round.positions[k]]].entry;
        }
    }
    return EntryPoint::malloc;
}

[[nodiscard]] bool has_plannable_entry(EntryPoint entry) {
    return entry != EntryPoint::valloc && entry != EntryPoint::pvalloc;
}

[[nodiscard]] std::optional<PlannedCaller> caller_of(const Trace& trace, std::uint32_t site) {
    if (site == kNone || trace.sites[site].frames.empty()) return std::nullopt;
    const Frame& frame = trace.sites[site].frames.front();
    if (frame.module == kNone) return std::nullopt;
    return PlannedCaller{file_name(trace.modules[frame.module].path.c_str()), frame.offset};
}

void add_slots(RoundPlan& plan, const Trace& trace, const Candidate& candidate,
               const RoundLifetimes& lifetimes, const TagOf& tag_of, Bytes min_size) {
    PlanContents& contents = plan.contents;
    for (std::size_t k = 0; k < lifetimes.blocks.size(); ++k) {
        const PeriodBlock& block = lifetimes.blocks[k];
        contents.period_bytes += block.size;
        if (block.size < min_size || block.alignment.value > kMaxPlanAlignment) continue;
        if (block.alignment.value != 0 && !is_power_of_two(block.alignment.value)) continue;
        const auto caller = caller_of(trace, block.site);
        if (!caller || !has_plannable_entry(entry_point(trace, candidate, k))) continue;

        PlannedSlot slot;
        slot.size = block.size;
        slot.alignment = static_cast<std::uint32_t>(block.alignment.value);
        slot.caller = *caller;
        slot.life = block.lifetime;
        slot.position = static_cast<std::uint32_t>(k);
        slot.left_out = block.escapes;
        slot.variable = block.varies;
        plan.variable += slot.variable ? 1 : 0;
        slot.tag = tag_of(block.site, block.context);
        if (slot.left_out) {
            ++plan.left_out;
            plan.left_out_bytes += slot.size;
        } else {
            plan.problem.blocks.push_back({slot.size, Bytes{placed_alignment(slot.alignment)}, slot.life});
        }
        contents.slots.push_back(std::move(slot));
    }
}

[[nodiscard]] std::string thread_words(const RoundPlanOptions& options) {
    return options.thread ? "thread " + std::to_string(*options.thread) : std::string("no thread");
}

}  // namespace

std::optional<Period> find_round(const Trace& trace, const std::vector<std::size_t>& ends,
                                 std::uint32_t thread, const PeriodOptions& options) {
    auto candidate = look_at(trace, ends, thread, options);
    if (!candidate) return std::nullopt;
    return std::move(candidate->period);
}

Result<RoundPlan> plan_round(const Trace& trace, const TagOf& tag_of, const RoundPlanOptions& options) {
    if (options.thread && *options.thread >= trace.threads.size()) {
        return Error{"there is no thread " + std::to_string(*options.thread) + " in this trace: it has " +
                     std::to_string(trace.threads.size())};
    }
    const std::vector<std::size_t> ends = block_ends(trace);
    auto candidate = choose_thread(trace, ends, options);
    if (!candidate) {
        return Error{options.thread ? thread_words(options) +
                                          " does not repeat: trace more rounds, and see `memo periods`"
                                    : "no thread repeats: trace more rounds, and see `memo periods`"};
    }
    const RoundLifetimes lifetimes = round_lifetimes(trace, ends, candidate->requests, candidate->period);

    RoundPlan plan;
    plan.thread = candidate->thread;
    PlanContents& contents = plan.contents;
    contents.program = trace.program;
    contents.program_build_id = trace.program_build_id;
    contents.min_size = options.min_size.value == 0 ? Bytes{1} : options.min_size;
    contents.period_requests = lifetimes.blocks.size();
    add_slots(plan, trace, *candidate, lifetimes, tag_of, contents.min_size);
    if (plan.problem.blocks.empty()) {
        return Error{"nothing in the round is to be planned: no block of at least " +
                     std::to_string(contents.min_size.value) + " bytes stays inside it (see --min-size)"};
    }
    if (contents.slots.size() > kMaxPlanSlots) {
        return Error{"the round has " + std::to_string(contents.slots.size()) +
                     " blocks to plan, more than a plan holds (" + std::to_string(kMaxPlanSlots) +
                     "): plan larger ones only (--min-size)"};
    }

    auto outcome = solve(plan.problem, options.solve);
    if (!outcome.ok()) return Error{outcome.error()};
    plan.outcome = std::move(*outcome);
    if (plan.outcome.height.value > kMaxPlanHeight)
        return Error{"the plan is higher than a plan file allows"};
    contents.strategy = plan.outcome.strategy;
    contents.proven_optimal = plan.outcome.proven_optimal;
    contents.height = plan.outcome.height;
    contents.max_load = plan.outcome.max_load;
    std::size_t block = 0;
    for (PlannedSlot& slot : contents.slots) {
        if (!slot.left_out) slot.offset = plan.outcome.packing.offsets[block++];
    }
    if (options.head_room) give_head_room(contents);
    plan.period = std::move(candidate->period);
    return plan;
}

}  // namespace memo::planner
