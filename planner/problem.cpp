// What makes a problem valid, how its blocks are named in messages, and its max load.
#include "planner/problem.h"

#include "planner/loads.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace memo::planner {
namespace {

// The bytes that a block can cost at most: its size and the padding in front of it. False if they pass
// `budget`.
bool charge(const Block& block, std::uint64_t& budget) {
    if (block.size.value > budget) return false;
    budget -= block.size.value;
    if (block.alignment.value - 1 > budget) return false;
    budget -= block.alignment.value - 1;
    return true;
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
    std::unordered_map<std::string_view, std::size_t> seen;
    seen.reserve(ids.size());
    for (std::size_t index = 0; index < ids.size(); ++index) {
        const auto [first, inserted] = seen.emplace(ids[index], index);
        if (!inserted) return std::pair{first->second, index};
    }
    return std::nullopt;
}

std::optional<Error> validate(const Problem& problem) {
    const auto& [blocks, ids] = problem;
    if (blocks.size() > kMaxBlocks) return Error{"more than " + std::to_string(kMaxBlocks) + " blocks"};
    if (!ids.empty() && ids.size() != blocks.size()) {
        return Error{std::to_string(ids.size()) + " ids for " + std::to_string(blocks.size()) + " blocks"};
    }
    std::uint64_t budget = kMaxTotal.value;
    for (std::size_t index = 0; index < blocks.size(); ++index) {
        const Block& block = blocks[index];
        const auto wrong = [&](const std::string& what) {
            return Error{describe_block(problem, index) + ": " + what};
        };
        if (block.life.lower >= block.life.upper)
            return wrong("its lifetime " + describe_lifetime(block.life) + " is empty");
        if (block.size.value == 0) return wrong("its size is 0");
        if (block.alignment.value == 0) return wrong("its alignment is 0");
        if (!charge(block, budget)) return wrong("the sizes so far add up to more than 2^63 - 1 bytes");
    }
    if (const auto twice = find_duplicate(ids)) {
        return Error{describe_block(problem, twice->second) + ": the id is that of block " +
                     std::to_string(twice->first) + " too"};
    }
    return std::nullopt;
}

Bytes max_load(const Problem& problem) {
    const LoadProfile profile = load_profile(problem);
    const auto peak = std::max_element(profile.loads.begin(), profile.loads.end());
    return peak == profile.loads.end() ? Bytes{} : *peak;
}

}  // namespace memo::planner
