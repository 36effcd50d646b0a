// Depth-first search over floors, without recursion. What is left to do is a list of *pieces*, runs of
// sections that no unplaced block crosses at the ends; they are solved one after another, the tightest first.
// A *frame* is a piece that was branched on, with the choices still to try. When a piece turns out to be
// impossible, the frame whose choice made it tries its next choice, and everything since is undone: pieces
// beside it are problems of their own, and trying those another way would not help.
#include "planner/niche_search.h"

#include "planner/branching.h"
#include "planner/floors.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace memo::planner {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

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

// Still to do, in a list that shares its tails.
struct Piece {
    StateKey key;             // the sum of its sections'
    std::uint64_t slack = 0;  // of its tightest section; only where there are several to choose from
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
    StateKey everything;  // the key of all sections
    // To go back to. The candidates not yet tried end where those of the next frame begin.
    std::size_t mark = 0;
    std::size_t pieces = 0;
    std::uint32_t agenda = kNone;
    std::size_t candidates = 0;  // begin
    bool forced = false;         // there is no choice: `forced_` says which floors rise
    bool wasted = false;         // that choice is the last
};

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
    [[nodiscard]] bool whole(const SectionBlock& placed, const Frame& frame) const;
    void push(const Piece& piece);
    bool open(const Piece& piece);
    bool back_to(std::uint32_t frame);
    bool advance(std::uint32_t index);

    const SectionProblem& part_;
    Floors floors_;
    Branching branching_;
    bool plain_;  // no obstacles, no alignments
    FailedStates failed_;

    std::vector<Frame> frames_;
    std::vector<Branching::Candidate> candidates_;                 // those of a frame best last
    std::vector<std::pair<std::uint32_t, std::uint64_t>> forced_;  // (section, level), of the frame just made
    std::vector<Piece> pieces_;
    std::uint32_t agenda_ = kNone;  // the next piece

    const SearchRun* run_ = nullptr;
    std::uint64_t nodes_ = 0;
    std::uint64_t limit_ = 0;
    std::uint64_t work_ = 0;  // since the clock was last looked at
};

NicheSearch::State::State(const SectionProblem& part, std::uint64_t capacity, unsigned table_bits)
    : part_(part),
      floors_(part, capacity),
      branching_(part, capacity, floors_),
      plain_(part.obstacles.empty() &&
             std::all_of(part.blocks.begin(), part.blocks.end(),
                         [](const SectionBlock& block) { return block.alignment == 1; })),
      failed_(table_bits == 0 ? table_bits_for(part, 16) : table_bits) {}

// Puts the pieces that [first, last) has fallen into on the agenda, the tightest on top.
void NicheSearch::State::split(std::uint32_t first, std::uint32_t last, std::uint32_t parent) {
    const std::size_t before = pieces_.size();
    for (std::uint32_t begin = first; begin < last;) {
        std::uint32_t end = begin;
        StateKey key = floors_[end].key;
        std::uint64_t slack = floors_[end].slack;
        while (floors_[end].crossing != 0) {
            ++end;
            key += floors_[end].key;
            slack = std::min(slack, floors_[end].slack);
        }
        ++end;
        if (end - begin > 1 || floors_[begin].starting != 0) {
            // A block that spans its piece may as well lie on top of all else: again without it.
            const std::uint32_t entry =
                plain_ && run_->spanning_on_top ? floors_.spanning(begin, end) : Floors::kNoEntry;
            if (entry != Floors::kNoEntry) {
                floors_.place_on_top(entry);
                continue;
            }
            pieces_.push_back({key, slack, begin, end, parent, kNone});
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

// Whether the piece of a frame is still in one piece, and not done, with a block of it placed.
bool NicheSearch::State::whole(const SectionBlock& placed, const Frame& frame) const {
    for (std::uint32_t s = placed.first; s + 1 < placed.last; ++s) {
        if (floors_[s].crossing == 0) return false;
    }
    return frame.last - frame.first > 1 || floors_[frame.first].starting != 0;
}

void NicheSearch::State::push(const Piece& piece) {
    pieces_.push_back(piece);
    pieces_.back().next = agenda_;
    agenda_ = static_cast<std::uint32_t>(pieces_.size() - 1);
}

// Makes a frame of a piece, with no choice taken yet. False if it is known to be impossible.
bool NicheSearch::State::open(const Piece& piece) {
    if (failed_.contains(piece.key)) return false;

    Frame frame;
    forced_.clear();
    auto best = static_cast<double>(kNever);
    for (std::uint32_t begin = piece.first; begin < piece.last;) {
        Niche niche;
        niche.first = begin;
        const std::uint64_t floor = floors_.floor(begin);
        while (begin < piece.last && floors_.floor(begin) == floor) ++begin;
        niche.last = begin;
        if (niche.first > piece.first) niche.left = floors_.floor(niche.first - 1);
        if (niche.last < piece.last) niche.right = floors_.floor(niche.last);
        if (niche.left < floor || niche.right < floor) continue;
        for (std::uint32_t s = niche.first; s < niche.last; ++s) niche.key += floors_[s].key;
        const Choice& choice = branching_.look(niche);
        if (choice.score == Branching::kDead) {
            failed_.insert(piece.key);
            return false;
        }
        branching_.for_each_forced(choice, [&](std::uint32_t section, std::uint64_t level) {
            forced_.emplace_back(section, level);
        });
        if (choice.score < best) {
            best = choice.score;
            frame.niche = niche;
            frame.section = choice.section;
        }
    }
    frame.first = piece.first;
    frame.last = piece.last;
    frame.parent = piece.parent;
    frame.key = piece.key;
    frame.everything = floors_.key();
    frame.mark = floors_.mark();
    frame.pieces = pieces_.size();
    frame.agenda = agenda_;
    frame.candidates = candidates_.size();
    frame.forced = !forced_.empty();
    frames_.push_back(frame);
    if (!frame.forced) branching_.find_candidates(frame.niche, frame.section, candidates_);
    return true;
}

// Takes the next choice of the last frame. False if there is none.
bool NicheSearch::State::advance(std::uint32_t index) {
    Frame& frame = frames_[index];
    if (candidates_.size() > frame.candidates) {
        const std::uint32_t entry = candidates_.back().second;
        candidates_.pop_back();
        floors_.place(entry, floors_.floor(frame.section));
        if (!whole(floors_.block(entry), frame)) {
            split(frame.first, frame.last, index);
            return true;
        }
    } else if (frame.wasted) {
        return false;
    } else if (frame.forced) {
        // All at once: each level follows from the same state.
        frame.wasted = true;
        for (const auto& [section, level] : forced_) floors_.raise(section, level);
    } else {
        frame.wasted = true;
        const std::optional<std::uint64_t> level = branching_.waste_level(frame.niche, frame.section);
        if (!level) {
            branching_.blame(frame.section);
            return false;
        }
        floors_.raise(frame.section, *level);
    }
    const StateKey key = frame.key + (floors_.key() - frame.everything);
    push({key, 0, frame.first, frame.last, index, kNone});
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
    work_ = 0;
    branching_.begin(*run_);
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
