// The loop of search, completion and heating.
#include "planner/peaks_first.h"

#include "planner/loads.h"
#include "planner/search_part.h"

#include <algorithm>
#include <utility>

namespace memo::planner {
namespace {

Packing as_packing(const Problem& problem, const std::vector<Offset>& offsets) {
    Packing packing;
    packing.offsets = offsets;
    for (std::size_t block = 0; block < offsets.size(); ++block) {
        packing.height = std::max(packing.height, offsets[block] + problem.blocks[block].size - Offset{});
    }
    return packing;
}

}  // namespace

PeaksFirst::PeaksFirst(const Problem& problem, unsigned threads)
    : problem_(problem),
      threads_(threads),
      unit_(common_unit(problem.blocks)),
      peaks_(peak_loads(problem)),
      fit_(problem, threads) {}

// A block is hot if at the worst moment of its life less is free than it would take to place it without
// looking: a hundredth of all, or as much again as its own size.
std::vector<bool> PeaksFirst::hot_blocks(Bytes aim) const {
    std::vector<bool> hot(problem_.blocks.size());
    for (std::size_t block = 0; block < hot.size(); ++block) {
        const Bytes room = aim - std::min(aim, peaks_[block]);
        hot[block] = room <= std::max(Bytes{aim.value / 100}, problem_.blocks[block].size);
    }
    return hot;
}

// What ends above the aim, and all that was placed before it and lives beside it. False if nothing ends
// there.
bool PeaksFirst::heat(std::vector<bool>& hot, const std::vector<Offset>& offsets, Bytes aim) {
    bool any = false;
    for (std::uint32_t block = 0; block < offsets.size(); ++block) {
        const Block& high = problem_.blocks[block];
        if (offsets[block] + high.size <= Offset{aim.value}) continue;
        any = true;
        hot[block] = true;
        if (!all_) {
            all_.emplace(problem_.blocks);
            for (std::size_t b = 0; b < problem_.blocks.size(); ++b) all_->place(b);
        }
        all_->for_each_overlapping(high.life, [&](std::uint32_t other) {
            if (problem_.blocks[other].size >= high.size) hot[other] = true;
        });
    }
    return any;
}

SearchResult PeaksFirst::place_part(const SectionProblem& part, Bytes aim, const PartSearch& how,
                                    const Budget& budget, Solved& solved, PartialOffsets& offsets) const {
    // By shape: a round that repeats is searched once, and its answer laid wherever it occurs.
    std::vector<std::uint64_t> shape;
    shape.reserve(4 * part.blocks.size());
    for (const SectionBlock& block : part.blocks) {
        shape.insert(shape.end(), {block.size, block.alignment, block.first, block.last});
    }
    auto known = solved.find(shape);
    if (known == solved.end()) {
        const PartAnswer answer = search_part(part, aim.value / unit_, how, budget);
        if (answer.result != SearchResult::found) return answer.result;
        std::vector<Offset> found;
        found.reserve(part.blocks.size());
        for (const std::uint64_t units : answer.offsets) found.push_back({units * unit_});
        known = solved.emplace(std::move(shape), std::move(found)).first;
    }
    for (std::size_t i = 0; i < part.blocks.size(); ++i) offsets[part.blocks[i].block] = known->second[i];
    return SearchResult::found;
}

Packing PeaksFirst::greedy() {
    return as_packing(problem_, fit_.complete(PartialOffsets(problem_.blocks.size())));
}

PeaksFirst::Attempt PeaksFirst::attempt(Bytes aim, std::size_t effort, const Budget& budget) {
    return attempt_from(hot_blocks(aim), aim, effort, budget);
}

PeaksFirst::Attempt PeaksFirst::attempt_exact(Bytes aim, std::size_t effort, const Budget& budget) {
    return attempt_from(std::vector<bool>(problem_.blocks.size(), true), aim, effort, budget);
}

PeaksFirst::Attempt PeaksFirst::attempt_from(std::vector<bool> hot, Bytes aim, std::size_t effort,
                                             const Budget& budget) {
    Attempt attempt;
    if (std::any_of(peaks_.begin(), peaks_.end(), [&](Bytes peak) { return peak > aim; })) {
        attempt.result = Result::impossible;
        return attempt;
    }
    Solved solved;
    while (!budget.expired()) {
        std::vector<std::uint32_t> blocks;
        for (std::uint32_t block = 0; block < hot.size(); ++block) {
            if (hot[block]) blocks.push_back(block);
        }
        // Cold blocks need their room in one piece.
        const PartSearch how{effort, threads_, blocks.size() == hot.size()};
        PartialOffsets placed(problem_.blocks.size());
        for (const SectionProblem& part : section_parts(problem_, blocks, unit_)) {
            const SearchResult result = place_part(part, aim, how, budget, solved, placed);
            if (result == SearchResult::found) continue;
            attempt.result = result == SearchResult::impossible ? Result::impossible : Result::unknown;
            return attempt;
        }
        const std::vector<Offset>& offsets = fit_.complete(placed);
        Packing packing = as_packing(problem_, offsets);
        if (attempt.packing.offsets.empty() || packing.height < attempt.packing.height) {
            attempt.packing = std::move(packing);
        }
        if (heat(hot, offsets, aim)) continue;
        attempt.result = Result::fits;
        return attempt;
    }
    return attempt;
}

}  // namespace memo::planner
