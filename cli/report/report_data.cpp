// From analyses to the page's data (cli/report/report_data.h).
#include "cli/report/report_data.h"

#include "cli/function_names.h"
#include "cli/map_colors.h"
#include "cli/origins.h"
#include "cli/peak_report.h"
#include "cli/period_report.h"
#include "cli/plan_summary.h"
#include "cli/report/columns.h"
#include "cli/report/flame_tree.h"
#include "cli/tagged_problem.h"
#include "cli/timeline.h"
#include "cli/trace_totals.h"
#include "cli/tracer_cost.h"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

namespace memo::cli {

namespace {

constexpr double kLeastFlameShare = 1.0 / 2000;  // under a pixel on most screens
constexpr std::size_t kMostDeviations = 200;     // of a thread
constexpr std::size_t kMostBlamed = 300;         // blocks, and tags
constexpr std::size_t kMostMapped = 20'000;      // blocks on the map

// The first `most` of an array.
[[nodiscard]] Json first_of(const Json& list, std::size_t most) {
    Json part = Json::array();
    for (const Json& one : list.items()) {
        if (part.items().size() == most) break;
        part.push_back(one);
    }
    return part;
}

// The indices of the blocks with the most bytes x time, in order of the round.
[[nodiscard]] std::vector<std::uint32_t> largest(const std::vector<MappedBlock>& blocks) {
    std::vector<std::uint32_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    if (order.size() <= kMostMapped) return order;
    const auto area = [&](std::uint32_t i) {
        return static_cast<double>(blocks[i].size) * static_cast<double>(blocks[i].upper - blocks[i].lower);
    };
    std::nth_element(order.begin(), order.begin() + kMostMapped, order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return area(a) > area(b); });
    order.resize(kMostMapped);
    std::sort(order.begin(), order.end());
    return order;
}

[[nodiscard]] Json map_data(const RoundMap& map) {
    std::vector<MappedBlock> shown;
    for (const std::uint32_t i : largest(map.blocks)) shown.push_back(map.blocks[i]);
    std::vector<std::string> names;
    names.reserve(shown.size());
    for (const MappedBlock& block : shown) names.push_back(block.name);
    const std::span<const MappedBlock> blocks = shown;
    const std::span<const Fold> folds = map.folds;
    return {{"moments", map.moments},
            {"height", map.height},
            {"max_load", map.max_load},
            {"touched", map.folds.empty() ? Json(nullptr) : Json(map.touched)},
            {"hidden", map.blocks.size() - shown.size()},
            {"tags", map.tags},
            {"names", names},
            {"lower", column_of<std::uint32_t>(blocks, [](const auto& block) { return block.lower; })},
            {"upper", column_of<std::uint32_t>(blocks, [](const auto& block) { return block.upper; })},
            {"size", column_of<std::uint64_t>(blocks, [](const auto& block) { return block.size; })},
            {"after", column_of<std::uint64_t>(blocks, [](const auto& block) { return block.offset; })},
            {"before", column_of<std::uint64_t>(blocks, [](const auto& block) { return block.before; })},
            {"tag", column_of<std::uint32_t>(blocks, [](const auto& block) { return block.tag; })},
            {"folds", column_of<std::uint64_t>(folds, [](const auto& fold) { return fold.position; })}};
}

}  // namespace

Json overview_data(const Trace& trace, const EventCount& count, const Summary& summary,
                   const Requesters& requesters, const OpTags& tags) {
    Group sum;
    for (Group& group : summary.groups()) {
        const Requester& requester = requesters[group.key];
        if (tags.index_of(requester.site, requester.context) != 0) group.tagged_bytes = group.bytes;
        sum += group;
    }
    return {{"program", trace.program},
            {"arguments", trace.arguments},
            {"process_id", trace.process_id},
            {"start_unix_ms", trace.start_unix_ns / 1'000'000},
            {"next_allocator", trace.next_allocator},
            {"complete", trace.complete},
            {"events", count.events},
            {"allocations", count.allocations},
            {"bytes", summary.bytes()},
            {"peak_bytes", summary.peak_bytes()},
            {"peak_event", summary.peak_event()},
            {"tagged_bytes", sum.tagged_bytes},
            {"temporary_bytes", sum.temporary_bytes},
            {"temporary_allocations", sum.temporary_allocations},
            {"kept_bytes", sum.kept_bytes},
            {"kept_allocations", sum.kept_allocations},
            {"threads", trace.threads.size()},
            {"sites", trace.sites.size()},
            {"truncated_sites", trace.sites.truncated()},
            {"dropped_events", trace.dropped_events},
            {"damaged_chunks", trace.damaged_chunks},
            {"sample_bytes", trace.sample_bytes},
            {"notes", notes_beside_cost(trace)}};
}

