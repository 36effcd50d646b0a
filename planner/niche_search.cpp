// Depth-first search over floors, without recursion. What is left to do is a list of *pieces*, runs of
// sections that no unplaced block crosses at the ends; they are solved one after another, the tightest first.
// A *frame* is a piece that was branched on, with the choices still to try. When a piece turns out to be
// impossible, the frame whose choice made it tries its next choice, and everything since is undone: pieces
// beside it are problems of their own, and trying those another way would not help.
//
// What a niche offers is remembered by the hash of the niche, so a node only looks closely at the niches
// that the last choice changed.
#include "planner/niche_search.h"

#include "planner/floors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

constexpr std::uint64_t kNever = UINT64_MAX;
constexpr std::uint32_t kNone = UINT32_MAX;
constexpr double kDead = -1;

// States that no packing comes out of. It forgets: a new one takes the place of an old one.
class FailedStates {
  public:
    explicit FailedStates(unsigned bits)
        : states_(std::size_t{1} << bits), mask_((std::size_t{1} << bits) - 1) {}

    [[nodiscard]] bool contains(const StateKey& key) const { return states_[key.low & mask_] == key; }
    void insert(const StateKey& key) { states_[key.low & mask_] = key; }

  private:
    std::vector<StateKey> states_;
    std::size_t mask_;
};

struct Niche {
    std::uint32_t first = 0;  // sections [first, last)
    std::uint32_t last = 0;
    std::uint64_t left = kNever;  // the neighbours' levels; kNever at the ends of the piece
    std::uint64_t right = kNever;
    StateKey key;
};

// Where to branch in a niche, for whom it was asked.
struct Choice {
    StateKey key;
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::uint32_t generation = 0;
    std::uint32_t section = 0;
    std::uint32_t last = 0;  // nothing can rest on sections [section, last); empty where something can
    double score = 0;        // lower is better; kDead: the niche cannot be filled
};

// Still to do, in a list that shares its tails.
struct Piece {
    std::uint64_t slack = 0;  // of its tightest section
    std::uint32_t first = 0;  // sections [first, last)
    std::uint32_t last = 0;
    std::uint32_t parent = kNone;  // the frame whose choice made it
    std::uint32_t next = kNone;
};

struct Frame {
    Niche niche;
    std::uint32_t section = 0;
    std::uint32_t first = 0;  // of the piece
    std::uint32_t last = 0;
    std::uint32_t parent = kNone;
    StateKey key;
    // To go back to. The candidates not yet tried end where those of the next frame begin.
    std::size_t mark = 0;
    std::size_t pieces = 0;
    std::uint32_t agenda = kNone;
    std::size_t candidates = 0;  // begin
    bool forced = false;         // there is no choice: `forced_` says which floors rise
    bool wasted = false;         // that choice is the last
};

unsigned bits_for(const SectionProblem& part, unsigned most) {
    return std::clamp(static_cast<unsigned>(std::bit_width(16 * part.blocks.size())), 4U, most);
}

}  // namespace

class NicheSearch::State {
  public:
    State(const SectionProblem& part, std::uint64_t capacity, unsigned table_bits);

    SearchResult run(const SearchRun& run);

    [[nodiscard]] std::span<const std::uint64_t> offsets() const { return floors_.offsets(); }
    [[nodiscard]] std::uint64_t nodes() const { return nodes_; }

  private:
    void reset();
    [[nodiscard]] bool out_of_budget(const Piece& piece);

    void split(std::uint32_t first, std::uint32_t last, std::uint32_t parent);
    bool open(const Piece& piece);
    bool back_to(std::uint32_t frame);
    bool advance(std::uint32_t index);
    bool can_rise(std::uint32_t section, std::uint64_t level);
    bool raise_forced();

    const Choice& look(const Niche& niche);
    void choose(const Niche& niche, Choice& choice);
    [[nodiscard]] bool hopeless(std::uint32_t section, std::uint64_t rim, std::uint64_t inside) const;
    [[nodiscard]] double score(std::uint32_t section, std::uint32_t candidates) const;
    void find_candidates(const Niche& niche, std::uint32_t section);
    [[nodiscard]] std::uint64_t waste_level(const Niche& niche, std::uint32_t section) const;
    [[nodiscard]] double value(const Niche& niche, std::uint32_t entry) const;
    [[nodiscard]] double noise(std::uint64_t of) const;

