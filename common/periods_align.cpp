// Following a pattern through a sequence, forwards; align() does it twice, the second time on mirrored
// copies.
#include "common/periods_align.h"

#include "common/pause_point.h"

#include <algorithm>
#include <array>
#include <utility>

namespace memo::periods {
namespace {

constexpr std::size_t kMaxEdits = 64;
constexpr std::size_t kWorkPerSymbol = 16;
constexpr std::size_t kFreeWork = std::size_t{1} << 22;
constexpr std::uint64_t kGramBase = 0x9e3779b97f4a7c15ULL;

// How long a stretch must agree before we believe that the place has been found again. A fraction of the
// pattern, so that two deviations in one round are two, but never so short that chance would do.
std::size_t clean_length(std::size_t pattern_length) {
    return std::clamp<std::size_t>(pattern_length / 4, 12, 256);
}

// The polynomial hash of a window that moves one symbol at a time (Karp and Rabin 1987).
class RollingHash {
  public:
    explicit RollingHash(std::size_t window) {
        for (std::size_t i = 1; i < window; ++i) leading_ *= kGramBase;
    }
    void append(Symbol symbol) { hash_ = hash_ * kGramBase + mix(std::uint64_t{symbol} + 1); }
    void remove(Symbol symbol) { hash_ -= mix(std::uint64_t{symbol} + 1) * leading_; }
    [[nodiscard]] std::uint64_t value() const { return hash_; }

  private:
    std::uint64_t leading_ = 1;
    std::uint64_t hash_ = 0;
};

// Where in the endless pattern a window of `gram` symbols stands: all slots with that hash.
class GramIndex {
  public:
    GramIndex(std::span<const Symbol> pattern, std::size_t gram) {
        RollingHash hash(gram);
        for (std::size_t i = 0; i < gram; ++i) hash.append(pattern[i % pattern.size()]);
        entries_.reserve(pattern.size());
        for (std::size_t slot = 0; slot < pattern.size(); ++slot) {
            entries_.emplace_back(hash.value(), slot);
            filter_[filter_bit(hash.value()) / 64] |= std::uint64_t{1} << (filter_bit(hash.value()) % 64);
            hash.remove(pattern[slot]);
            hash.append(pattern[(slot + gram) % pattern.size()]);
        }
        std::sort(entries_.begin(), entries_.end());
    }

    // How many slots after `slot`, cyclically, the window with this hash stands first; nothing if it never
    // does.
    [[nodiscard]] std::optional<std::size_t> next(std::uint64_t hash, std::size_t slot) const {
        if ((filter_[filter_bit(hash) / 64] >> (filter_bit(hash) % 64) & 1) == 0) return std::nullopt;
        const auto first = std::lower_bound(entries_.begin(), entries_.end(), Entry{hash, 0});
        if (first == entries_.end() || first->first != hash) return std::nullopt;
        const auto ahead = std::lower_bound(first, entries_.end(), Entry{hash, slot});
        if (ahead != entries_.end() && ahead->first == hash) return ahead->second - slot;
        return first->second + entries_.size() - slot;
    }

  private:
    using Entry = std::pair<std::uint64_t, std::size_t>;
    static constexpr std::size_t kFilterBits = std::size_t{1} << 16;

    static std::size_t filter_bit(std::uint64_t hash) { return mix(hash) % kFilterBits; }

    std::vector<Entry> entries_;  // sorted
    std::array<std::uint64_t, kFilterBits / 64>
        filter_{};  // most windows of a foreign stretch are in no entry
};

class Follower {
  public:
    Follower(std::span<const Symbol> sequence, std::span<const Symbol> pattern)
        : sequence_(sequence),
          pattern_(pattern),
          clean_(clean_length(pattern.size())),
          max_edits_(std::min(kMaxEdits, std::max<std::size_t>(4, pattern.size() / 2))),
          index_(pattern, clean_),
          furthest_((max_edits_ + 1) * width(), kUnreached) {}

    // Every stretch from position 0 and step 0 on; nothing if that is too much work.
    std::optional<std::vector<Stretch>> follow() {
        while (true) {
            pause_point();
            slide();
            if (at_.position == sequence_.size()) break;
            if (!repair() && !jump()) break;
            if (work_ > kWorkPerSymbol * sequence_.size() + kFreeWork) return std::nullopt;
        }
        return std::move(stretches_);
    }

