// Whatever the bytes, the CSV reader answers with a valid problem that survives a round trip, or with one
// line.
#include "planner/problem_csv.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace memo::planner;
    const auto table = parse_problem_csv({reinterpret_cast<const char*>(data), size});
    if (!table) {
        const bool one_line = !table.error().empty() && table.error().find('\n') == std::string::npos;
        if (!one_line) std::abort();
        return 0;
    }
    if (table->problem.blocks.empty() || validate(table->problem)) std::abort();

    const std::string text = format_problem_csv(*table);
    auto again = parse_problem_csv(text);
    if (!again) {
        // Quotes can make a line longer than the one it was read from.
        if (again.error().find("longer than") == std::string::npos) std::abort();
        return 0;
    }
    if (table->problem.ids.empty()) again->problem.ids.clear();
    if (!(*again == *table)) std::abort();
    return 0;
}