    const SectionProblem& part_;
    std::uint64_t capacity_;
    Floors floors_;
    bool plain_;  // no obstacles, no alignments
    FailedStates failed_;

    std::vector<Frame> frames_;
    std::vector<std::pair<double, std::uint32_t>> candidates_;  // (value, entry), those of a frame best last
    std::vector<std::pair<std::uint32_t, std::uint64_t>> forced_;  // (section, level), of the frame just made
    std::vector<Piece> pieces_;
    std::uint32_t agenda_ = kNone;  // the next piece

    std::vector<Choice> choices_;
    std::uint32_t generation_ = 0;
    std::vector<std::uint32_t> count_;  // scratch of `choose`, by section
    std::vector<std::uint64_t> total_;
    std::vector<double>
        blame_;  // how often a section was the one that could not be filled, plus one; fades run by run

    const SearchRun* run_ = nullptr;
    std::uint64_t nodes_ = 0;
    std::uint64_t limit_ = 0;
    std::uint64_t work_ = 0;  // since the clock was last looked at
};

NicheSearch::State::State(const SectionProblem& part, std::uint64_t capacity, unsigned table_bits)
    : part_(part),
      capacity_(capacity),
      floors_(part, capacity),
      plain_(part.obstacles.empty() &&
             std::all_of(part.blocks.begin(), part.blocks.end(),
                         [](const SectionBlock& block) { return block.alignment == 1; })),
      failed_(table_bits == 0 ? bits_for(part, 16) : table_bits),
      choices_(std::size_t{1} << bits_for(part, 12)),
      count_(part.sections + std::size_t{1}),
      total_(part.sections + std::size_t{1}),
      blame_(part.sections, 1.0) {}

double NicheSearch::State::noise(std::uint64_t of) const {
    return static_cast<double>(scramble(run_->seed ^ scramble(of)) >> 11) * 0x1p-53;
}

// How early to try a block: higher first.
double NicheSearch::State::value(const Niche& niche, std::uint32_t entry) const {
    const SectionBlock& block = part_.blocks[entry];
    const auto size = static_cast<double>(block.size);
    const auto width = static_cast<double>(block.width());
    const std::uint64_t top = aligned_up(floors_[niche.first].floor, block.alignment) + block.size;
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
bool NicheSearch::State::hopeless(std::uint32_t section, std::uint64_t rim, std::uint64_t inside) const {
    const auto& [floor, slack, ceiling, key, crossing, starting] = floors_[section];
    std::uint64_t filled = floor + inside;
    for (const auto& [begin, end] : floors_.rocks(section)) {
        if (begin >= rim) break;
        filled += end - begin;
    }
    return filled < rim && rim - filled > slack;
}

double NicheSearch::State::score(std::uint32_t section, std::uint32_t candidates) const {
    if (candidates == 0) return 0;
    const auto& [floor, slack, ceiling, key, crossing, starting] = floors_[section];
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
            score = 1 + static_cast<double>(floor) + score / 1000;
            break;
    }
    score /= std::sqrt(std::sqrt(blame_[section]));
    if (run_->seed != 0) score *= 1 + 0.2 * noise(section + part_.blocks.size());
    return score;
}

