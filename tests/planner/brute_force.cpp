// What lives is a word of 64 bits a moment, a bit a byte of the arena. Groups of blocks that move together
// are placed one after another at every offset at which their bits are free.
#include "tests/planner/brute_force.h"

#include "tests/planner/random_problem.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace memo::planner::testing {
namespace {

// Blocks that share an offset.
struct Group {
    std::vector<std::uint64_t> kept;  // by moment: bit k is byte k
    std::uint64_t size = 0;
    std::uint64_t alignment = 1;
    std::optional<std::uint64_t> fixed;
    std::size_t weight = 0;  // bits in all
};

std::uint64_t bits(std::uint64_t begin, std::uint64_t end) {
    const auto below = [](std::uint64_t k) {
        return k >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << k) - 1;
    };
    return below(end) & ~below(begin);
}

void join(const Problem& problem, std::size_t block, Group& group) {
    group.size = std::max(group.size, problem.blocks[block].size.value);
    group.alignment = std::lcm(group.alignment, problem.blocks[block].alignment.value);
    if (!problem.fixed.empty() && problem.fixed[block]) group.fixed = problem.fixed[block]->value;
    for (std::size_t moment = 0; moment < group.kept.size(); ++moment) {
        const auto [begin, end] = kept_at(problem, block, moment);
        group.kept[moment] |= bits(begin, end);
    }
}

// The groups of one arena, the unwieldy ones first.
std::vector<Group> groups_of(const Problem& problem, std::uint32_t arena) {
    std::uint64_t moments = 0;
    for (const Block& block : problem.blocks) moments = std::max(moments, block.life.upper.value);
    std::vector<Group> groups;
    for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
        if (!problem.arena_of.empty() && problem.arena_of[block] != arena) continue;
        const auto joined_before = [&] {
            for (std::size_t b = 0; b < block; ++b) {
                if (one_alias(problem, b, block)) return true;
            }
            return false;
        };
        if (joined_before()) continue;
        Group& group = groups.emplace_back();
        group.kept.resize(moments);
        for (std::size_t b = block; b < problem.blocks.size(); ++b) {
            if (b == block || one_alias(problem, b, block)) join(problem, b, group);
        }
        for (const std::uint64_t word : group.kept)
            group.weight += static_cast<std::size_t>(std::popcount(word));
    }
    std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
        return std::pair{a.fixed.has_value(), a.weight} > std::pair{b.fixed.has_value(), b.weight};
    });
    return groups;
}

// Whether groups `next` and on fit into what is left below `height`.
bool fits(const std::vector<Group>& groups, std::size_t next, std::uint64_t height,
          std::vector<std::uint64_t>& taken) {
    if (next == groups.size()) return true;
    const Group& group = groups[next];
    const std::uint64_t first = group.fixed.value_or(0);
    const std::uint64_t last = group.fixed.value_or(height);
    for (std::uint64_t place = first; place <= last && place + group.size <= height;
         place += group.alignment) {
        bool is_free = true;
        for (std::size_t moment = 0; is_free && moment < taken.size(); ++moment) {
            is_free = group.kept[moment] == 0 || (taken[moment] & (group.kept[moment] << place)) == 0;
        }
        if (!is_free) continue;
        const auto toggle = [&] {
            for (std::size_t moment = 0; moment < taken.size(); ++moment) {
                if (group.kept[moment] != 0) taken[moment] ^= group.kept[moment] << place;
            }
        };
        toggle();
        if (fits(groups, next + 1, height, taken)) return true;
        toggle();
    }
    return false;
}

// By moment, the sum of what the groups keep is within the height.
bool has_room(const std::vector<Group>& groups, std::uint64_t height) {
    for (std::size_t moment = 0; !groups.empty() && moment < groups.front().kept.size(); ++moment) {
        std::uint64_t load = 0;
        for (const Group& group : groups)
            load += static_cast<std::uint64_t>(std::popcount(group.kept[moment]));
        if (load > height) return false;
    }
    return true;
}

