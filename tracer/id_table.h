// From a 64-bit hash to a dense id: how sites and contexts are interned. Looking up takes no lock.
//
// The hash is the identity: among n entries two collide with probability below n^2 / 2^65 (one in 30 million
// for a million sites), and then two call stacks share a name; nothing else depends on it.
//
// Invariants: at most half full; an entry's id is written before its hash is published; a table that was
// outgrown stays mapped, because a reader may still be in it (it finds less there, and asks again under the
// lock). Thread safety: find from any thread; insert and clear under the trace lock.
#pragma once

#include "common/trace.h"
#include "tracer/memory.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace memo::tracer {

class IdTable {
  public:
    // The id of `hash`, or kNone. `hash` is not 0.
    [[nodiscard]] std::uint32_t find(std::uint64_t hash) const {
        Table* table = table_.load(std::memory_order_acquire);
        if (table == nullptr) return kNone;
        for (std::size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
            const std::uint64_t held = table->entries()[at].hash.load(std::memory_order_acquire);
            if (held == hash) return table->entries()[at].id;
            if (held == 0) return kNone;
        }
    }

    // Enters a hash that find did not find under the lock. False without memory.
    [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t id) {
        Table* table = table_.load(std::memory_order_relaxed);
        if (table == nullptr || 2 * (count_ + 1) > table->mask + 1) {
            table = grow(table);
            if (table == nullptr) return false;
        }
        put(*table, hash, id);
        ++count_;
        return true;
    }

    [[nodiscard]] std::size_t size() const { return count_; }

    // Forgets everything; no reader may be about (the child of a fork).
    void clear() {
        Table* table = table_.exchange(nullptr, std::memory_order_relaxed);
        if (table != nullptr) unmap_pages(table, bytes_for(table->mask + 1));
        count_ = 0;
    }

  private:
    struct Entry {
        std::atomic<std::uint64_t> hash;
        std::uint32_t id;
    };
    struct alignas(Entry) Table {
        std::size_t mask;
        Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }  // mask + 1 of them follow
    };
    static constexpr std::size_t kFirstCapacity = 1024;

    static std::size_t bytes_for(std::size_t capacity) { return sizeof(Table) + capacity * sizeof(Entry); }

    static void put(Table& table, std::uint64_t hash, std::uint32_t id) {
        std::size_t at = hash & table.mask;
        while (table.entries()[at].hash.load(std::memory_order_relaxed) != 0) at = (at + 1) & table.mask;
        table.entries()[at].id = id;
        table.entries()[at].hash.store(hash, std::memory_order_release);
    }

    Table* grow(Table* old) {
        const std::size_t capacity = old == nullptr ? kFirstCapacity : 2 * (old->mask + 1);
        auto* table = static_cast<Table*>(map_pages(bytes_for(capacity)));
        if (table == nullptr) return nullptr;
        table->mask = capacity - 1;
        for (std::size_t at = 0; old != nullptr && at <= old->mask; ++at) {
            const std::uint64_t hash = old->entries()[at].hash.load(std::memory_order_relaxed);
            if (hash != 0) put(*table, hash, old->entries()[at].id);
        }
        table_.store(table, std::memory_order_release);
        return table;
    }

    std::atomic<Table*> table_{nullptr};
    std::size_t count_ = 0;
};

// Mixes `value` into `hash` (the finaliser of a 64 x 64 -> 128 bit multiplication, as in wyhash).
[[nodiscard]] inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(hash ^ 0xa0761d6478bd642f) * (value ^ 0xe7037ed1a0b428db);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Spreads a value over the lower bits, cheaply: for small caches, not for identity.
[[nodiscard]] inline std::size_t spread(std::uint64_t value) {
    return static_cast<std::size_t>((value * 0x9e3779b97f4a7c15) >> 40);
}

}  // namespace memo::tracer
