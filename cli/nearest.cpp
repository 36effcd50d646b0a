// Edit distance (cli/nearest.h).
#include "cli/nearest.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace memo::cli {

std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> older(to.size() + 1);
    std::vector<std::size_t> old(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        older.swap(old);
        old.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replaced = old[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, old[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = std::min(row[j], older[j - 2] + 1);
            }
        }
    }
    return row[to.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> names) {
    const auto distance = [&](const std::string& name) {
        const bool begins = !word.empty() && name.starts_with(word);
        return std::tuple(!begins, begins ? name.size() : edit_distance(word, name));
    };
    const auto closest = std::min_element(
        names.begin(), names.end(), [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
    return closest == names.end() ? std::string() : *closest;
}

}  // namespace memo::cli
