// How the blocks of a problem are named in messages, what makes it plain, ids that occur twice, and its max
// load. What makes it valid is in validate.cpp.
#include "planner/problem.h"

#include "planner/items.h"
#include "planner/loads.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>

namespace memo::planner {
namespace {

// The number that `id` is in plain decimal digits, if it is one below `limit`; else `limit`. A plain number
// has one spelling: no sign, no leading zeros.
std::uint64_t plain_number(std::string_view id, std::uint64_t limit) {
    constexpr std::size_t kDigits = 12;  // so that nothing overflows
    if (id.empty() || id.size() > kDigits || (id.front() == '0' && id.size() > 1)) return limit;
    std::uint64_t number = 0;
    for (const char c : id) {
        if (c < '0' || c > '9') return limit;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return std::min(number, limit);
}

std::size_t first_of(std::span<const std::string> ids, const std::string& id) {
    return static_cast<std::size_t>(std::find(ids.begin(), ids.end(), id) - ids.begin());
}

// Open addressing over hashes of the ids; a slot is an index into them plus one, or 0.
std::optional<std::pair<std::size_t, std::size_t>> find_duplicate_name(std::span<const std::string> ids) {
    struct Slot {
        std::uint32_t hash;
        std::uint32_t id;
    };
    std::vector<Slot> slots(std::bit_ceil(2 * ids.size() + 1), Slot{0, 0});
    for (std::size_t index = 0; index < ids.size(); ++index) {
        const std::size_t hash = std::hash<std::string_view>{}(ids[index]);
        const Slot own{static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(index + 1)};
        std::size_t at = hash & (slots.size() - 1);
        for (; slots[at].id != 0; at = (at + 1) & (slots.size() - 1)) {
            if (slots[at].hash == own.hash && ids[slots[at].id - 1] == ids[index]) {
                return std::pair{std::size_t{slots[at].id} - 1, index};
            }
        }
        slots[at] = own;
    }
    return std::nullopt;
}

}  // namespace

std::string describe_block(const Problem& problem, std::size_t block) {
    std::string name = "block " + std::to_string(block);
    if (block < problem.ids.size()) name.append(" \"").append(problem.ids[block]).append("\"");
    return name;
}

std::string describe_lifetime(const Lifetime& life) {
    std::string text = "[";
    text.append(std::to_string(life.lower.value)).append(", ");
    return text.append(std::to_string(life.upper.value)).append(")");
}

std::optional<std::pair<std::size_t, std::size_t>> find_duplicate(std::span<const std::string> ids) {
    // Most ids are small numbers, and a bit each says which of them have been seen.
    const std::uint64_t limit = 8 * std::uint64_t{ids.size()};
    std::vector<std::uint64_t> seen(ids.size() / 8 + 1);
    for (std::size_t index = 0; index < ids.size(); ++index) {
        const std::uint64_t number = plain_number(ids[index], limit);
        if (number == limit) return find_duplicate_name(ids);
        const std::uint64_t bit = std::uint64_t{1} << (number % 64);
        if ((seen[number / 64] & bit) != 0) return std::pair{first_of(ids, ids[index]), index};
        seen[number / 64] |= bit;
    }
    return std::nullopt;
}

bool is_plain(const Problem& problem) {
    const auto none = [](const auto& list, auto test) {
        return std::none_of(list.begin(), list.end(), test);
    };
    return none(problem.fixed, [](const auto& offset) { return offset.has_value(); }) &&
           none(problem.gaps, [](const auto& own) { return !own.empty(); }) &&
           none(problem.aliases, [](auto alias) { return alias != kNoAlias; }) &&
           none(problem.arena_of, [&](auto arena) { return arena != problem.arena_of.front(); });
}

Bytes max_load(const Problem& problem) {
    if (!is_plain(problem) && !problem.arena_of.empty()) {
        Bytes highest;
        for (const ArenaProblem& arena : split_arenas(problem)) {
            highest = std::max(highest, max_load(arena.problem));
        }
        return highest;
    }
    const LoadProfile profile = load_profile(problem);
    const auto peak = std::max_element(profile.loads.begin(), profile.loads.end());
    return peak == profile.loads.end() ? Bytes{} : *peak;
}

}  // namespace memo::planner