// A problem in which exactly `load` bytes live at every moment: at each of them, some blocks make room for
// new ones of the same bytes. No slack is what makes packings fail.
Problem tight_problem(std::mt19937_64& random, std::uint64_t load, std::uint64_t moments,
                      std::uint64_t max_size) {
    Problem problem;
    std::vector<std::size_t> live;
    for (std::uint64_t moment = 0; moment < moments; ++moment) {
        std::uint64_t room = moment == 0 ? load : 0;
        std::erase_if(live, [&](std::size_t block) {
            if (!once_in(random, 2)) return false;
            problem.blocks[block].life.upper = {moment};
            room += problem.blocks[block].size.value;
            return true;
        });
        while (room != 0) {
            const std::uint64_t size = draw(random, 1, std::min(room, max_size));
            live.push_back(problem.blocks.size());
            problem.blocks.push_back({{size}, {1}, {{moment}, {moments}}});
            room -= size;
        }
    }
    return problem;
}

}  // namespace

std::optional<Bytes> least_height(const Problem& problem, std::uint64_t limit) {
    std::uint64_t height = 0;
    const std::size_t arenas = std::max<std::size_t>(problem.arenas.size(), 1);
    for (std::uint32_t arena = 0; arena < arenas; ++arena) {
        const std::vector<Group> groups = groups_of(problem, arena);
        const auto fits_in = [&](std::uint64_t bytes) {
            if (!has_room(groups, bytes)) return false;
            std::vector<std::uint64_t> taken(groups.empty() ? 0 : groups.front().kept.size());
            return fits(groups, 0, bytes, taken);
        };
        while (height <= limit && !fits_in(height)) ++height;
        if (height > limit) return std::nullopt;
    }
    return Bytes{height};
}

std::vector<Planted> planted_cores(std::mt19937_64& random, std::size_t count) {
    std::vector<Planted> cores;
    while (cores.size() < count) {
        const std::uint64_t load = draw(random, 6, 10);
        Problem problem = tight_problem(random, load, draw(random, 5, 6), 5);
        if (problem.blocks.size() > 12) continue;  // too slow
        const auto optimum = least_height(problem);
        if (optimum && *optimum > Bytes{load}) cores.push_back({std::move(problem), *optimum});
    }
    return cores;
}

Planted enlarged(std::mt19937_64& random, const Planted& core) {
    const std::uint64_t scale = draw(random, 1, 1000);
    const std::uint64_t stretch = draw(random, 1, 1000);
    Planted result{{}, {core.optimum.value * scale}};
    auto& blocks = result.problem.blocks;
    EventIndex end;
    for (const Block& block : core.problem.blocks) {
        const Lifetime life{{block.life.lower.value * stretch}, {block.life.upper.value * stretch}};
        blocks.push_back({{block.size.value * scale}, {1}, life});
        end = std::max(end, life.upper);
    }
    // Neighbours, each at moments of its own and no higher than the core's load.
    const std::uint64_t load = max_load(core.problem).value * scale;
    for (std::uint64_t k = draw(random, 0, 5); k != 0; --k) {
        const EventIndex after{end.value + draw(random, 1, 9)};
        std::uint64_t room = load;
        while (room != 0 && !once_in(random, 4)) {
            const std::uint64_t size = draw(random, 1, room);
            blocks.push_back({{size}, {1}, {end, after}});
            room -= size;
        }
        end = after;
    }
    for (std::uint64_t k = draw(random, 0, 3); k != 0; --k) {
        const std::uint64_t size = draw(random, 1, 50 * scale);
        blocks.push_back({{size}, {1}, {{0}, end}});
        result.optimum += Bytes{size};
    }
    for (std::size_t last = blocks.size() - 1; last != 0; --last) {
        std::swap(blocks[last], blocks[draw(random, 0, last)]);
    }
    return result;
}

}  // namespace memo::planner::testing
