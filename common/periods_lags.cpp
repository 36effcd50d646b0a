// Candidate lags: distances between equal grams, counted at every scale, then measured exactly by one scan
// each.
#include "common/periods_lags.h"

#include "common/pause_point.h"

#include <algorithm>
#include <bit>

namespace memo::periods {
namespace {

constexpr std::size_t kLagsPerScale = 8;

// Long sequences look only at grams whose hash ends in three zeros. The choice depends on the content alone,
// so that equal grams are chosen together and their distances stay right.
constexpr std::uint64_t kSampleMask = 7;
constexpr std::size_t kSampleFrom = std::size_t{1} << 18;
constexpr std::size_t kNeverSampledGram = 16;

// The last position of every gram seen. Direct-mapped: a collision forgets the older gram, which costs a
// count.
class LastSeen {
  public:
    // Forgets all, and makes room for so many grams.
    void begin(std::size_t grams) { slots_.assign(std::bit_ceil(std::max<std::size_t>(grams, 64)), {}); }

    // The previous position of the gram with this hash plus one, or 0; `position` takes its place.
    std::size_t exchange(std::uint64_t hash, std::size_t position) {
        Slot& slot = slots_[hash & (slots_.size() - 1)];
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        const std::size_t previous = slot.tag == tag ? slot.next : 0;
        slot = {tag, static_cast<std::uint32_t>(position + 1)};
        return previous;
    }

  private:
    struct Slot {
        std::uint32_t tag = 0;
        std::uint32_t next = 0;  // position + 1; 0: empty
    };
    std::vector<Slot> slots_;
};

class DistanceCounts {
  public:
    DistanceCounts(std::size_t min_length, std::size_t max_length)
        : min_length_(min_length), counts_(max_length + 1, 0) {}

    void count(std::size_t distance) {
        if (distance >= min_length_ && distance < counts_.size()) ++counts_[distance];
    }

    // Appends the most frequent distances to `lags` and starts again from zero.
    void harvest(std::vector<std::size_t>& lags) {
        struct Frequent {
            std::uint32_t count;
            std::size_t distance;
        };
        const auto more = [](const Frequent& a, const Frequent& b) {
            return a.count != b.count ? a.count > b.count : a.distance < b.distance;
        };
        std::vector<Frequent> top;  // a heap whose front is the least of the best
        for (std::size_t distance = min_length_; distance < counts_.size(); ++distance) {
            const Frequent found{counts_[distance], distance};
            counts_[distance] = 0;
            if (found.count == 0 || (top.size() == kLagsPerScale && !more(found, top.front()))) continue;
            if (top.size() == kLagsPerScale) {
                std::pop_heap(top.begin(), top.end(), more);
                top.pop_back();
            }
            top.push_back(found);
            std::push_heap(top.begin(), top.end(), more);
        }
        for (const Frequent& found : top) lags.push_back(found.distance);
    }

  private:
    std::size_t min_length_;
    std::vector<std::uint32_t> counts_;
};

std::vector<std::size_t> frequent_distances(std::span<const Symbol> sequence, std::size_t min_length,
                                            std::size_t max_length) {
    std::vector<std::size_t> lags;
    DistanceCounts counts(min_length, max_length);
    LastSeen last_seen;
    std::vector<std::uint64_t> hashes;
    hashes.reserve(sequence.size());
    for (const Symbol symbol : sequence) hashes.push_back(mix(std::uint64_t{symbol} + 1));

    const std::size_t first_gram = std::clamp<std::size_t>(std::bit_floor(min_length) / 2, 1, 8);
    for (std::size_t gram = 1; gram <= sequence.size() && gram <= 2 * max_length; gram *= 2) {
        const std::size_t grams = sequence.size() - gram + 1;
        pause_point();
        if (gram >= first_gram) {
            const bool sampled = grams >= kSampleFrom && gram > kNeverSampledGram;
            const std::uint64_t mask =
                sampled ? kSampleMask << 29 : 0;  // bits that do not choose the table's slot
            last_seen.begin(sampled ? grams / (kSampleMask + 1) : grams);
            for (std::size_t i = 0; i < grams; ++i) {
                if ((hashes[i] & mask) != 0) continue;
                const std::size_t previous = last_seen.exchange(hashes[i], i);
                if (previous != 0) counts.count(i + 1 - previous);
            }
            pause_point();
            counts.harvest(lags);
        }
        for (std::size_t i = 0; i + 2 * gram <= sequence.size(); ++i) {
            hashes[i] = combine(hashes[i], hashes[i + gram]);
        }
    }
    std::sort(lags.begin(), lags.end());
    lags.erase(std::unique(lags.begin(), lags.end()), lags.end());
    return lags;
}

Lag measure(std::span<const Symbol> sequence, std::size_t length) {
    Lag lag{.length = length};
    const std::size_t long_enough = std::max<std::size_t>(std::min<std::size_t>(length, 16), length / 8);
    const std::size_t pairs = sequence.size() - length;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= pairs; ++i) {
        if (i < pairs && sequence[i] == sequence[i + length]) continue;
        const std::size_t count = i - begin;
        if (count >= long_enough) lag.covered += count;
        if (count > lag.run_count) {
            lag.run_begin = begin;
            lag.run_count = count;
        }
        begin = i + 1;
    }
    return lag;
}

}  // namespace

std::vector<Lag> candidate_lags(std::span<const Symbol> sequence, std::size_t min_length,
                                std::size_t max_length, std::size_t limit) {
    std::vector<Lag> lags;
    if (sequence.empty()) return lags;
    max_length = std::min(max_length, sequence.size() - 1);
    min_length = std::max<std::size_t>(min_length, 1);
    if (min_length > max_length) return lags;
    for (const std::size_t length : frequent_distances(sequence, min_length, max_length)) {
        pause_point();
        const Lag lag = measure(sequence, length);
        if (lag.covered > 0) lags.push_back(lag);
    }
    std::sort(lags.begin(), lags.end(), [](const Lag& a, const Lag& b) {
        return a.covered != b.covered ? a.covered > b.covered : a.length < b.length;
    });
    if (lags.size() > limit) lags.resize(limit);
    return lags;
}

}  // namespace memo::periods