  private:
    struct Place {
        std::size_t position = 0;
        std::size_t step = 0;
    };
    struct Slide {
        std::size_t begin = 0;  // positions relative to the place of the deviation
        std::size_t end = 0;
        std::int64_t diagonal = 0;
    };
    static constexpr std::int32_t kUnreached = -1;

    [[nodiscard]] std::size_t width() const { return 2 * max_edits_ + 1; }
    std::int32_t& furthest(std::size_t edits, std::int64_t diagonal) {
        return furthest_[edits * width() +
                         static_cast<std::size_t>(diagonal + static_cast<std::int64_t>(max_edits_))];
    }

    // How many symbols agree from a place on, at most `limit`.
    [[nodiscard]] std::size_t agreeing(Place place, std::size_t limit) const {
        const std::size_t end = place.position + std::min(limit, sequence_.size() - place.position);
        std::size_t position = place.position;
        std::size_t slot = place.step % pattern_.size();
        while (position < end) {
            const std::size_t chunk = std::min(end - position, pattern_.size() - slot);
            const auto* from = sequence_.data() + position;
            const auto* differs = std::mismatch(from, from + chunk, pattern_.data() + slot).first;
            position += static_cast<std::size_t>(differs - from);
            if (differs != from + chunk) break;
            slot = 0;
        }
        return position - place.position;
    }

    void append(Place place, std::size_t count) {
        if (count > 0) stretches_.push_back({place.position, static_cast<std::int64_t>(place.step), count});
    }

    void slide() {
        const std::size_t count = agreeing(at_, sequence_.size());
        append(at_, count);
        at_.position += count;
        at_.step += count;
    }

    // Whether a slide that ended here is convincing. At the end of a round or of the sequence there may be
    // nothing more to agree with, so less will do, though more than so many edits would reach by chance.
    [[nodiscard]] bool convincing(Place end, std::size_t count, std::size_t edits) const {
        if (count >= clean_) return true;
        const bool at_an_end = end.step % pattern_.size() == 0 || end.position == sequence_.size();
        return at_an_end && count >= std::min(clean_, 8 + edits);
    }

    // The furthest position on `diagonal` after `edits` edits, before sliding. A diagonal is position minus
    // step.
    std::int32_t stepped(std::size_t edits, std::int64_t diagonal) {
        const auto reach = static_cast<std::int64_t>(edits);
        const std::int32_t by_missing =
            diagonal + 1 <= reach - 1 ? furthest(edits - 1, diagonal + 1) : kUnreached;
        std::int32_t by_extra = diagonal - 1 >= 1 - reach ? furthest(edits - 1, diagonal - 1) : kUnreached;
        if (by_extra != kUnreached) ++by_extra;
        const std::int32_t best = std::max(by_missing, by_extra);
        return best != kUnreached && at_.position + static_cast<std::size_t>(best) > sequence_.size()
                   ? kUnreached
                   : best;
    }

