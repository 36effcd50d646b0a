// memo show: the slots of a plan, or the blocks of a problem, for people or, whole, as JSON; and where they
// lie, as a picture.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/map_svg.h"
#include "cli/nearest.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "cli/tagged_problem.h"
#include "common/plan_format.h"
#include "planner/items.h"
#include "planner/problem_csv.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string plan;
    std::string output;  // of the picture; empty: none
    std::string arena;
    bool stacks = false;
};

// Pictures are made up of squares far smaller than this; it keeps sums of offsets and sizes in range.
constexpr Bytes kHighestMap{std::uint64_t{1} << 62};

[[nodiscard]] bool is_left_out(const PlanSlot& slot) {
    return (slot.flags & kSlotLeftOut) != 0;
}

[[nodiscard]] Json slot_json(const PlanView& plan, std::size_t index, const std::string& name) {
    const PlanSlot& slot = plan.slots()[index];
    const PlanCaller& caller = plan.callers()[slot.caller];
    const std::string scope = slot_scope(plan, index);
    Json predecessors = Json::array();
    if (!is_left_out(slot)) {
        for (const std::uint32_t p :
             plan.predecessors().subspan(slot.first_predecessor, slot.predecessor_count)) {
            predecessors.push_back(p);
        }
    }
    return {{"index", index},
            {"name", name},
            {"tag", plan.string(slot.tag)},
            {"position", slot.position},
            {"size", slot.size},
            {"alignment", slot.alignment},
            {"offset", is_left_out(slot) ? Json(nullptr) : Json(slot.offset)},
            {"lower", slot.lower},
            {"upper", slot.upper},
            {"left_out", is_left_out(slot)},
            {"variable", (slot.flags & kSlotVariable) != 0},
            {"caller", {{"module", plan.string(caller.module)}, {"offset", caller.offset}}},
            {"predecessors", std::move(predecessors)},
            {"scope", scope.empty() ? Json(nullptr) : Json(scope)},
            {"stack", slot_stack(plan, index)}};
}

[[nodiscard]] std::string slot_table(const PlanView& plan, const std::vector<std::string>& names) {
    bool has_scopes = false;
    for (std::size_t i = 0; i < plan.slots().size(); ++i) has_scopes |= !slot_scope(plan, i).empty();
    Table table({{"slot"},
                 {"operation", Align::left},
                 {"bytes"},
                 {"aligned"},
                 {"offset"},
                 {"lifetime", Align::left},
                 {"caller", Align::left},
                 {has_scopes ? "scope" : "", Align::left}});
    for (std::size_t i = 0; i < plan.slots().size(); ++i) {
        const PlanSlot& slot = plan.slots()[i];
        const PlanCaller& caller = plan.callers()[slot.caller];
        const char* const up_to = (slot.flags & kSlotVariable) != 0 ? "<= " : "";
        table.add({std::to_string(i), names[i], up_to + std::to_string(slot.size),
                   slot.alignment == 0 ? std::string("-") : std::to_string(slot.alignment),
                   is_left_out(slot) ? std::string("left out") : std::to_string(slot.offset),
                   fmt::format("[{}, {})", slot.lower, slot.upper),
                   fmt::format("{}+0x{:x}", printable(plan.string(caller.module)), caller.offset),
                   printable(slot_scope(plan, i))});
    }
    return table.text();
}

// Each slot with its call stack, innermost frame first.
[[nodiscard]] std::string stack_list(const PlanView& plan, const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < plan.slots().size(); ++i) {
        const std::string scope = printable(slot_scope(plan, i));
        text += fmt::format("\nslot {}  {}  {} bytes{}{}\n", i, names[i], plan.slots()[i].size,
                            scope.empty() ? "" : "  in ", scope);
        for (const std::string& frame : slot_stack(plan, i)) text += "    " + frame + "\n";
    }
    return text;
}