// Looks at every section of the niche for the one where a branching costs least.
void NicheSearch::State::choose(const Niche& niche, Choice& choice) {
    const std::uint64_t floor = floors_[niche.first].floor;
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
        if (rim != kNever && hopeless(s, rim, total)) {
            choice.score = kDead;
            blame_[s] += 1;
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
}

const Choice& NicheSearch::State::look(const Niche& niche) {
    Choice& choice = choices_[(niche.key.high >> 7) % choices_.size()];
    if (choice.generation == generation_ && choice.key == niche.key && choice.left == niche.left &&
        choice.right == niche.right) {
        return choice;
    }
    choice.generation = generation_;
    choice.key = niche.key;
    choice.left = niche.left;
    choice.right = niche.right;
    choose(niche, choice);
    return choice;
}

// The first level above the floor at which anything over the section could rest, if nothing rests on the
// floor: the lower rim, the obstacle above or the top of another, or the top of a block beside the section
// that shares a moment with one over it.
std::uint64_t NicheSearch::State::waste_level(const Niche& niche, std::uint32_t section) const {
    const std::uint64_t floor = floors_[section].floor;
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
    floors_.for_each_within(niche.first, niche.last, [&](std::uint32_t entry, std::uint32_t) {
        const SectionBlock& block = part_.blocks[entry];
        if (block.first <= section && section < block.last) return;
        if (block.first >= last || block.last <= first) return;
        level = std::min(level, aligned_up(floor, block.alignment) + block.size);
    });
    return level;
}

// Puts the pieces that [first, last) has fallen into on the agenda, the tightest on top.
void NicheSearch::State::split(std::uint32_t first, std::uint32_t last, std::uint32_t parent) {
    const std::size_t before = pieces_.size();
    for (std::uint32_t begin = first; begin < last;) {
        std::uint32_t end = begin;
        std::uint64_t slack = floors_[end].slack;
        for (; floors_[end].crossing != 0; slack = std::min(slack, floors_[end].slack)) ++end;
        ++end;
        if (end - begin > 1 || floors_[begin].starting != 0) {
            // A block that spans its piece may as well lie on top of all else: again without it.
            const std::uint32_t entry =
                plain_ && run_->spanning_on_top ? floors_.spanning(begin, end) : Floors::kNoEntry;
            if (entry != Floors::kNoEntry) {
                floors_.place_on_top(entry);
                continue;
            }
            pieces_.push_back({slack, begin, end, parent, kNone});
        }
        begin = end;
    }
    std::sort(pieces_.begin() + static_cast<std::ptrdiff_t>(before), pieces_.end(),
              [](const Piece& a, const Piece& b) {
                  return std::tie(a.slack, a.first) > std::tie(b.slack, b.first);
              });
    for (std::size_t piece = before; piece < pieces_.size(); ++piece) {
        pieces_[piece].next = agenda_;
        agenda_ = static_cast<std::uint32_t>(piece);
    }
}

void NicheSearch::State::find_candidates(const Niche& niche, std::uint32_t section) {
    const std::uint64_t floor = floors_[section].floor;
    const auto begin = static_cast<std::ptrdiff_t>(candidates_.size());
    floors_.for_each_within(niche.first, niche.last, [&](std::uint32_t entry, std::uint32_t) {
        const SectionBlock& block = part_.blocks[entry];
        if (block.first > section || block.last <= section || !floors_.fits(entry, floor)) return;
        candidates_.emplace_back(value(niche, entry), entry);
    });
    std::sort(candidates_.begin() + begin, candidates_.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : a.second > b.second;
    });
}

// Makes a frame of a piece, with no choice taken yet. False if it is known to be impossible.
bool NicheSearch::State::open(const Piece& piece) {
    StateKey all;
    for (std::uint32_t s = piece.first; s < piece.last; ++s) all += floors_[s].key;
    if (failed_.contains(all)) return false;

    Frame frame;
    forced_.clear();
    auto best = static_cast<double>(kNever);
    for (std::uint32_t begin = piece.first; begin < piece.last;) {
        Niche niche;
        niche.first = begin;
        const std::uint64_t floor = floors_[begin].floor;
        for (; begin < piece.last && floors_[begin].floor == floor; ++begin) niche.key += floors_[begin].key;
        niche.last = begin;
        if (niche.first > piece.first) niche.left = floors_[niche.first - 1].floor;
        if (niche.last < piece.last) niche.right = floors_[niche.last].floor;
        if (niche.left < floor || niche.right < floor) continue;
        const Choice& choice = look(niche);
        if (choice.score == kDead) {
            failed_.insert(all);
            return false;
        }
        for (std::uint32_t s = choice.section; s < choice.last; ++s) {
            forced_.emplace_back(s, waste_level(niche, s));
        }
        if (choice.score < best) {
            best = choice.score;
            frame.niche = niche;
            frame.section = choice.section;
        }
    }
    frame.first = piece.first;
    frame.last = piece.last;
    frame.parent = piece.parent;
    frame.key = all;
    frame.mark = floors_.mark();
    frame.pieces = pieces_.size();
    frame.agenda = agenda_;
    frame.candidates = candidates_.size();
    frame.forced = !forced_.empty();
    frames_.push_back(frame);
    if (!frame.forced) find_candidates(frame.niche, frame.section);
    return true;
}

