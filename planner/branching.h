// Where to branch in a niche, and on what: the rules and the bound of the complete search (niche_search.h).
//
// What a niche offers is remembered by the hash of the niche, so that only the niches which the last choice
// changed are looked at closely. Invariant: what is remembered was found in this run, of the same niche in
// the same state between the same neighbours. Thread safety: one object, one thread.
#pragma once

#include "planner/floors.h"
#include "planner/niche_search.h"
#include "planner/sections.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace memo::planner {

// A level that there is not: nothing could rest there, or there is no neighbour.
inline constexpr std::uint64_t kNever = UINT64_MAX;

struct Niche {
    std::uint32_t first = 0;  // sections [first, last)
    std::uint32_t last = 0;
    std::uint64_t left = kNever;  // the neighbours' levels; kNever at the ends of the piece
    std::uint64_t right = kNever;
    StateKey key;  // the sum of its sections'
};

// Where to branch in a niche, and for whom that was asked.
struct Choice {
    StateKey key;
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::uint32_t generation = 0;
    std::uint32_t section = 0;
    std::uint32_t last = 0;    // nothing can rest on sections [section, last); empty where something can
    std::uint32_t levels = 0;  // Branching::levels_: to where each of those must rise
    double score = 0;          // lower is better; kDead: the niche cannot be filled
};

class Branching {
  public:
    static constexpr double kDead = -1;
    using Candidate = std::pair<double, std::uint32_t>;  // (value, entry)

    // `part` and `floors`, a state of it, must outlive this.
    Branching(const SectionProblem& part, std::uint64_t capacity, const Floors& floors);

    // A run begins; it must last as long as this is used.
    void begin(const SearchRun& run);

    [[nodiscard]] const Choice& look(const Niche& niche) {
        Choice& choice = choices_[(niche.key.high >> 7) % choices_.size()];
        if (choice.generation == generation_ && choice.key == niche.key && choice.left == niche.left &&
            choice.right == niche.right) {
            return choice;
        }
        choice.key = niche.key;
        choice.left = niche.left;
        choice.right = niche.right;
        choose(niche, choice);
        choice.generation = generation_;
        return choice;
    }

    // Calls rise(section, level) for what a choice, just looked at, forces: nothing can rest on those
    // sections, so all below the level is wasted, which their slack allows.
    template <class Rise>
    void for_each_forced(const Choice& choice, Rise&& rise) const {
        for (std::uint32_t s = choice.section; s < choice.last; ++s) {
            rise(s, levels_[choice.levels + (s - choice.section)]);
        }
    }

    // Appends what can rest on the floor of a section, the best last.
    void find_candidates(const Niche& niche, std::uint32_t section, std::vector<Candidate>& candidates) const;

    // The first level above the floor at which anything over the section could rest, if nothing rests on the
    // floor. Nothing if that would waste more than there is.
    [[nodiscard]] std::optional<std::uint64_t> waste_level(const Niche& niche, std::uint32_t section) const;

    // A section could not be filled: it is branched on earlier from now on. Fades run by run.
    void blame(std::uint32_t section) { blame_[section] += 1; }

  private:
    void forget();
    void choose(const Niche& niche, Choice& choice);
    bool force(const Niche& niche, Choice& choice);
    [[nodiscard]] bool hopeless(std::uint32_t section, std::uint64_t rim, std::uint64_t inside) const;
    [[nodiscard]] double score(std::uint32_t section, std::uint32_t candidates) const;
    [[nodiscard]] double value(const Niche& niche, std::uint32_t entry) const;
    [[nodiscard]] double noise(std::uint64_t of) const;

    const SectionProblem& part_;
    std::uint64_t capacity_;
    const Floors& floors_;
    const SearchRun* run_ = nullptr;

    std::vector<Choice> choices_;
    std::vector<std::uint64_t> levels_;
    std::uint32_t generation_ = 0;
    std::vector<std::uint32_t> count_;  // scratch of `choose`, by section
    std::vector<std::uint64_t> total_;
    std::vector<double> blame_;  // plus one
};

// Entries of a hash table for a part's search, as a power of two.
inline unsigned table_bits_for(const SectionProblem& part, unsigned most) {
    const auto wanted = static_cast<unsigned>(std::bit_width(16 * part.blocks.size()));
    return wanted < 4 ? 4 : wanted > most ? most : wanted;
}

}  // namespace memo::planner