[[nodiscard]] int show_plan(const Options& options, const PlanView& plan) {
    const std::vector<std::string> names = slot_names(plan);
    if (options.style.json) {
        Json json = plan_json(plan);
        json["slots"] = Json::array();
        for (std::size_t i = 0; i < names.size(); ++i) json["slots"].push_back(slot_json(plan, i, names[i]));
        print_json(json);
        return kDone;
    }
    if (options.stacks && plan.frames().empty()) {
        return refuse(options.plan + ": has no call stacks; `memo plan` writes them, a learnt plan has none");
    }
    print(plan_text(plan) + (options.stacks ? stack_list(plan, names) : "\n" + slot_table(plan, names)));
    const std::string program = plan.string(plan.header().program);
    hint(options.style, "memo run --plan " + shell_word(options.plan) + " -- " +
                            (program.empty() ? "PROGRAM" : shell_word(program)) + " ARGS");
    return kDone;
}

[[nodiscard]] std::string block_name(const planner::Problem& problem, std::size_t block) {
    return problem.ids.empty() ? std::to_string(block) : problem.ids[block];
}

[[nodiscard]] Json block_json(const planner::ProblemTable& table, std::size_t index) {
    const planner::Block& block = table.problem.blocks[index];
    const bool placed = !table.offsets.empty() && table.offsets[index].has_value();
    return {{"index", index},
            {"id", block_name(table.problem, index)},
            {"size", block.size.value},
            {"alignment", block.alignment.value},
            {"offset", placed ? Json(table.offsets[index]->value) : Json(nullptr)},
            {"lower", block.life.lower.value},
            {"upper", block.life.upper.value}};
}

[[nodiscard]] std::string block_table(const planner::ProblemTable& table) {
    Table rows({{"id", Align::left}, {"bytes"}, {"aligned"}, {"offset"}, {"lifetime", Align::left}});
    for (std::size_t i = 0; i < table.problem.blocks.size(); ++i) {
        const planner::Block& block = table.problem.blocks[i];
        const bool placed = !table.offsets.empty() && table.offsets[i].has_value();
        rows.add({printable(block_name(table.problem, i)), std::to_string(block.size.value),
                  block.alignment == Bytes{1} ? std::string("-") : std::to_string(block.alignment.value),
                  placed ? std::to_string(table.offsets[i]->value) : std::string("-"),
                  planner::describe_lifetime(block.life)});
    }
    return rows.text();
}

[[nodiscard]] int show_table(const Options& options, const planner::ProblemTable& table) {
    const Bytes max_load = planner::max_load(table.problem);
    const auto plan = planner::plan_of(table);
    if (options.style.json) {
        Json json = {{"kind", "problem"},
                     {"blocks", table.problem.blocks.size()},
                     {"height", plan ? Json(plan->height.value) : Json(nullptr)},
                     {"max_load", max_load.value},
                     {"rows", Json::array()}};
        for (std::size_t i = 0; i < table.problem.blocks.size(); ++i) {
            json["rows"].push_back(block_json(table, i));
        }
        print_json(json);
        return kDone;
    }
    print(
        plan ? fmt::format("height     {} ({} bytes)\n", format_bytes(plan->height.value), plan->height.value)
             : "height     not planned\n");
    print(fmt::format("max load   {} ({} bytes)\nblocks     {}\n\n", format_bytes(max_load.value),
                      max_load.value, table.problem.blocks.size()));
    print(block_table(table));
    const std::string file = shell_word(options.plan);
    hint(options.style, plan ? "memo show " + file + " -o map.svg" : "memo plan " + file + " -o FILE.csv");
    return kDone;
}