// Can the section waste what is below the level? If not, it is to blame.
bool NicheSearch::State::can_rise(std::uint32_t section, std::uint64_t level) {
    const Floors::Section& there = floors_[section];
    if (level != kNever && level - there.floor <= there.slack) return true;
    blame_[section] += 1;
    return false;
}

// Where there is nothing to choose from, all floors rise at once: each level follows from the same state.
bool NicheSearch::State::raise_forced() {
    for (const auto& [section, level] : forced_) {
        if (!can_rise(section, level)) return false;
    }
    for (const auto& [section, level] : forced_) floors_.raise(section, level);
    return true;
}

// Takes the next choice of the last frame. False if there is none.
bool NicheSearch::State::advance(std::uint32_t index) {
    Frame& frame = frames_[index];
    const std::uint64_t floor = floors_[frame.section].floor;
    if (candidates_.size() > frame.candidates) {
        floors_.place(candidates_.back().second, floor);
        candidates_.pop_back();
    } else if (frame.wasted) {
        return false;
    } else if (frame.forced) {
        frame.wasted = true;
        if (!raise_forced()) return false;
    } else {
        frame.wasted = true;
        const std::uint64_t level = waste_level(frame.niche, frame.section);
        if (!can_rise(frame.section, level)) return false;
        floors_.raise(frame.section, level);
    }
    split(frame.first, frame.last, index);
    return true;
}

// Undoes all since a frame was made and takes its next choice, or that of a frame before where none is left.
// False if none is left at all.
bool NicheSearch::State::back_to(std::uint32_t index) {
    while (index != kNone) {
        const Frame& frame = frames_[index];
        if (index + std::size_t{1} < frames_.size()) candidates_.resize(frames_[index + 1].candidates);
        frames_.resize(index + std::size_t{1});
        floors_.undo_to(frame.mark);
        pieces_.resize(frame.pieces);
        agenda_ = frame.agenda;
        if (advance(index)) return true;
        failed_.insert(frame.key);
        index = frame.parent;
    }
    return false;
}

void NicheSearch::State::reset() {
    floors_.undo_to(0);
    frames_.clear();
    candidates_.clear();
    pieces_.clear();
    agenda_ = kNone;
    ++generation_;
    work_ = 0;
    for (double& blame : blame_) blame = 1 + 0.7 * (blame - 1);
}

bool NicheSearch::State::out_of_budget(const Piece& piece) {
    constexpr std::uint64_t kWorkPerLook = 1 << 16;  // about 0.1 ms
    ++nodes_;
    if (nodes_ > limit_) return true;
    work_ += piece.last - piece.first + floors_.entries_from(piece.first, piece.last);
    if (work_ < kWorkPerLook) return false;
    work_ = 0;
    return run_->expired && run_->expired();
}

SearchResult NicheSearch::State::run(const SearchRun& run) {
    if (!floors_.feasible()) return SearchResult::impossible;
    run_ = &run;
    reset();
    limit_ = run.node_limit > UINT64_MAX - nodes_ ? UINT64_MAX : nodes_ + run.node_limit;
    split(0, part_.sections, kNone);
    while (agenda_ != kNone) {
        const Piece piece = pieces_[agenda_];
        if (out_of_budget(piece)) return SearchResult::stopped;
        agenda_ = piece.next;
        const bool opened = open(piece);
        // A floor that rises because there is nothing to choose from is no node: where much space is wasted,
        // limits would count little else.
        if (opened && frames_.back().forced) --nodes_;
        const auto frame = opened ? static_cast<std::uint32_t>(frames_.size() - 1) : piece.parent;
        if (!back_to(frame)) return SearchResult::impossible;
    }
    return SearchResult::found;
}

NicheSearch::NicheSearch(const SectionProblem& part, std::uint64_t capacity, unsigned table_bits)
    : state_(std::make_unique<State>(part, capacity, table_bits)) {}

NicheSearch::~NicheSearch() = default;

SearchResult NicheSearch::run(const SearchRun& run) {
    return state_->run(run);
}

std::span<const std::uint64_t> NicheSearch::offsets() const {
    return state_->offsets();
}

std::uint64_t NicheSearch::nodes() const {
    return state_->nodes();
}

}  // namespace memo::planner
