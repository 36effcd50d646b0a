// Merging the members of an alias is a sweep over the moments at which one of its parts begins or ends: in
// the stretch between two such moments the live parts are a set of ranges, whose union is what the item
// occupies.
#include "planner/items.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace memo::planner {
namespace {

// Appends a piece, as a longer life of the last one where it goes on as it was.
void append(std::vector<Piece>& pieces, const Piece& piece) {
    if (!pieces.empty()) {
        Piece& last = pieces.back();
        if (last.life.upper == piece.life.lower && last.begin == piece.begin && last.end == piece.end) {
            last.life.upper = piece.life.upper;
            return;
        }
    }
    pieces.push_back(piece);
}

// The disjoint ranges that `live` covers, as pieces of the given life.
std::vector<Piece> covered(std::vector<Piece> live, const Lifetime& life) {
    std::sort(live.begin(), live.end(), [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    std::vector<Piece> ranges;
    for (const Piece& part : live) {
        if (ranges.empty() || ranges.back().end < part.begin) {
            ranges.push_back({life, part.begin, part.end});
        } else {
            ranges.back().end = std::max(ranges.back().end, part.end);
        }
    }
    return ranges;
}

// The union of parts that may overlap.
std::vector<Piece> merged(std::vector<Piece> parts) {
    std::sort(parts.begin(), parts.end());
    std::vector<EventIndex> moments;
    moments.reserve(2 * parts.size());
    for (const Piece& part : parts) moments.insert(moments.end(), {part.life.lower, part.life.upper});
    std::sort(moments.begin(), moments.end());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());

    std::vector<Piece> pieces;
    std::vector<Piece> open;  // what the stretch so far is covered by, with lives that may go on
    std::vector<Piece> live;
    auto next = parts.cbegin();
    for (std::size_t k = 0; k + 1 < moments.size(); ++k) {
        const Lifetime stretch{moments[k], moments[k + 1]};
        std::erase_if(live, [&](const Piece& part) { return part.life.upper <= stretch.lower; });
        for (; next != parts.cend() && next->life.lower <= stretch.lower; ++next) live.push_back(*next);
        std::vector<Piece> now = covered(live, stretch);
        for (const Piece& before : open) {
            const auto same = std::find_if(now.begin(), now.end(), [&](const Piece& range) {
                return range.begin == before.begin && range.end == before.end;
            });
            if (same != now.end()) {
                same->life.lower = before.life.lower;
            } else {
                pieces.push_back(before);
            }
        }
        open = std::move(now);
    }
    pieces.insert(pieces.end(), open.begin(), open.end());
    std::sort(pieces.begin(), pieces.end());
    return pieces;
}

void add_member(Item& item, const Problem& problem, std::uint32_t index) {
    const Block& block = problem.blocks[index];
    item.members.push_back(index);
    item.size = std::max(item.size, block.size);
    item.alignment = {std::lcm(item.alignment.value, block.alignment.value)};
    if (!problem.fixed.empty() && problem.fixed[index]) item.fixed = problem.fixed[index];
    if (!problem.hints.empty() && !item.hint) item.hint = problem.hints[index];
    for_each_part(problem, index, [&](const Piece& part) { append(item.pieces, part); });
}

template <class T>
void select(const std::vector<T>& from, std::span<const std::uint32_t> blocks, std::vector<T>& to) {
    if (from.empty()) return;
    to.reserve(blocks.size());
    for (const std::uint32_t block : blocks) to.push_back(from[block]);
}

}  // namespace

std::vector<Item> make_items(const Problem& problem) {
    std::vector<Item> items;
    items.reserve(problem.blocks.size());
    std::unordered_map<std::uint32_t, std::size_t> item_of;  // by alias
    for (std::uint32_t block = 0; block < problem.blocks.size(); ++block) {
        std::size_t item = items.size();
        if (!problem.aliases.empty() && problem.aliases[block] != kNoAlias) {
            item = item_of.try_emplace(problem.aliases[block], item).first->second;
        }
        if (item == items.size()) items.emplace_back();
        add_member(items[item], problem, block);
    }
    for (Item& item : items) {
        if (item.members.size() > 1) item.pieces = merged(std::move(item.pieces));
    }
    return items;
}

Problem select_blocks(const Problem& problem, std::span<const std::uint32_t> blocks) {
    Problem part;
    select(problem.blocks, blocks, part.blocks);
    select(problem.ids, blocks, part.ids);
    select(problem.fixed, blocks, part.fixed);
    select(problem.hints, blocks, part.hints);
    select(problem.gaps, blocks, part.gaps);
    select(problem.aliases, blocks, part.aliases);
    select(problem.arena_of, blocks, part.arena_of);
    part.arenas = problem.arenas;
    return part;
}

std::vector<ArenaProblem> split_arenas(const Problem& problem) {
    std::vector<std::vector<std::uint32_t>> blocks(std::max<std::size_t>(problem.arenas.size(), 1));
    for (std::uint32_t block = 0; block < problem.blocks.size(); ++block) {
        blocks[problem.arena_of.empty() ? 0 : problem.arena_of[block]].push_back(block);
    }
    std::vector<ArenaProblem> shares;
    for (std::size_t arena = 0; arena < blocks.size(); ++arena) {
        if (blocks[arena].empty()) continue;
        Problem share = select_blocks(problem, blocks[arena]);
        share.arena_of.clear();
        share.arenas.clear();
        shares.push_back({std::move(share), problem.arenas.empty() ? std::string() : problem.arenas[arena],
                          std::move(blocks[arena])});
    }
    return shares;
}

Packing join_arenas(std::span<const ArenaProblem> arenas, std::span<const Packing> packings) {
    std::size_t count = 0;
    for (const ArenaProblem& arena : arenas) count += arena.blocks.size();
    Packing whole;
    whole.offsets.resize(count);
    for (std::size_t arena = 0; arena < arenas.size(); ++arena) {
        const Packing& packing = packings[arena];
        whole.height = std::max(whole.height, packing.height);
        for (std::size_t block = 0; block < packing.offsets.size(); ++block) {
            whole.offsets[arenas[arena].blocks[block]] = packing.offsets[block];
        }
    }
    return whole;
}

}  // namespace memo::planner