    bool repair() {
        furthest(0, 0) = 0;
        for (std::size_t edits = 1; edits <= max_edits_; ++edits) {
            const auto reach = static_cast<std::int64_t>(edits);
            for (std::int64_t diagonal = -reach; diagonal <= reach; diagonal += 2) {
                const std::int32_t begin = stepped(edits, diagonal);
                furthest(edits, diagonal) = begin;
                ++work_;
                if (begin == kUnreached) continue;
                const Place place = on_diagonal(static_cast<std::size_t>(begin), diagonal);
                const std::size_t count = agreeing(place, clean_);
                work_ += count;
                furthest(edits, diagonal) += static_cast<std::int32_t>(count);
                if (!convincing({place.position + count, place.step + count}, count, edits)) continue;
                accept(edits, diagonal, place);
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] Place on_diagonal(std::size_t relative, std::int64_t diagonal) const {
        const auto step = static_cast<std::int64_t>(at_.step + relative) - diagonal;
        return {at_.position + relative, static_cast<std::size_t>(step)};
    }

    // Walks the edits back from the convincing slide, and keeps the slides between them. A slide of one or
    // two symbols is often there by chance, in the middle of a longer gap: if the convincing slide reaches
    // back over it, which takes no more edits, it is dropped, and the gap is in one piece.
    void accept(std::size_t edits, std::int64_t diagonal, Place convincing) {
        std::vector<Slide> slides;
        for (; edits > 1; --edits) {
            const std::int32_t begin = stepped(edits, diagonal);
            const auto reach = static_cast<std::int64_t>(edits) - 1;
            const bool by_extra = diagonal - 1 >= -reach && furthest(edits - 1, diagonal - 1) != kUnreached &&
                                  furthest(edits - 1, diagonal - 1) + 1 == begin;
            diagonal += by_extra ? -1 : 1;
            const auto slide_begin = static_cast<std::size_t>(stepped(edits - 1, diagonal));
            slides.push_back(
                {slide_begin, static_cast<std::size_t>(furthest(edits - 1, diagonal)), diagonal});
        }
        const Place deviation = at_;
        const auto agrees_before = [&](Place place) {
            return sequence_[place.position - 1] == pattern_[(place.step - 1) % pattern_.size()];
        };
        while (convincing.position > deviation.position && convincing.step > deviation.step &&
               agrees_before(convincing)) {
            --convincing.position;
            --convincing.step;
        }
        std::reverse(slides.begin(), slides.end());
        for (const Slide& slide : slides) {
            const Place place = on_diagonal(slide.begin, slide.diagonal);
            if (place.position >= convincing.position || place.step >= convincing.step) break;
            append(place, std::min({slide.end - slide.begin, convincing.position - place.position,
                                    convincing.step - place.step}));
        }
        at_ = convincing;
    }

    bool jump() {
        if (sequence_.size() - at_.position < clean_) return false;
        RollingHash hash(clean_);
        for (std::size_t i = 0; i < clean_; ++i) hash.append(sequence_[at_.position + i]);
        const std::size_t slot = at_.step % pattern_.size();
        std::optional<Place> best;
        std::size_t best_cost = 0;
        for (std::size_t extra = 0; !best || extra < best_cost; ++extra) {
            ++work_;
            const std::optional<std::size_t> missing = index_.next(hash.value(), slot);
            if (missing && (!best || extra + *missing < best_cost)) {
                const Place place{at_.position + extra, at_.step + *missing};
                work_ += clean_;
                if (agreeing(place, clean_) == clean_) {
                    best = place;
                    best_cost = extra + *missing;
                }
            }
            const std::size_t next = at_.position + extra + clean_;
            if (next == sequence_.size()) break;
            hash.remove(sequence_[next - clean_]);
            hash.append(sequence_[next]);
        }
        if (best) at_ = *best;
        return best.has_value();
    }

    std::span<const Symbol> sequence_;
    std::span<const Symbol> pattern_;
    std::size_t clean_;
    std::size_t max_edits_;
    GramIndex index_;
    std::vector<std::int32_t> furthest_;  // by edits and diagonal: position relative to at_, after sliding
    std::vector<Stretch> stretches_;
    Place at_;
    std::size_t work_ = 0;
};

}  // namespace

std::optional<std::vector<Stretch>> align(std::span<const Symbol> sequence, std::span<const Symbol> pattern,
                                          std::size_t anchor) {
    const std::vector<Symbol> mirrored_pattern(pattern.rbegin(), pattern.rend());
    const std::span<const Symbol> before = sequence.first(anchor);
    const std::vector<Symbol> mirrored(before.rbegin(), before.rend());
    auto backwards = Follower(mirrored, mirrored_pattern).follow();
    if (!backwards) return std::nullopt;
    const auto forwards = Follower(sequence.subspan(anchor), pattern).follow();
    if (!forwards) return std::nullopt;

    std::vector<Stretch> stretches;
    stretches.reserve(backwards->size() + forwards->size());
    std::reverse(backwards->begin(), backwards->end());
    for (const Stretch& stretch : *backwards) {
        stretches.push_back({anchor - stretch.end(), -stretch.end_step(), stretch.count});
    }
    for (const Stretch& stretch : *forwards) {
        Stretch moved{anchor + stretch.position, stretch.step, stretch.count};
        if (!stretches.empty() && stretches.back().end() == moved.position &&
            stretches.back().end_step() == moved.step) {
            stretches.back().count += moved.count;
        } else {
            stretches.push_back(moved);
        }
    }
    return stretches;
}

}  // namespace memo::periods
