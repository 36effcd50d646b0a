// Choosing the round and placing its blocks (planner/round_plan.h).
#include "planner/round_plan.h"

#include "common/file_name.h"
#include "common/lifetimes.h"
#include "common/plan_format.h"
#include "planner/head_room.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

namespace memo::planner {

namespace {

// One thread's round.
struct Candidate {
    std::uint32_t thread = 0;
    Period period;
};

// Bytes of planned size that a thread's rounds ask for: what there is to gain from planning it.
[[nodiscard]] std::uint64_t repeating_bytes(const Period& period, Bytes min_size) {
    std::uint64_t bytes = 0;
    for (const Request& request : period.requests) {
        if (request.size >= min_size.value) bytes += request.size;
    }
    return bytes * period.rounds.size();
}

[[nodiscard]] std::optional<Candidate> choose_thread(std::span<const ThreadRequests> threads,
                                                     const RoundPlanOptions& options) {
    std::optional<Candidate> best;
    for (std::uint32_t thread = 0; thread < threads.size(); ++thread) {
        if (options.thread && thread != *options.thread) continue;
        auto period = find_round(threads[thread], options.period);
        if (!period) continue;
        if (!best ||
            repeating_bytes(*period, options.min_size) > repeating_bytes(best->period, options.min_size)) {
            best = Candidate{thread, *std::move(period)};
        }
    }
    return best;
}

// How the k-th request of the period was made, from a round that has it.
[[nodiscard]] EntryPoint entry_point(const ThreadRequests& requests, const Period& period, std::size_t k) {
    for (const Round& round : period.rounds) {
        if (k < round.positions.size() && round.positions[k] != SIZE_MAX)
            return requests.entries[round.positions[k]];
    }
    return EntryPoint::malloc;
}

[[nodiscard]] bool has_plannable_entry(EntryPoint entry) {
    return entry != EntryPoint::valloc && entry != EntryPoint::pvalloc;
}

[[nodiscard]] std::optional<PlannedCaller> caller_of(const Trace& trace, std::uint32_t site) {
    if (site == kNone || trace.sites.frames(site).empty()) return std::nullopt;
    const Frame frame = trace.sites.frames(site).front();
    if (frame.module == kNone) return std::nullopt;
    return PlannedCaller{file_name(trace.modules[frame.module].path.c_str()), frame.offset};
}

// The tree of the slots' call stacks, in the order in which frames are met.
class StackTree {
  public:
    StackTree(const Trace& trace, const NameOf& name_of, std::vector<PlannedFrame>& frames)
        : trace_(trace), name_of_(name_of), frames_(frames) {}

    // The innermost frame of a site, plus one; 0 where the tree is full, or nobody wants it.
    std::uint32_t add(std::uint32_t site) {
        if (!name_of_ || site == kNone) return 0;
        const auto [known, fresh] = by_site_.try_emplace(site, 0);
        if (!fresh) return known->second;
        const std::vector<Frame> stack = trace_.sites.stack(site);
        for (std::size_t i = std::min(stack.size(), kPlannedFrames); i-- > 0;) {
            const std::uint32_t inner = add_frame(stack[i], known->second);
            if (inner == 0) break;
            known->second = inner;
        }
        return known->second;
    }

    // The same, inside of it what was open: a frame without a place.
    std::uint32_t add(std::uint32_t site, const std::string& scope) {
        const std::uint32_t stack = add(site);
        if (!name_of_ || scope.empty() || frames_.size() == kMaxPlanFrames) return stack;
        const auto [known, fresh] = scopes_.try_emplace({stack, scope}, 0);
        if (!fresh) return known->second;
        PlannedFrame made;
        made.function = scope;
        made.outer = stack;
        frames_.push_back(std::move(made));
        return known->second = static_cast<std::uint32_t>(frames_.size());
    }

  private:
    std::uint32_t add_frame(const Frame& frame, std::uint32_t outer) {
        const auto [known, fresh] = known_.try_emplace({outer, frame.module, frame.offset}, 0);
        if (!fresh || frames_.size() == kMaxPlanFrames) return known->second;
        PlannedFrame made;
        made.place.offset = frame.offset;
        if (frame.module != kNone) made.place.module = file_name(trace_.modules[frame.module].path.c_str());
        made.function = name_of_(frame);
        made.outer = outer;
        frames_.push_back(std::move(made));
        return known->second = static_cast<std::uint32_t>(frames_.size());
    }

    const Trace& trace_;
    const NameOf& name_of_;
    std::vector<PlannedFrame>& frames_;
    std::map<std::uint32_t, std::uint32_t> by_site_;
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> scopes_;
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>, std::uint32_t> known_;
};

void add_slots(RoundPlan& plan, const Trace& trace, const ThreadRequests& requests, const Period& period,
               const TagOf& tag_of, const RoundPlanOptions& options) {
    const RoundLifetimes lifetimes = round_lifetimes(requests, period);
    PlanContents& contents = plan.contents;
    StackTree stacks(trace, options.name_of, contents.frames);
    for (std::size_t k = 0; k < lifetimes.blocks.size(); ++k) {
        const PeriodBlock& block = lifetimes.blocks[k];
        contents.period_bytes += block.size;
        if (block.size < contents.min_size || block.alignment.value > kMaxPlanAlignment) continue;
        if (block.alignment.value != 0 && !is_power_of_two(block.alignment.value)) continue;
        const auto caller = caller_of(trace, block.site);
        if (!caller || !has_plannable_entry(entry_point(requests, period, k))) continue;

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
        slot.stack =
            stacks.add(block.site, options.scope_of ? options.scope_of(block.context) : std::string());
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

std::optional<Period> find_round(const ThreadRequests& requests, const PeriodOptions& options) {
    auto period = detect_period(requests.sequence, options);
    if (!period) return std::nullopt;
    const std::size_t boundary = quietest_boundary(requests, *period);
    return boundary == 0 ? std::move(period) : rotate_period(requests.sequence, *period, boundary);
}

Result<RoundPlan> plan_round(const Trace& trace, std::span<const ThreadRequests> threads, const TagOf& tag_of,
                             const RoundPlanOptions& options) {
    if (options.thread && *options.thread >= trace.threads.size()) {
        return Error{"there is no thread " + std::to_string(*options.thread) + " in this trace: it has " +
                     std::to_string(trace.threads.size())};
    }
    auto candidate = choose_thread(threads, options);
    if (!candidate) {
        return Error{options.thread ? thread_words(options) +
                                          " does not repeat: trace more rounds, and see `memo periods`"
                                    : "no thread repeats: trace more rounds, and see `memo periods`"};
    }

    RoundPlan plan;
    plan.thread = candidate->thread;
    PlanContents& contents = plan.contents;
    contents.program = trace.program;
    contents.program_build_id = trace.program_build_id;
    contents.min_size = options.min_size.value == 0 ? Bytes{1} : options.min_size;
    contents.period_requests = candidate->period.length;
    add_slots(plan, trace, threads[candidate->thread], candidate->period, tag_of, options);
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
