// The reasons, the most telling one first (cli/why.h).
#include "cli/why.h"

#include "allocator/learn.h"
#include "allocator/service.h"
#include "allocator/watch.h"
#include "common/periods.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

namespace memo::cli {

namespace {

// Below this share of the plan that was served, a run is said not to profit from it.
constexpr double kEnough = 0.5;

[[nodiscard]] std::optional<Period> period_of(const std::vector<RunRequest>& requests, std::size_t shortest) {
    std::vector<Request> sequence;
    sequence.reserve(requests.size());
    for (const RunRequest& request : requests) {
        sequence.push_back({request.size, static_cast<std::uint32_t>(request.alignment), 0, request.caller});
    }
    return detect_period(sequence,
                         {.min_period = shortest, .min_rounds = 3, .min_coverage = 0.5, .min_share = 0});
}

// How many rounds of so many requests it takes at most until the learner believes in them.
[[nodiscard]] std::size_t rounds_needed(std::size_t period) {
    const LearnOptions options;
    return std::max(options.min_rounds, (options.min_requests + period - 1) / period) + 1;
}

[[nodiscard]] std::string why_nothing_learnt(const RunFacts& facts, const std::string& program) {
    if (facts.report.watched == 0) {
        return program + " asks for little of 4 KiB or more, so malloc is not what it waits for; " +
               "if another program does its work, run that one";
    }
    const LearnOptions options;
    const auto period = period_of(facts.requests, kMinPeriod);
    if (!period && facts.requests.size() < Watch::kFirstLook) {
        return fmt::format(
            "{} made only {} or so requests of 4 KiB or more; a plan is learnt from {} of them, in {} "
            "rounds: run "
            "it longer",
            program, facts.requests.size() + Service::kUnserved, options.min_requests, options.min_rounds);
    }
    if (!period && period_of(facts.requests, 1)) {
        return fmt::format(
            "what {} repeats is shorter than a round of {} requests: loops like that are served well by any "
            "allocator's cache",
            program, kMinPeriod);
    }
    if (!period) {
        return fmt::format(
            "nothing that {} asks for repeats yet (in its last {} requests of 4 KiB or more): run it longer, "
            "or "
            "without us if it has no rounds",
            program, facts.requests.size());
    }
    const std::size_t needed = rounds_needed(period->length);
    const std::size_t made = period->rounds.size();
    if (made < needed) {
        return fmt::format(
            "{} made {} or so rounds of {} requests; up to {} are needed before a plan is learnt: run it "
            "longer, or plan it beforehand (memo trace, memo plan)",
            program, made, period->length, needed);
    }
    return fmt::format(
        "{} made {} or so rounds of {} requests and ended before a plan was served: run it longer, or on a "
        "plan "
        "made beforehand (memo trace, memo plan)",
        program, made, period->length);
}

// What no plan is for was served all the same.
[[nodiscard]] std::string why_pooled(const RunFacts& facts, const std::string& reason) {
    const std::uint64_t blocks = facts.report.pool.blocks;
    const bool repeats = period_of(facts.requests, 1).has_value();
    if (repeats || facts.report.watched == 0 || facts.requests.size() < Watch::kFirstLook)
        return fmt::format("served from the pool ({} requests), by no plan: {}", blocks, reason);
    return fmt::format("served from the pool: shapes do not repeat ({} requests)", blocks);
}

[[nodiscard]] std::string why_never_entered(bool planned, const std::string& program) {
    if (!planned) return program + " ended before its plan was served: run it longer";
    return program +
           " made none of the plan's rounds: the plan is for another build, other libraries or other shapes; "
           "trace "
           "and plan it again";
}

[[nodiscard]] std::string why_missed(const RunReport& report) {
    const ReplayCounts& counts = report.counts;
    struct Reason {
        std::uint64_t count;
        std::string_view words;
    };
    const std::array reasons = {
        Reason{counts.occupied,
               "the bytes were still in use: blocks outlive their round; trace more rounds and plan again"},
        Reason{counts.skipped,
               "the program left planned requests out: it has other shapes than the plan; trace and plan it "
               "again"},
        Reason{
            report.no_arena,
            "threads found no arena: more are at work at once than there are arenas, or memory is limited"}};
    const Reason& worst = *std::max_element(reasons.begin(), reasons.end(),
                                            [](const auto& a, const auto& b) { return a.count < b.count; });
    const std::uint64_t passed = counts.hits + counts.occupied + counts.skipped;
    return fmt::format(
        "only {:.0f} % of what is planned was served; most often ({} times) {}",
        passed == 0 ? 0.0 : 100.0 * static_cast<double>(counts.hits) / static_cast<double>(passed),
        worst.count, worst.words);
}

// What became of the plans, if there was one.
[[nodiscard]] Verdict judge_plans(const RunFacts& facts, const std::string& program, bool planned) {
    const RunReport& report = facts.report;
    const ReplayCounts& counts = report.counts;
    const std::string_view state = report.state;
    const std::uint64_t passed = counts.hits + counts.occupied + counts.skipped;
    const bool served = static_cast<double>(counts.hits) >= kEnough * static_cast<double>(passed);
    if (state.starts_with("stopped")) {
        return {
            false,
            program +
                " loaded a library by dlmopen or with RTLD_DEEPBIND, which could not free planned blocks; "
                "nothing was served from then on",
            false};
    }
    if (report.plans == 0) {
        if (state.starts_with("no addresses")) {
            return {false, "there are no addresses for an arena: raise the limit (ulimit -v)", planned};
        }
        if (planned) return {false, std::string(state) + "; trace and plan it again", true};
        return {false, why_nothing_learnt(facts, program), false};
    }
    if (counts.hits == 0 && report.no_arena != 0)
        return {false, "there is no memory for an arena: raise the limits (ulimit -v, the container's)",
                false};
    if (counts.hits == 0) return {false, why_never_entered(planned, program), false};
    if (!served) return {false, why_missed(report), false};
    return {true, "", false};
}

}  // namespace

std::optional<RunFacts> read_run_report(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    RunFacts facts;
    if (!file.read(reinterpret_cast<char*>(&facts.report), sizeof facts.report)) return std::nullopt;
    if (std::memcmp(facts.report.magic, kRunReportMagic, sizeof kRunReportMagic) != 0) return std::nullopt;
    facts.report.state[sizeof facts.report.state - 1] = '\0';
    for (RunRequest request; facts.requests.size() < facts.report.requests &&
                             file.read(reinterpret_cast<char*>(&request), sizeof request);) {
        facts.requests.push_back(request);
    }
    if (facts.requests.size() != facts.report.requests) return std::nullopt;
    return facts;
}

Verdict judge_run(const RunFacts& facts, const std::string& program, bool planned) {
    Verdict verdict = judge_plans(facts, program, planned);
    if (verdict.profited || facts.report.pool.blocks == 0) return verdict;
    // Who gave a plan wants to know of that.
    if (!planned && facts.report.counts.hits == 0) return {true, why_pooled(facts, verdict.why), false};
    return {false, fmt::format("{}; the pool served {} others", verdict.why, facts.report.pool.blocks),
            verdict.said};
}

}  // namespace memo::cli
