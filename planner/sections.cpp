// The sweep that finds the sections: after some births, the first death closes one.
#include "planner/sections.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace memo::planner {
namespace {

struct Edge {
    std::uint64_t moment;
    bool birth;  // deaths of a moment come first: lifetimes are half-open
    std::uint32_t entry;

    bool operator<(const Edge& other) const {
        return std::tie(moment, birth, entry) < std::tie(other.moment, other.birth, other.entry);
    }
};

void sort_blocks(SectionProblem& part) {
    std::sort(part.blocks.begin(), part.blocks.end(), [](const SectionBlock& a, const SectionBlock& b) {
        return std::tie(a.first, a.last, b.size, a.alignment, a.block) <
               std::tie(b.first, b.last, a.size, b.alignment, b.block);
    });
}

}  // namespace

std::uint64_t common_unit(std::span<const Block> blocks) {
    std::uint64_t unit = 0;
    for (const Block& block : blocks) unit = std::gcd(unit, block.size.value);
    // An alignment that neither divides the unit nor is divided by it would not be one of units any more. A
    // smaller unit may break the promise to an alignment seen before, hence the loop.
    for (std::uint64_t before = 0; before != unit;) {
        before = unit;
        for (const Block& block : blocks) {
            if (block.alignment.value % unit != 0 && unit % block.alignment.value != 0) {
                unit = std::gcd(unit, block.alignment.value);
            }
        }
    }
    return blocks.empty() ? 1 : unit;
}

std::vector<SectionProblem> section_parts(const Problem& problem, std::span<const std::uint32_t> blocks,
                                          std::uint64_t unit) {
    std::vector<Edge> edges;
    edges.reserve(2 * blocks.size());
    for (std::uint32_t entry = 0; entry < blocks.size(); ++entry) {
        const Lifetime& life = problem.blocks[blocks[entry]].life;
        edges.push_back({life.lower.value, true, entry});
        edges.push_back({life.upper.value, false, entry});
    }
    std::sort(edges.begin(), edges.end());

    std::vector<SectionProblem> parts;
    std::vector<SectionBlock> open(blocks.size());
    std::size_t live = 0;
    bool born = false;  // since the last section was closed
    for (const Edge& edge : edges) {
        if (edge.birth) {
            if (live == 0) parts.emplace_back();
            const Block& block = problem.blocks[blocks[edge.entry]];
            const std::uint64_t alignment =
                block.alignment.value % unit == 0 ? block.alignment.value / unit : 1;
            open[edge.entry] = {block.size.value / unit, alignment, parts.back().sections, 0,
                                blocks[edge.entry]};
            born = true;
            ++live;
            continue;
        }
        SectionProblem& part = parts.back();
        if (born) ++part.sections;
        born = false;
        --live;
        open[edge.entry].last = part.sections;
        part.blocks.push_back(open[edge.entry]);
    }
    for (SectionProblem& part : parts) sort_blocks(part);
    return parts;
}

std::uint64_t max_load(const SectionProblem& part) {
    std::vector<std::uint64_t> change(part.sections + std::size_t{1});  // modulo 2^64
    for (const SectionBlock& block : part.blocks) {
        change[block.first] += block.size;
        change[block.last] -= block.size;
    }
    for (const Obstacle& obstacle : part.obstacles) {
        change[obstacle.first] += obstacle.end - obstacle.begin;
        change[obstacle.last] -= obstacle.end - obstacle.begin;
    }
    std::uint64_t load = 0;
    std::uint64_t highest = 0;
    for (const std::uint64_t step : change) highest = std::max(highest, load += step);
    return highest;
}

}  // namespace memo::planner
