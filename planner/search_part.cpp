// One searcher a thread, made when its first run begins.
#include "planner/search_part.h"

#include "planner/parallel.h"
#include "planner/restarts.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace memo::planner {

PartAnswer search_part(const SectionProblem& part, std::uint64_t capacity, const PartSearch& options,
                       const Budget& budget) {
    const std::size_t runs = options.runs;
    const unsigned threads = options.threads;
    std::vector<std::unique_ptr<NicheSearch>> searches(threads);
    std::vector<PartAnswer> answers(threads);  // the last of each thread, which is its first success
    const auto attempt = [&](std::size_t thread, std::size_t number, const std::function<bool()>& cancelled) {
        if (!searches[thread]) searches[thread] = std::make_unique<NicheSearch>(part, capacity);
        SearchRun run = restart(number, part.blocks.size(), budget.seed);
        run.spanning_on_top = options.spanning_on_top;
        run.expired = [&] { return cancelled() || budget.expired(); };
        if (cancelled()) return false;
        if (budget.expired()) return true;  // no more runs
        PartAnswer& answer = answers[thread];
        answer.result = searches[thread]->run(run);
        if (answer.result == SearchResult::found) {
            const auto offsets = searches[thread]->offsets();
            answer.offsets.assign(offsets.begin(), offsets.end());
        }
        return answer.result != SearchResult::stopped;
    };
    // Most parts need one run, and no other thread.
    if (runs == 0) return {};
    if (attempt(0, 0, [] { return false; })) return answers[0];
    const auto winner =
        first_success(runs - 1, threads,
                      [&](std::size_t thread, std::size_t number, const std::function<bool()>& cancelled) {
                          return attempt(thread, number + 1, cancelled);
                      });
    if (!winner) return {};
    const PartAnswer& first = answers[*winner % std::min<std::size_t>(threads, runs - 1)];
    if (first.result != SearchResult::stopped) return first;
    // Time was up for that one; another may have known by then.
    const auto known = std::find_if(answers.begin(), answers.end(), [](const PartAnswer& answer) {
        return answer.result != SearchResult::stopped;
    });
    return known == answers.end() ? PartAnswer{} : *known;
}

}  // namespace memo::planner
