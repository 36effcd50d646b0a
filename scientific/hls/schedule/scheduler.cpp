// The search for an interval (scheduler.h).
#include "scientific/hls/schedule/scheduler.h"

#include "scientific/hls/schedule/attempt.h"
#include "scientific/hls/schedule/bounds.h"

#include <algorithm>
#include <optional>

namespace memo::hls {

namespace {

// Small segments are aimed at so many cycles, more each time, after their operands: what is placed in between
// does not come out the same when they move, and a segment that its operands miss waits for an interval.
constexpr std::uint32_t kMargin = 8;
// How often; a try takes the longer the more slots there are.
int passes_at(std::uint32_t slots) {
    return static_cast<int>(std::clamp(4000 / slots, 1U, 12U));
}

std::string refusal(const Graph& graph, std::uint32_t interval, NodeId node) {
    return "an interval of " + std::to_string(interval) + " cycles cannot be met: no slot is left for a " +
           std::string(name_of(graph[node].kind)) + " of layer " + graph.layers[graph[node].layer];
}

std::vector<Shares> shares_to_try(const Graph& graph, const ScheduleOptions& options, const Bounds& bounds,
                                  std::uint32_t slots) {
    if (!options.pipelined) return {mixed_shares(options.elements, bounds.function_elements)};
    const auto functions = static_cast<std::uint32_t>((work_of(graph).functions + slots - 1) / slots);
    std::vector<Shares> all{mixed_shares(options.elements, functions)};
    for (const std::uint32_t part : {1, 2, 4, 8, 0}) {
        const std::optional<Shares> shares = pure_shares(graph, options.elements, slots, part);
        if (shares && *shares != all.back()) all.push_back(*shares);
    }
    return all;
}

// The schedule of the least latency that these shares give; nothing, and a node for which no slot was left,
// if they are too few.
std::optional<Schedule> best_of(const Placement& placement, const Segments& segments, std::uint32_t slots,
                                const Shares& shares, NodeId& stuck) {
    std::optional<Schedule> best;
    std::vector<std::uint32_t> anchors(segments.small.size(), 0);
    const int passes = segments.small_ones.empty() ? 1 : passes_at(slots);
    for (int pass = 0; pass < passes; ++pass) {
        Attempt attempt(placement, slots, shares, segments, anchors);
        if (const std::optional<NodeId> left = attempt.run()) {
            stuck = *left;
            break;
        }
        anchors = attempt.better_anchors(kMargin * static_cast<std::uint32_t>(pass + 1));
        if (!best || attempt.result().latency < best->latency) best = std::move(attempt).take();
    }
    return best;
}

}  // namespace

Result<Schedule> schedule(const Graph& graph, const ScheduleOptions& options) {
    if (const std::string wrong = check(graph); !wrong.empty()) return Error{wrong};
    const Work work = work_of(graph);
    const std::uint32_t kinds = (work.mac > 0 ? 1U : 0U) + (work.functions > 0 ? 1U : 0U);
    if (options.elements < std::max(1U, kinds))
        return Error{"the network needs at least " + std::to_string(std::max(1U, kinds)) +
                     " elements, one a kind"};
    const Bounds bounds = bounds_of(graph, options.latencies, options.elements);
    if (options.pipelined && options.interval > 0 && options.interval < bounds.interval)
        return Error{"an interval of " + std::to_string(options.interval) +
                     " cycles cannot be met: " + std::to_string(work.mac + work.functions) +
                     " operations on " + std::to_string(options.elements) + " elements take at least " +
                     std::to_string(bounds.interval)};

    const std::uint32_t accumulators =
        options.accumulators > 0 ? options.accumulators : options.latencies.add;
    const std::vector<Task> tasks = tasks_of(graph, std::max(1U, accumulators));
    const std::vector<std::uint32_t> latest = latest_starts(graph, options.latencies);
    std::vector<Segments> segmentations{one_segment(graph)};
    // A segment that moves would take its read ports along.
    if (options.pipelined && options.read_ports == 0) segmentations.push_back(segments_of(graph));
    std::uint32_t slots = options.interval > 0 ? options.interval : bounds.interval;
    if (!options.pipelined) slots = bounds.interval + bounds.latency;
    const Placement placement{graph, options, tasks, latest};
    for (std::uint32_t tries = 0;;) {
        NodeId stuck = graph.outputs.front();
        std::optional<Schedule> best;
        for (const Shares& shares : shares_to_try(graph, options, bounds, slots))
            for (const Segments& segments : segmentations) {
                std::optional<Schedule> made = best_of(placement, segments, slots, shares, stuck);
                if (!made) break;  // the elements are too few, in whatever order
                if (!best || made->latency < best->latency) best = std::move(made);
            }
        if (best && options.pipelined) return std::move(*best);
        if (best && best->latency <= slots) {  // else slots were reused
            best->interval = std::max(1U, best->latency);
            return std::move(*best);
        }
        if (options.pipelined && options.interval > 0) return Error{refusal(graph, slots, stuck)};
        // One by one near the bound, where it matters, then faster: far from it the elements are too few to
        // fill.
        ++tries;
        slots += options.pipelined ? 1 + (tries > 8 ? slots / 50 : 0) : slots;
        if (slots > UINT32_MAX / 4) return Error{refusal(graph, slots, stuck)};
    }
}

}  // namespace memo::hls
