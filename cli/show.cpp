// memo show: the slots of a plan, for people or, whole, as JSON.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/plan_summary.h"
#include "common/plan_format.h"

#include <fmt/format.h>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string plan;
};

[[nodiscard]] bool is_left_out(const PlanSlot& slot) {
    return (slot.flags & kSlotLeftOut) != 0;
}

[[nodiscard]] Json slot_json(const PlanView& plan, std::size_t index, const std::string& name) {
    const PlanSlot& slot = plan.slots()[index];
    const PlanCaller& caller = plan.callers()[slot.caller];
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
            {"caller", {{"module", plan.string(caller.module)}, {"offset", caller.offset}}},
            {"predecessors", std::move(predecessors)}};
}

[[nodiscard]] std::string slot_table(const PlanView& plan, const std::vector<std::string>& names) {
    Table table({{"slot"},
                 {"operation", Align::left},
                 {"bytes"},
                 {"aligned"},
                 {"offset"},
                 {"lifetime", Align::left},
                 {"caller", Align::left}});
    for (std::size_t i = 0; i < plan.slots().size(); ++i) {
        const PlanSlot& slot = plan.slots()[i];
        const PlanCaller& caller = plan.callers()[slot.caller];
        table.add({std::to_string(i), names[i], std::to_string(slot.size),
                   slot.alignment == 0 ? std::string("-") : std::to_string(slot.alignment),
                   is_left_out(slot) ? std::string("left out") : std::to_string(slot.offset),
                   fmt::format("[{}, {})", slot.lower, slot.upper),
                   fmt::format("{}+0x{:x}", printable(plan.string(caller.module)), caller.offset)});
    }
    return table.text();
}

[[nodiscard]] int run(const Options& options) {
    const auto file = read_plan(options.plan);
    if (!file) return refuse(file.error());
    const PlanView plan = file->view();
    const std::vector<std::string> names = slot_names(plan);
    if (options.style.json) {
        Json json = plan_json(plan);
        json["slots"] = Json::array();
        for (std::size_t i = 0; i < names.size(); ++i) json["slots"].push_back(slot_json(plan, i, names[i]));
        print_json(json);
        return kDone;
    }
    print(plan_text(plan) + "\n" + slot_table(plan, names));
    const std::string program = plan.string(plan.header().program);
    hint(options.style, "memo run --plan " + shell_word(options.plan) + " -- " +
                            (program.empty() ? "PROGRAM" : shell_word(program)) + " ARGS");
    return kDone;
}

}  // namespace

void add_show(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "show", "Show the slots of a plan", options->style);
    command.add("PLAN", options->plan, "A plan, made by `memo plan`").required();
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
