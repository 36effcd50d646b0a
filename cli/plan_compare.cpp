// One row a strategy; those that cannot do a problem say why (cli/plan_compare.h).
#include "cli/plan_compare.h"

#include "cli/json.h"
#include "cli/output.h"
#include "planner/strategy.h"
#include "planner/verifier.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>
#include <vector>

namespace memo::cli {
namespace {

struct Row {
    std::string_view name;
    std::string_view summary;
};

[[nodiscard]] std::vector<Row> all_strategies() {
    std::vector<Row> rows = {{planner::kPortfolio, "all of ours: greedy orders, then search of the peaks"},
                             {"exact", "complete search alone"}};
    for (const planner::Strategy& strategy : planner::strategies()) {
        rows.push_back({strategy.name, strategy.summary});
    }
    return rows;
}

}  // namespace

int compare_strategies(const planner::Problem& problem, const std::string& input,
                       const SolvingOptions& solving, const Style& style) {
    if (const auto invalid = planner::validate(problem)) return refuse(input + ": " + invalid->message);
    Table table({{"strategy", Align::left},
                 {"height"},
                 {"over max load"},
                 {"proven"},
                 {"seconds"},
                 {"how", Align::left}});
    Json rows = Json::array();
    const Progress progress(style);
    const Solving session(solving, progress);
    for (const auto& [name, summary] : all_strategies()) {
        if (Solving::interrupted()) break;
        progress.show(fmt::format("placing {} blocks: {}", problem.blocks.size(), name));
        planner::SolveOptions wanted = session.options();
        wanted.strategy = name;
        wanted.locality = false;
        const auto outcome = planner::solve(problem, wanted);
        if (!outcome) {
            rows.push_back(Json{{"strategy", name}, {"error", outcome.error()}});
            table.add({std::string(name), "-", "-", "-", "-", outcome.error()});
            continue;
        }
        if (const auto conflict = planner::find_conflict(problem, outcome->packing)) {
            say(fmt::format("{}: the verifier refuses its plan: {}", name, conflict->message));
            return kCheckFailed;
        }
        Json row = outcome_json(problem, *outcome);
        row["strategy"] = name;
        rows.push_back(std::move(row));
        table.add({std::string(name), std::to_string(outcome->height.value),
                   fmt::format("{:.3f} %", 100 * outcome->gap), outcome->proven_optimal ? "yes" : "no",
                   fmt::format("{:.3f}", outcome->seconds), std::string(summary)});
    }
    progress.show("");
    const std::uint64_t load = planner::max_load(problem).value;
    if (style.json) {
        print_json(Json{{"max_load", load}, {"strategies", std::move(rows)}});
    } else {
        print(fmt::format("max load {} bytes, {} blocks\n\n", load, problem.blocks.size()));
        print(table.text());
    }
    hint(style, "memo plan " + shell_word(input) + " -o FILE");
    return kDone;
}

}  // namespace memo::cli
