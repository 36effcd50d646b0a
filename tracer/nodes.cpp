// Entering nodes (tracer/nodes.h).
#include "tracer/nodes.h"

#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/lock.h"
#include "tracer/memory.h"
#include "tracer/settings.h"

#include <algorithm>
#include <atomic>

namespace memo::tracer::nodes {

constinit std::atomic<std::atomic<Content>*> contents{nullptr};

namespace {

constexpr Content kSpoilt = ~Content{0};  // is no node's

// An entry of the table: the hash in the upper half, which says where it belongs whatever the table's size,
// and id + 1 in the lower one. 0: empty.
using Entry = std::uint64_t;
constexpr Entry kFrozen = ~Entry{0};

struct Table {
    std::size_t mask;
    std::atomic<Entry>* entries() { return reinterpret_cast<std::atomic<Entry>*>(this + 1); }  // mask + 1
};

constexpr std::size_t kFirstCapacity = 4096;
constinit std::atomic<Table*> table{nullptr};
constinit std::atomic<std::uint32_t> claimed{0};
constinit std::uint32_t defined = 0;

Node node_of(Content content) {
    const auto frame = static_cast<std::uint32_t>(content & ~kPublished);
    return {static_cast<std::uint32_t>(content >> 32U) - 1, frame == 1 ? kNone : frame - 2};
}

std::uint32_t hash_of(Content content) {
    return static_cast<std::uint32_t>(mix(content, 0) >> 32U);
}

Entry entry_of(std::uint32_t hash, std::uint32_t id) {
    return Entry{hash} << 32U | (id + 1);
}

std::uint32_t id_of(Entry entry) {
    return static_cast<std::uint32_t>(entry) - 1;
}

bool is_entry_of(Entry entry, std::uint32_t hash, Content content) {
    if (entry >> 32U != hash) return false;
    const std::atomic<Content>* const all = contents.load(std::memory_order_relaxed);
    return (all[id_of(entry)].load(std::memory_order_relaxed) & ~kPublished) == content;
}

// An id that stands for this content from now on.
std::uint32_t claim(Content content) {
    std::atomic<Content>* const all = contents.load(std::memory_order_acquire);
    for (;;) {
        if (claimed.load(std::memory_order_relaxed) >= settings.max_sites) return kNone;
        const std::uint32_t id = claimed.fetch_add(1, std::memory_order_relaxed);
        if (id >= settings.max_sites) return kNone;
        Content empty = 0;
        if (all[id].compare_exchange_strong(empty, content, std::memory_order_relaxed)) return id;
    }
}

// Moves everything to a table of twice the size. No entry gets lost: an old word is frozen or copied. False
// without memory.
[[gnu::noinline]] bool grow(Table* old) {
    const Locked lock;
    if (table.load(std::memory_order_relaxed) != old) return true;
    if (old == nullptr) {
        const std::size_t room = std::size_t{settings.max_sites} * sizeof(std::atomic<Content>);
        auto* all = static_cast<std::atomic<Content>*>(map_pages(std::max<std::size_t>(room, 1)));
        if (all == nullptr) return false;
        contents.store(all, std::memory_order_release);
    }
    const std::size_t capacity = old == nullptr ? kFirstCapacity : 2 * (old->mask + 1);
    auto* larger = static_cast<Table*>(map_pages(sizeof(Table) + capacity * sizeof(Entry)));
    if (larger == nullptr) return false;
    larger->mask = capacity - 1;
    for (std::size_t i = 0; old != nullptr && i <= old->mask; ++i) {
        Entry entry = 0;
        if (old->entries()[i].compare_exchange_strong(entry, kFrozen, std::memory_order_acquire)) continue;
        std::size_t at = entry >> 32U & larger->mask;
        while (larger->entries()[at].load(std::memory_order_relaxed) != 0) at = (at + 1) & larger->mask;
        larger->entries()[at].store(entry, std::memory_order_relaxed);
    }
    table.store(larger, std::memory_order_release);
    return true;
}

}  // namespace

std::uint32_t enter(const Node& node) {
    const Content content = content_of(node);
    const std::uint32_t hash = hash_of(content);
    std::uint32_t own = kNone;
    Table* now = table.load(std::memory_order_acquire);
    for (std::size_t at = hash;;) {
        if (now == nullptr || 2 * std::size_t{count()} > now->mask) {
            if (!grow(now)) return kNone;
            now = table.load(std::memory_order_acquire);
            at = hash;
            continue;
        }
        std::atomic<Entry>& slot = now->entries()[at & now->mask];
        Entry entry = slot.load(std::memory_order_acquire);
        if (entry == 0) {
            if (own == kNone) own = claim(content);
            if (own == kNone) return kNone;
            const Entry mine = entry_of(hash, own);
            if (slot.compare_exchange_strong(entry, mine, std::memory_order_acq_rel)) {
                contents.load(std::memory_order_relaxed)[own].fetch_or(kPublished, std::memory_order_release);
                return own;
            }
        }
        if (entry == kFrozen) {
            if (!grow(now)) return kNone;  // waits for whoever is at it
            now = table.load(std::memory_order_acquire);
            at = hash;
            continue;
        }
        if (is_entry_of(entry, hash, content)) return id_of(entry);
        ++at;
    }
}

std::uint32_t count() {
    return std::min(claimed.load(std::memory_order_relaxed), settings.max_sites);
}

void define_new() {
    std::atomic<Content>* const all = contents.load(std::memory_order_relaxed);
    for (const std::uint32_t end = count(); defined < end; ++defined) {
        Content content = 0;
        all[defined].compare_exchange_strong(content, kSpoilt, std::memory_order_acquire);
        definitions::node(defined, content == 0 ? Node{} : node_of(content));
    }
}

void after_fork() {
    Table* const old = table.exchange(nullptr, std::memory_order_relaxed);
    if (old != nullptr) unmap_pages(old, sizeof(Table) + (old->mask + 1) * sizeof(Entry));
    auto* const all = contents.exchange(nullptr, std::memory_order_relaxed);
    if (all != nullptr) unmap_pages(all, std::size_t{settings.max_sites} * sizeof(std::atomic<Content>));
    claimed.store(0, std::memory_order_relaxed);
    defined = 0;
}

}  // namespace memo::tracer::nodes
