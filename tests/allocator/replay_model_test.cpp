// The model check of docs/safety.md: every small plan, sound or not, and every program on it. What is driven
// is `memo::Replay` itself, in lockstep with an independent reference; the reference with a rule broken must
// fail, or the check would be blind.
#include "checked_plan.h"
#include "explorer.h"
#include "paired.h"
#include "reference.h"
#include "sanitizers.h"
#include "small_plan.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <iostream>

using namespace memo;
using namespace memo::testing;

namespace {

// Under a sanitizer the whole check would take minutes, and finds nothing that a smaller one does not.
constexpr unsigned kMostSlots = kSanitized ? 3 : 4;

struct Totals {
    std::uint64_t plans = 0;
    std::uint64_t plans_with_overlap = 0;
    Findings findings;
};

std::ostream& operator<<(std::ostream& out, const Totals& totals) {
    return out << totals.plans << " plans, " << totals.findings.states << " states, " << totals.findings.steps
               << " steps; " << totals.plans_with_overlap << " plans with an overlap; recovered after "
               << totals.findings.slowest_recovery << " rounds at most";
}

void add(Totals& totals, const Findings& findings) {
    ++totals.plans;
    if (findings.overlaps != 0) ++totals.plans_with_overlap;
    totals.findings += findings;
}

// The production class on every plan of the given size.
Totals check_replay(unsigned slots, unsigned granules, Keys keys) {
    Totals totals;
    for_each_small_plan(slots, granules, keys, [&](const SmallPlan& plan) {
        const CheckedPlan file(bytes_of(plan));
        const char* const wrong = file.wrong();
        Paired pair(plan, file.view());
        const Findings findings = wrong == nullptr ? Explorer<Paired>(plan, pair).run(are_distinct(keys))
                                                   : Findings{.wrong = wrong};
        if (findings.overlaps != 0 || !findings.wrong.empty()) {
            INFO(describe(plan));
            CHECK(findings.overlaps == 0);
            INFO(findings.wrong);
            CHECK(findings.wrong.empty());
        }
        add(totals, findings);
    });
    return totals;
}

// The reference under some rules, with frees between any two slots of a jump.
Totals check_reference(unsigned slots, unsigned granules, Rules rules, Keys keys = Keys::distinct) {
    Totals totals;
    for_each_small_plan(slots, granules, keys, [&](const SmallPlan& plan) {
        Reference reference(plan, rules);
        add(totals, Explorer<Reference>(plan, reference).run(false));
    });
    return totals;
}

void require_safe(const Totals& totals) {
    CHECK(totals.plans_with_overlap == 0);
    INFO(totals.findings.wrong);
    CHECK(totals.findings.wrong.empty());
    CHECK(totals.findings.slowest_recovery <= 1);
}

}  // namespace

TEST_CASE("no program makes blocks overlap in any plan of up to four slots") {
    for (unsigned slots = 1; slots <= kMostSlots; ++slots) {
        const Totals totals = check_replay(slots, 4, Keys::distinct);
        std::cout << "model check, " << slots << " slots: " << totals << "\n";
        CHECK(totals.plans > 10);
        require_safe(totals);
    }
}

TEST_CASE("nor where slots ask for the same size from the same caller") {
    for (unsigned slots = 1; slots <= kMostSlots; ++slots) {
        const Totals totals = check_replay(slots, slots < 4 ? 4 : 3, Keys::repeating);
        std::cout << "model check, repeating keys, " << slots << " slots: " << totals << "\n";
        require_safe(totals);
    }
}

TEST_CASE("nor where slots serve requests of any size up to their own") {
    const Keys keys = GENERATE(Keys::distinct_variable, Keys::repeating_variable);
    for (unsigned slots = 1; slots <= 3; ++slots) {
        const Totals totals = check_replay(slots, kSanitized && slots == 3 ? 3 : 4, keys);
        std::cout << "model check, variable sizes, " << slots << " slots: " << totals << "\n";
        CHECK(totals.plans > 10);
        require_safe(totals);
    }
}

TEST_CASE("nor where frees fall between the slots of one jump") {
    const Totals totals = check_reference(kMostSlots, 3, Rules::protocol);
    require_safe(check_reference(3, 3, Rules::protocol, Keys::distinct_variable));
    std::cout << "model check, frees within a jump: " << totals << "\n";
    require_safe(totals);
}

TEST_CASE("the model check catches a broken protocol") {
    const Rules rules =
        GENERATE(Rules::wrap_marks_nothing, Rules::pass_always_says_free, Rules::serve_checks_only_self);
    const Keys keys = GENERATE(Keys::distinct, Keys::distinct_variable);
    const Totals totals = check_reference(3, 3, rules, keys);
    std::cout << "mutant " << static_cast<int>(rules) << ": " << totals << "\n";
    CHECK(totals.plans_with_overlap > 0);
}

TEST_CASE("larger bounds: four slots in five granules, five slots in three", "[.slow]") {
    const auto [slots, granules] = GENERATE(std::pair{4U, 5U}, std::pair{5U, 3U});
    const Totals totals = check_replay(slots, granules, Keys::distinct);
    std::cout << "model check, " << slots << " slots in " << granules << " granules: " << totals << "\n";
    require_safe(totals);
}