Json timeline_data(const Timeline& timeline) {
    const std::span<const TimelineBin> bins = timeline.bins;
    const std::span<const TimelineCell> cells = timeline.cells;
    const auto amounts = [&](std::uint64_t TimelineCell::*member) {
        return column_of<std::uint64_t>(cells, [member](const TimelineCell& cell) { return cell.*member; });
    };
    const auto counts = [&](std::uint64_t TimelineCell::*member) {
        return column_of<std::uint32_t>(cells, [member](const TimelineCell& cell) { return cell.*member; });
    };
    return {{"events", timeline.events},
            {"rows", timeline.rows},
            {"begin", column_of<std::uint64_t>(bins, [](const TimelineBin& bin) { return bin.begin; })},
            {"peak", column_of<std::uint64_t>(bins, [](const TimelineBin& bin) { return bin.peak_bytes; })},
            {"bin", column_of<std::uint16_t>(cells, [](const TimelineCell& cell) { return cell.bin; })},
            {"row", column_of<std::uint16_t>(cells, [](const TimelineCell& cell) { return cell.row; })},
            {"bytes", amounts(&TimelineCell::bytes)},
            {"allocations", counts(&TimelineCell::allocations)},
            {"freed_bytes", amounts(&TimelineCell::freed_bytes)},
            {"frees", counts(&TimelineCell::frees)},
            {"temporary_bytes", amounts(&TimelineCell::temporary_bytes)},
            {"temporary_allocations", counts(&TimelineCell::temporary_allocations)},
            {"live_bytes", amounts(&TimelineCell::live_bytes)},
            {"live_blocks", counts(&TimelineCell::live_blocks)}};
}

Json stacks_data(const Trace& trace, std::span<const Origin> origins, const FrameTable& frames) {
    const std::vector<FlameNode> tree = flame_tree(origins, frames, kLeastFlameShare);
    // Only the functions that are left.
    constexpr std::uint32_t kUnused = UINT32_MAX;
    std::vector<std::uint32_t> shown(frames.functions().size(), kUnused);
    std::vector<std::string> names;
    std::vector<std::string> files;
    std::vector<std::string> full_names;  // empty where the name is whole
    std::vector<std::uint32_t> modules;
    std::vector<std::uint32_t> functions = {0};
    for (std::size_t i = 1; i < tree.size(); ++i) {
        std::uint32_t& index = shown[tree[i].function];
        if (index == kUnused) {
            index = static_cast<std::uint32_t>(names.size());
            const FunctionName& function = frames.functions()[tree[i].function];
            names.push_back(folded(function.name));
            full_names.push_back(names.back() == function.name ? std::string() : function.name);
            files.push_back(function.file);
            modules.push_back(
                std::min<std::uint32_t>(function.module, static_cast<std::uint32_t>(trace.modules.size())));
        }
        functions.push_back(index);
    }
    std::vector<std::string> module_names;
    for (std::uint32_t i = 0; i < trace.modules.size(); ++i) module_names.push_back(module_name(trace, i));
    module_names.push_back(module_name(trace, kNone));
    const std::span<const FlameNode> nodes = tree;
    Json weights = Json::array();
    for (std::size_t k = 0; k < kFlameWeights; ++k)
        weights.push_back(
            column_of<std::uint64_t>(nodes, [k](const FlameNode& node) { return node.weights.at(k); }));
    std::vector<std::string> lines;  // of each node
    lines.reserve(tree.size());
    for (const FlameNode& node : tree) lines.push_back(fmt::format("{}", fmt::join(node.lines, ", ")));
    return {{"names", names},
            {"full_names", full_names},
            {"files", files},
            {"lines", lines},
            {"modules", module_names},
            {"module", column(modules)},
            {"parent", column_of<std::uint32_t>(nodes, [](const FlameNode& node) { return node.parent; })},
            {"function", column(functions)},
            {"weights", std::move(weights)}};
}

Json rounds_data(const Trace& trace, const std::vector<ThreadRounds>& threads, StackNames& stacks) {
    Json list = Json::array();
    for (const ThreadRounds& thread : threads)
        list.push_back(period_json(trace, thread, stacks, kMostDeviations));
    return list;
}

Json plan_data(const PlanView& plan, const RoundMap& map) {
    Json data = plan_json(plan);
    const TaggedProblem problem = tagged_problem(plan);
    if (!problem.scenario.problem.blocks.empty()) {
        Json peak =
            peak_json(problem.scenario, planner::find_peak(problem.scenario.problem, problem.scenario.tags));
        peak["blocks"] = first_of(peak["blocks"], kMostBlamed);
        peak["tags"] = first_of(peak["tags"], kMostBlamed);
        peak["stretches"] = first_of(peak["stretches"], kMostBlamed);
        data["peak"] = std::move(peak);
    }
    data["map"] = map_data(map);
    return data;
}

}  // namespace memo::cli
