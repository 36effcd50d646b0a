// Whatever the bytes, the CSV reader answers with a valid problem that survives a round trip, or with one
// line; and what a file fixes is fixed validly, or refused in one line.
#include "planner/problem_csv.h"
#include "planner/verifier.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool one_line(const std::string& text) {
    return !text.empty() && text.find('\n') == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace memo::planner;
    auto table = parse_problem_csv({reinterpret_cast<const char*>(data), size});
    if (!table) {
        require(one_line(table.error()));
        return 0;
    }
    require(!table->problem.blocks.empty() && !validate(table->problem));
    (void)max_load(table->problem);

    auto again = parse_problem_csv(format_problem_csv(*table));
    if (!again) {
        // Quotes can make a line longer than the one it was read from.
        require(again.error().find("longer than") != std::string::npos);
        return 0;
    }
    if (table->problem.ids.empty()) again->problem.ids.clear();
    require(*again == *table);

    const auto plan = plan_of(*table);
    require(plan.ok() || one_line(plan.error()));
    fix_offsets(*table);
    const bool valid = !validate(table->problem);
    if (!plan) return 0;
    // Offsets that may all be fixed are a valid plan.
    const auto conflict = find_conflict(table->problem, *plan);
    require(!conflict || !valid);
    return 0;
}
