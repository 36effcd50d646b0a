// Drawing gaps and remembering blocks (tracer/sampler.h).
#include "tracer/sampler.h"

#include "tracer/attention.h"
#include "tracer/id_table.h"

#include <atomic>
#include <bit>

namespace memo::tracer {

// -mean * ln(u) for u uniform in (0, 1], without a library of mathematics: 2^-n for the leading zeros n of a
// random word, and a polynomial for the rest of the logarithm, good to a thousandth.
std::int64_t Gaps::draw(std::uint64_t mean) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    const int zeros = std::countl_zero(state_);
    const auto mantissa = static_cast<double>(state_ << zeros) * 0x1p-63;  // in [1, 2)
    const double x = mantissa - 1;
    const double log2 = x * (1.442695 + x * (-0.718142 + x * (0.457552 + x * (-0.274200 + x * 0.092095))));
    constexpr double kLn2 = 0.6931471805599453;
    const double gap = static_cast<double>(mean) * (zeros + 1 - log2) * kLn2;
    return gap < 1 ? 1 : static_cast<std::int64_t>(gap);
}

namespace sampled {

constinit std::atomic<std::uint8_t> remembered_at[kPlaces] = {};

namespace {

// A block is in its bucket, one cache line, or not at all.
struct alignas(64) Bucket {
    std::atomic<std::uintptr_t> blocks[8];
};
constexpr std::size_t kBuckets = std::size_t{1} << 14;
constinit Bucket buckets[kBuckets] = {};

Bucket& bucket_of(const void* block) {
    return buckets[spread(reinterpret_cast<std::uintptr_t>(block)) % kBuckets];
}

bool exchange(const void* where, std::uintptr_t from, std::uintptr_t to) {
    for (auto& slot : bucket_of(where).blocks) {
        std::uintptr_t held = slot.load(std::memory_order_relaxed);
        if (held == from && slot.compare_exchange_strong(held, to, std::memory_order_relaxed)) return true;
    }
    return false;
}

}  // namespace

bool remember(const void* block) {
    // First its place: whoever releases the block has been given it after this.
    auto& place = remembered_at[place_of(block)];
    constexpr std::uint8_t kMost = UINT8_MAX / 2;  // far from wrapping, whatever threads do
    const bool crowded = place.fetch_add(1, std::memory_order_relaxed) >= kMost;
    if (!crowded && exchange(block, 0, reinterpret_cast<std::uintptr_t>(block))) return true;
    place.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

bool forget(const void* block) {
    if (!exchange(block, reinterpret_cast<std::uintptr_t>(block), 0)) return false;
    remembered_at[place_of(block)].fetch_sub(1, std::memory_order_relaxed);
    return true;
}

void forget_all() {
    for (auto& place : remembered_at) place.store(0, std::memory_order_relaxed);
    for (Bucket& bucket : buckets) {
        for (auto& slot : bucket.blocks) {
            if (slot.load(std::memory_order_relaxed) != 0) slot.store(0, std::memory_order_relaxed);
        }
    }
}

}  // namespace sampled
}  // namespace memo::tracer
