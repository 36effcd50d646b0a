// Looking at a niche: the counts over its sections, the bound, the scores and the values.
#include "planner/branching.h"

#include <algorithm>
#include <cmath>

namespace memo::planner {

Branching::Branching(const SectionProblem& part, std::uint64_t capacity, const Floors& floors)
    : part_(part),
      capacity_(capacity),
      floors_(floors),
      choices_(std::size_t{1} << table_bits_for(part, 12)),
      count_(part.sections + std::size_t{1}),
      total_(part.sections + std::size_t{1}),
      blame_(part.sections, 1.0) {}

void Branching::begin(const SearchRun& run) {
    run_ = &run;
    forget();
    for (double& blame : blame_) blame = 1 + 0.7 * (blame - 1);
}

double Branching::noise(std::uint64_t of) const {
    return static_cast<double>(scramble(run_->seed ^ scramble(of)) >> 11) * 0x1p-53;
}

// How early to try a block: higher first.
double Branching::value(const Niche& niche, std::uint32_t entry) const {
    const SectionBlock& block = part_.blocks[entry];
    const auto size = static_cast<double>(block.size);
    const auto width = static_cast<double>(block.width());
    const std::uint64_t top = aligned_up(floors_.floor(niche.first), block.alignment) + block.size;
    double value = 0;
    switch (run_->values) {
        case ValueOrder::size:
            value = size;
            break;
        case ValueOrder::width:
            value = width + size / static_cast<double>(capacity_ + 1);
            break;
        case ValueOrder::area:
            value = size * width;
            break;
        case ValueOrder::level: {
            // A block that ends where a neighbour does closes the niche without a step.
            const bool level = top == niche.left || top == niche.right;
            value = (level ? 2.0 : 1.0) * static_cast<double>(capacity_) * width + size;
            break;
        }
        case ValueOrder::narrow_size:
            value = size / std::sqrt(width);
            break;
        case ValueOrder::small:
            value = width * static_cast<double>(capacity_) - size;
            break;
    }
    if (run_->seed != 0) value *= 1 + 0.4 * noise(entry);
    return value;
}

// Below the rim there can be nothing but what lies within the niche, `inside` units over this section, and
// obstacles: it wastes at least the depth that all of that together leaves empty.
bool Branching::hopeless(std::uint32_t section, std::uint64_t rim, std::uint64_t inside) const {
    std::uint64_t filled = floors_.floor(section) + inside;
    for (const auto& [begin, end] : floors_.rocks(section)) {
        if (begin >= rim) break;
        filled += end - begin;
    }
    return filled < rim && rim - filled > floors_[section].slack;
}

double Branching::score(std::uint32_t section, std::uint32_t candidates) const {
    if (candidates == 0) return 0;
    const std::uint64_t slack = floors_[section].slack;
    const auto looseness = static_cast<double>(slack) / static_cast<double>(capacity_ + 1);
    double score = candidates;
    switch (run_->sections) {
        case SectionRule::fewest:
            score += slack == 0 ? 0.0 : 0.5 + looseness;
            break;
        case SectionRule::fewest_tight:
            score += 50 * looseness;
            break;
        case SectionRule::tightest:
            score = 1 + 1000 * looseness + score / 1000;
            break;
        case SectionRule::lowest:
            score = 1 + static_cast<double>(floors_.floor(section)) + score / 1000;
            break;
    }
    score /= std::sqrt(std::sqrt(blame_[section]));
    if (run_->seed != 0) score *= 1 + 0.2 * noise(section + part_.blocks.size());
    return score;
}

void Branching::forget() {
    ++generation_;
    levels_.clear();
}

// Looks at every section of the niche for the one where a branching costs least.
void Branching::choose(const Niche& niche, Choice& choice) {
    constexpr std::size_t kMostLevels = std::size_t{1} << 20;
    if (levels_.size() > kMostLevels) forget();
    const std::uint64_t floor = floors_.floor(niche.first);
    const std::uint64_t rim = std::min(niche.left, niche.right);
    std::fill(count_.begin() + niche.first, count_.begin() + niche.last + 1, 0);
    std::fill(total_.begin() + niche.first, total_.begin() + niche.last + 1, 0);
    floors_.for_each_within(niche.first, niche.last, [&](std::uint32_t entry, std::uint32_t equal) {
        const SectionBlock& block = part_.blocks[entry];
        total_[block.first] += equal * block.size;
        total_[block.last] -= equal * block.size;
        if (!floors_.fits(entry, floor)) return;
        ++count_[block.first];
        --count_[block.last];
    });
    choice.score = static_cast<double>(kNever);
    std::uint32_t count = 0;
    std::uint64_t total = 0;
    for (std::uint32_t s = niche.first; s < niche.last; ++s) {
        count += count_[s];
        total += total_[s];
        // Where nothing can rest something is wasted, if only a unit.
        const bool full = count == 0 && floors_[s].slack == 0;
        if (full || (rim != kNever && hopeless(s, rim, total))) {
            choice.score = kDead;
            blame(s);
            return;
        }
        const double here = score(s, count);
        if (here < choice.score) {
            choice.score = here;
            choice.section = s;
            choice.last = count == 0 ? s + 1 : s;
        } else if (count == 0 && choice.last == s && choice.score == 0) {
            ++choice.last;
        }
    }
    if (!force(niche, choice)) choice.score = kDead;
}

// False if a section where nothing can rest cannot be wasted either.
bool Branching::force(const Niche& niche, Choice& choice) {
    choice.levels = static_cast<std::uint32_t>(levels_.size());
    for (std::uint32_t s = choice.section; s < choice.last; ++s) {
        const std::optional<std::uint64_t> level = waste_level(niche, s);
        if (!level) {
            blame(s);
            return false;
        }
        levels_.push_back(*level);
    }
    return true;
}

// The first level above the floor at which anything over the section could rest, if nothing rests on the
// floor: the lower rim, the obstacle above or the top of another, or the top of a block beside the section
// that shares a moment with one over it.
std::optional<std::uint64_t> Branching::waste_level(const Niche& niche, std::uint32_t section) const {
    const std::uint64_t floor = floors_.floor(section);
    std::uint32_t first = niche.last;  // what the blocks over the section cover
    std::uint32_t last = niche.first;
    floors_.for_each_within(niche.first, niche.last, [&](std::uint32_t entry, std::uint32_t) {
        const SectionBlock& block = part_.blocks[entry];
        if (block.first > section || block.last <= section) return;
        first = std::min(first, block.first);
        last = std::max(last, block.last);
    });
    std::uint64_t level = std::min(niche.left, niche.right);
    if (!part_.obstacles.empty()) {
        const auto above = floors_.rocks(section);
        if (!above.empty()) level = std::min(level, above.front().first);
        for (std::uint32_t s = first; s < last; ++s) {
            const auto beside = floors_.rocks(s);
            if (!beside.empty()) level = std::min(level, beside.front().second);
        }
    }
    if (first < last) {
        floors_.for_each_within(niche.first, niche.last, [&](std::uint32_t entry, std::uint32_t) {
            const SectionBlock& block = part_.blocks[entry];
            if (block.first <= section && section < block.last) return;
            if (block.first >= last || block.last <= first) return;
            level = std::min(level, aligned_up(floor, block.alignment) + block.size);
        });
    }
    if (level == kNever || level - floor > floors_[section].slack) return std::nullopt;
    return level;
}

void Branching::find_candidates(const Niche& niche, std::uint32_t section,
                                std::vector<Candidate>& candidates) const {
    const std::uint64_t floor = floors_.floor(section);
    const auto begin = static_cast<std::ptrdiff_t>(candidates.size());
    floors_.for_each_within(niche.first, niche.last, [&](std::uint32_t entry, std::uint32_t) {
        const SectionBlock& block = part_.blocks[entry];
        if (block.first > section || block.last <= section || !floors_.fits(entry, floor)) return;
        candidates.emplace_back(value(niche, entry), entry);
    });
    std::sort(candidates.begin() + begin, candidates.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second > b.second;
    });
}

}  // namespace memo::planner
