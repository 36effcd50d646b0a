// What makes a problem valid, checked from the cheap and local to the sweep that looks for fixed blocks in
// conflict. A plain problem costs one pass over its blocks and one over its ids.
//
// The bound on sums is what lets every solver add sizes, alignments and offsets without a thought: a packing
// that puts everything on top of everything else still ends below 2^63.
#include "planner/items.h"
#include "planner/problem.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace memo::planner {
namespace {

using Fault = std::optional<Error>;

Fault wrong(const Problem& problem, std::size_t block, const std::string& what) {
    return Error{describe_block(problem, block) + ": " + what};
}

// Takes `amount` from `budget`. False if there is not so much left.
bool charge(std::uint64_t amount, std::uint64_t& budget) {
    if (amount > budget) return false;
    budget -= amount;
    return true;
}

Fault check_lists(const Problem& problem) {
    const std::size_t count = problem.blocks.size();
    if (count > kMaxBlocks) return Error{"more than " + std::to_string(kMaxBlocks) + " blocks"};
    const std::pair<std::size_t, const char*> lists[] = {
        {problem.ids.size(), " ids"},         {problem.fixed.size(), " fixed offsets"},
        {problem.hints.size(), " hints"},     {problem.gaps.size(), " lists of gaps"},
        {problem.aliases.size(), " aliases"}, {problem.arena_of.size(), " arena indices"}};
    for (const auto& [size, name] : lists) {
        if (size != 0 && size != count) {
            return Error{std::to_string(size) + name + " for " + std::to_string(count) + " blocks"};
        }
    }
    return std::nullopt;
}

Fault check_blocks(const Problem& problem, std::uint64_t& budget) {
    for (std::size_t index = 0; index < problem.blocks.size(); ++index) {
        const Block& block = problem.blocks[index];
        if (block.life.lower >= block.life.upper) {
            return wrong(problem, index, "its lifetime " + describe_lifetime(block.life) + " is empty");
        }
        if (block.size.value == 0) return wrong(problem, index, "its size is 0");
        if (block.alignment.value == 0) return wrong(problem, index, "its alignment is 0");
        if (!charge(block.size.value, budget) || !charge(block.alignment.value - 1, budget)) {
            return wrong(problem, index, "the sizes so far add up to more than 2^63 - 1 bytes");
        }
    }
    return std::nullopt;
}

Fault check_gaps(const Problem& problem) {
    for (std::size_t index = 0; index < problem.gaps.size(); ++index) {
        const Block& block = problem.blocks[index];
        EventIndex since = block.life.lower;
        for (const Gap& gap : problem.gaps[index]) {
            const std::string name = "its gap " + describe_lifetime(gap.life);
            if (gap.life.lower >= gap.life.upper) return wrong(problem, index, name + " is empty");
            if (gap.life.lower < block.life.lower || gap.life.upper > block.life.upper) {
                return wrong(problem, index,
                             name + " is not within its lifetime " + describe_lifetime(block.life));
            }
            if (gap.life.lower < since)
                return wrong(problem, index, name + " begins before the last one ends");
            if (gap.begin > gap.end || gap.end > Offset{} + block.size) {
                return wrong(problem, index,
                             name + " keeps bytes [" + std::to_string(gap.begin.value) + ", " +
                                 std::to_string(gap.end.value) + ") of " + std::to_string(block.size.value));
            }
            since = gap.life.upper;
        }
    }
    return std::nullopt;
}

Fault check_arenas(const Problem& problem) {
    const std::size_t arenas = std::max<std::size_t>(problem.arenas.size(), 1);
    for (std::size_t index = 0; index < problem.arena_of.size(); ++index) {
        if (problem.arena_of[index] >= arenas) {
            return wrong(problem, index,
                         "there is no arena " + std::to_string(problem.arena_of[index]) + " among " +
                             std::to_string(arenas));
        }
    }
    return std::nullopt;
}

std::string offset_words(Offset offset, std::string_view whose) {
    return "the fixed offset " + std::to_string(offset.value) + std::string(whose);
}

Fault check_fixed(const Problem& problem, std::uint64_t budget) {
    for (std::size_t index = 0; index < problem.fixed.size(); ++index) {
        if (!problem.fixed[index]) continue;
        const Offset offset = *problem.fixed[index];
        const Block& block = problem.blocks[index];
        if (offset.value > budget || block.size.value > budget - offset.value) {
            return wrong(problem, index,
                         offset_words(offset, " and all sizes add up to more than 2^63 - 1 bytes"));
        }
        if (offset.value % block.alignment.value != 0) {
            return wrong(problem, index,
                         offset_words(offset, " is not a multiple of its alignment ") +
                             std::to_string(block.alignment.value));
        }
    }
    return std::nullopt;
}

// What the blocks of one alias agree on.
struct Alias {
    std::size_t first = 0;  // its first block
    std::uint64_t alignment = 1;
    std::optional<std::size_t> fixed;  // its first block with a fixed offset
};
using Aliases = std::unordered_map<std::uint32_t, Alias>;

// The least common multiple of numbers above 0, or nothing if it passes `limit`.
std::optional<std::uint64_t> common_multiple(std::uint64_t a, std::uint64_t b, std::uint64_t limit) {
    std::uint64_t multiple = 0;
    const bool overflows = __builtin_mul_overflow(a, b / std::gcd(a, b), &multiple);
    return overflows || multiple > limit ? std::nullopt : std::optional(multiple);
}

Fault join_alias(const Problem& problem, std::size_t index, Alias& alias, std::uint64_t budget) {
    if (!problem.arena_of.empty() && problem.arena_of[index] != problem.arena_of[alias.first]) {
        return wrong(
            problem, index,
            "shares an alias with " + describe_block(problem, alias.first) + ", which lies in another arena");
    }
    const auto multiple = common_multiple(alias.alignment, problem.blocks[index].alignment.value, budget);
    if (!multiple) {
        return wrong(problem, index, "the alignments of its alias have no common multiple below 2^63");
    }
    alias.alignment = *multiple;
    if (problem.fixed.empty() || !problem.fixed[index]) return std::nullopt;
    if (!alias.fixed) alias.fixed = index;
    if (problem.fixed[*alias.fixed] != problem.fixed[index]) {
        return wrong(problem, index,
                     offset_words(*problem.fixed[index], " is not that of ") +
                         describe_block(problem, *alias.fixed) + ", with which it shares an alias");
    }
    return std::nullopt;
}

// Fills `aliases`, and takes the padding of their common alignments from `budget`.
Fault check_aliases(const Problem& problem, Aliases& aliases, std::uint64_t& budget) {
    for (std::size_t index = 0; index < problem.aliases.size(); ++index) {
        if (problem.aliases[index] == kNoAlias) continue;
        Alias& alias = aliases.try_emplace(problem.aliases[index], Alias{index, 1, {}}).first->second;
        if (auto fault = join_alias(problem, index, alias, budget)) return fault;
    }
    for (std::size_t index = 0; index < problem.aliases.size(); ++index) {
        if (problem.aliases[index] == kNoAlias) continue;
        const Alias& alias = aliases.at(problem.aliases[index]);
        if (alias.first == index && !charge(alias.alignment - 1, budget)) {
            return wrong(problem, index, "the sizes and the alignments of its alias pass 2^63 - 1 bytes");
        }
        const Block& block = problem.blocks[index];
        if (alias.fixed && problem.fixed[*alias.fixed]->value % block.alignment.value != 0) {
            return wrong(problem, index,
                         offset_words(*problem.fixed[*alias.fixed],
                                      " of its alias is not a multiple of its alignment ") +
                             std::to_string(block.alignment.value));
        }
    }
    return std::nullopt;
}

// The member of an item at `place` that keeps `byte` of itself at `moment`.
std::uint32_t member_at(const Problem& problem, const Item& item, Offset place, Offset byte,
                        EventIndex moment) {
    for (const std::uint32_t member : item.members) {
        bool there = false;
        for_each_part(problem, member, [&](const Piece& part) {
            there =
                there || (part.life.lower <= moment && moment < part.life.upper &&
                          place + (part.begin - Offset{}) <= byte && byte < place + (part.end - Offset{}));
        });
        if (there) return member;
    }
    return item.members.front();
}

// No two of these blocks, all fixed and in one arena, in conflict. A sweep over time with the live pieces in
// a map by place: they are disjoint as long as no conflict has been met, so that a new one meets another if
// and only if it meets a neighbour.
Fault check_fixed_places(const Problem& problem, std::span<const std::uint32_t> blocks) {
    const Problem part = select_blocks(problem, blocks);
    const std::vector<Item> items = make_items(part);
    struct Rectangle {
        Piece piece;  // counted from the start of the arena
        std::size_t item;
    };
    std::vector<Rectangle> births;
    for (std::size_t item = 0; item < items.size(); ++item) {
        const Bytes up = *items[item].fixed - Offset{};
        for (const Piece& piece : items[item].pieces) {
            births.push_back({{piece.life, piece.begin + up, piece.end + up}, item});
        }
    }
    std::sort(births.begin(), births.end(), [](const Rectangle& a, const Rectangle& b) {
        return std::tie(a.piece.life.lower, a.item) < std::tie(b.piece.life.lower, b.item);
    });
    std::vector<std::size_t> deaths(births.size());
    std::iota(deaths.begin(), deaths.end(), std::size_t{0});
    std::sort(deaths.begin(), deaths.end(), [&](std::size_t a, std::size_t b) {
        return births[a].piece.life.upper < births[b].piece.life.upper;
    });

    std::map<Offset, const Rectangle*> live;
    const auto clash = [&](const Rectangle& older, const Rectangle& newer) {
        const Offset byte = std::max(older.piece.begin, newer.piece.begin);
        const auto block = [&](const Rectangle& rectangle) {
            const Item& item = items[rectangle.item];
            return blocks[member_at(part, item, *item.fixed, byte, newer.piece.life.lower)];
        };
        return wrong(problem, block(newer),
                     "at its fixed offset it overlaps " + describe_block(problem, block(older)) +
                         ", which is fixed too");
    };
    auto death = deaths.cbegin();
    for (const Rectangle& rectangle : births) {
        const Piece& piece = rectangle.piece;
        for (; births[*death].piece.life.upper <= piece.life.lower; ++death) {
            live.erase(births[*death].piece.begin);
        }
        const auto above = live.lower_bound(piece.begin);
        if (above != live.end() && above->first < piece.end) return clash(*above->second, rectangle);
        if (above != live.begin() && std::prev(above)->second->piece.end > piece.begin) {
            return clash(*std::prev(above)->second, rectangle);
        }
        live.emplace_hint(above, piece.begin, &rectangle);
    }
    return std::nullopt;
}

Fault check_fixed_conflicts(const Problem& problem, const Aliases& aliases) {
    std::vector<std::vector<std::uint32_t>> fixed(std::max<std::size_t>(problem.arenas.size(), 1));
    for (std::uint32_t block = 0; block < problem.fixed.size(); ++block) {
        const bool shared = !problem.aliases.empty() && problem.aliases[block] != kNoAlias;
        if (problem.fixed[block] || (shared && aliases.at(problem.aliases[block]).fixed)) {
            fixed[problem.arena_of.empty() ? 0 : problem.arena_of[block]].push_back(block);
        }
    }
    for (const auto& blocks : fixed) {
        if (auto fault = check_fixed_places(problem, blocks)) return fault;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Error> validate(const Problem& problem) {
    std::uint64_t budget = kMaxTotal.value;
    Aliases aliases;
    if (auto fault = check_lists(problem)) return fault;
    if (auto fault = check_blocks(problem, budget)) return fault;
    if (const auto twice = find_duplicate(problem.ids)) {
        return wrong(problem, twice->second,
                     "the id is that of block " + std::to_string(twice->first) + " too");
    }
    if (auto fault = check_gaps(problem)) return fault;
    if (auto fault = check_arenas(problem)) return fault;
    if (auto fault = check_aliases(problem, aliases, budget)) return fault;
    if (auto fault = check_fixed(problem, budget)) return fault;
    return check_fixed_conflicts(problem, aliases);
}

}  // namespace memo::planner