// The arena that was asked for, alone; the error is one line.
[[nodiscard]] Result<TaggedProblem> one_arena(const TaggedProblem& whole, const Options& options) {
    std::vector<planner::ArenaProblem> arenas = planner::split_arenas(whole.scenario.problem);
    std::vector<std::string> names;
    names.reserve(arenas.size());
    for (const planner::ArenaProblem& arena : arenas) names.push_back(arena.name);
    auto chosen = arenas.begin();
    if (!options.arena.empty() || arenas.size() > 1) {
        chosen = std::find_if(arenas.begin(), arenas.end(),
                              [&](const auto& arena) { return arena.name == options.arena; });
    }
    if (chosen == arenas.end()) {
        if (options.arena.empty()) {
            return Error{fmt::format("{}: has {} arenas; choose one with --arena NAME, '{}' for one",
                                     options.plan, arenas.size(), printable(names.front()))};
        }
        return Error{fmt::format("{}: there is no arena '{}'; did you mean '{}'?", options.plan,
                                 printable(options.arena), printable(nearest(options.arena, names)))};
    }
    TaggedProblem part{{std::move(chosen->problem), {}}, planner::Packing{}};
    for (const std::uint32_t block : chosen->blocks) {
        part.scenario.tags.push_back(whole.scenario.tags[block]);
        part.packing->offsets.push_back(whole.packing->offsets[block]);
    }
    return part;
}

[[nodiscard]] int draw(const Options& options, const TaggedProblem& whole) {
    if (whole.scenario.problem.blocks.empty()) return refuse(options.plan + ": places no block");
    if (whole.packing->height > kHighestMap) return refuse(options.plan + ": is too high to draw");
    const auto part = one_arena(whole, options);
    if (!part) return refuse(part.error());
    const std::string title =
        options.arena.empty() ? options.plan : options.plan + ", arena " + options.arena;
    const std::string svg =
        map_svg({part->scenario.problem, part->packing->offsets, part->scenario.tags, title});
    if (const auto problem = write_whole(options.output, svg)) return refuse(problem->message);
    if (options.style.json) {
        print_json(Json{{"map", options.output}, {"blocks", part->scenario.problem.blocks.size()}});
    } else if (options.output != "/dev/stdout") {
        print("map        " + options.output + "\n");
    }
    hint(options.style, "memo whatif " + shell_word(options.plan));
    return kDone;
}

// One line if the picture cannot be what the name says; else empty.
[[nodiscard]] std::string wrong_picture(const std::string& output) {
    static constexpr std::array kOthers = {".png", ".jpg", ".jpeg", ".pdf", ".webp", ".gif"};
    const auto other =
        std::find_if(kOthers.begin(), kOthers.end(), [&](const char* end) { return output.ends_with(end); });
    if (other == kOthers.end()) return {};
    const std::string svg = with_extension(output, ".svg");
    return fmt::format(
        "show: {}: the picture is SVG; for another kind, write {} and convert it: rsvg-convert -o {} {}",
        output, svg, shell_word(output), shell_word(svg));
}

[[nodiscard]] int run(const Options& options) {
    if (const std::string line = wrong_picture(options.output); !line.empty()) return refuse(line);
    const auto kind = kind_of(options.plan);
    if (!kind) return refuse(kind.error());
    if (*kind == FileKind::text && options.plan.ends_with(".csv")) {
        auto table = planner::read_problem_csv(options.plan);
        if (!table) return refuse(table.error());
        if (options.output.empty()) return show_table(options, *table);
        const TaggedProblem problem = tagged_problem(std::move(*table));
        if (!problem.packing) {
            return refuse(options.plan + ": has no offset for every block; place them first: memo plan " +
                          shell_word(options.plan) + " -o FILE.csv");
        }
        return draw(options, problem);
    }
    const auto file = read_plan(options.plan);
    if (!file) return refuse(file.error());
    return options.output.empty() ? show_plan(options, file->view())
                                  : draw(options, tagged_problem(file->view()));
}

}  // namespace

void add_show(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "show", "Show a plan: its slots, or a picture of them", options->style);
    command.add("PLAN", options->plan, "A plan, or a problem in CSV").required().shown_as("PLAN|PROBLEM.csv");
    command
        .add("-o,--output", options->output,
             "Draw the plan instead: addresses over time, coloured by tag (of a CSV: by the ids up to their "
             "last "
             "separator)")
        .shown_as("MAP.svg");
    command.add("--arena", options->arena, "Which one to draw, where a problem has several").shown_as("NAME");
    command.add_flag("--stacks", options->stacks,
                     "Of a plan: each slot with the call stack that asks for it");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
