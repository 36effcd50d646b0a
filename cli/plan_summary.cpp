// Plans in words and numbers (cli/plan_summary.h).
#include "cli/plan_summary.h"

#include "cli/json.h"
#include "common/plan_format.h"

#include <fmt/core.h>

#include <map>

namespace memo::cli {

namespace {

// The innermost frame of a slot, plus one; 0: it has none.
[[nodiscard]] std::uint32_t innermost_of(const PlanView& plan, std::size_t slot) {
    return plan.stacks().empty() ? 0 : plan.stacks()[slot];
}

// A frame without a place is none: it says what was open.
[[nodiscard]] bool is_scope(const PlanView& plan, std::uint32_t frame) {
    const PlanFrame& what = plan.frames()[frame - 1];
    return what.offset == 0 && *plan.string(what.module) == '\0';
}

[[nodiscard]] std::uint64_t left_out_count(const PlanView& plan) {
    std::uint64_t count = 0;
    for (const PlanSlot& slot : plan.slots()) count += (slot.flags & kSlotLeftOut) != 0 ? 1 : 0;
    return count;
}

}  // namespace

double gap_of(std::uint64_t height, std::uint64_t max_load) {
    return max_load == 0 ? 0 : static_cast<double>(height - max_load) / static_cast<double>(max_load);
}

std::string describe_gap(double gap, bool proven_optimal) {
    if (gap == 0) return "equal to the max load: optimal";
    return fmt::format("{:.3f} % over the max load, {}", 100 * gap,
                       proven_optimal ? "proven optimal" : "not proven optimal");
}

std::vector<std::string> slot_names(const PlanView& plan) {
    std::map<std::string, std::size_t> seen;
    std::vector<std::string> names;
    for (const PlanSlot& slot : plan.slots()) {
        std::string tag = plan.string(slot.tag);
        if (tag.empty()) tag = "untagged";
        const std::size_t occurrence = ++seen[tag];
        names.push_back(printable(tag) + " #" + std::to_string(occurrence));
    }
    return names;
}

std::string slot_scope(const PlanView& plan, std::size_t slot) {
    const std::uint32_t at = innermost_of(plan, slot);
    return at == 0 || !is_scope(plan, at) ? "" : plan.string(plan.frames()[at - 1].function);
}

std::vector<std::string> slot_stack(const PlanView& plan, std::size_t slot) {
    std::vector<std::string> lines;
    std::uint32_t at = innermost_of(plan, slot);
    if (at != 0 && is_scope(plan, at)) at = plan.frames()[at - 1].outer;
    while (at != 0) {
        const PlanFrame& frame = plan.frames()[at - 1];
        const std::string module = printable(plan.string(frame.module));
        const std::string place = fmt::format("{}{}0x{:x}", module, module.empty() ? "" : "+", frame.offset);
        const std::string function = printable(plan.string(frame.function));
        lines.push_back(function.empty() ? place : fmt::format("{} ({})", function, place));
        at = frame.outer;
    }
    return lines;
}

Json plan_json(const PlanView& plan) {
    const PlanHeader& header = plan.header();
    return {{"kind", "plan"},
            {"program", plan.string(header.program)},
            {"program_build_id", plan.string(header.program_build_id)},
            {"tool_version", plan.string(header.tool_version)},
            {"strategy", plan.string(header.strategy)},
            {"height", header.height},
            {"max_load", header.max_load},
            {"gap", gap_of(header.height, header.max_load)},
            {"proven_optimal", header.proven_optimal != 0},
            {"slots", header.slot_count},
            {"left_out", left_out_count(plan)},
            {"min_size", header.min_size},
            {"period_requests", header.period_requests},
            {"period_bytes", header.period_bytes},
            {"callers", header.caller_count},
            {"frames", header.frame_count},
            {"file_bytes", header.file_bytes}};
}

std::string plan_text(const PlanView& plan) {
    const PlanHeader& header = plan.header();
    const std::string program = plan.string(header.program);
    const double gap = gap_of(header.height, header.max_load);
    std::string text;
    text += fmt::format("program    {}\n", program.empty() ? "any" : printable(program));
    text += fmt::format("height     {} ({} bytes), {}\n", format_bytes(header.height), header.height,
                        describe_gap(gap, header.proven_optimal != 0));
    text += fmt::format("max load   {} ({} bytes)\n", format_bytes(header.max_load), header.max_load);
    text += fmt::format(
        "slots      {} of the round's {} allocations; {} of them left out, their blocks outlive the round\n",
        header.slot_count, header.period_requests, left_out_count(plan));
    text += fmt::format("left alone requests below {} bytes\n", header.min_size);
    text += fmt::format("round      {} asked for\n", format_bytes(header.period_bytes));
    text += fmt::format("strategy   {}\n", printable(plan.string(header.strategy)));
    text += fmt::format("made by    memo {}\n", printable(plan.string(header.tool_version)));
    return text;
}

PlacedSlots placed_slots(const PlanView& plan) {
    const std::vector<std::string> names = slot_names(plan);
    PlacedSlots placed;
    placed.packing.height = Bytes{plan.header().height};
    for (std::uint32_t i = 0; i < plan.slots().size(); ++i) {
        const PlanSlot& slot = plan.slots()[i];
        if ((slot.flags & kSlotLeftOut) != 0) continue;
        placed.slots.push_back(i);
        placed.problem.blocks.push_back({Bytes{slot.size}, Bytes{placed_alignment(slot.alignment)},
                                         Lifetime{EventIndex{slot.lower}, EventIndex{slot.upper}}});
        placed.problem.ids.push_back(names[i]);
        placed.packing.offsets.push_back(Offset{slot.offset});
    }
    return placed;
}

}  // namespace memo::cli
