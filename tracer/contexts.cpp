// Interning contexts (tracer/contexts.h).
#include "tracer/contexts.h"

#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/memory.h"

#include <cstring>

namespace memo::tracer::contexts {
namespace {

struct Node {
    const char* name;
    std::uint32_t parent;
    ContextSource source;
};

constexpr std::uint32_t kMaxNodes = 1 << 20;
constinit Node* nodes = nullptr;
constinit std::uint32_t count = 0;
constinit IdTable table;
constinit Bump names;

}  // namespace

std::uint64_t hash_of(std::uint32_t parent, ContextSource source, std::string_view name) {
    std::uint64_t hash = mix(parent, 2 * name.size() + static_cast<std::uint64_t>(source));
    const char* at = name.data();
    std::size_t left = name.size();
    for (; left > 0;) {
        std::uint64_t word = 0;
        const std::size_t step = left < sizeof word ? left : sizeof word;
        std::memcpy(&word, at, step);
        hash = mix(hash, word);
        at += step;
        left -= step;
    }
    return hash == 0 ? 1 : hash;
}

std::uint32_t find(std::uint64_t hash) {
    return table.find(hash);
}

std::uint32_t intern(std::uint64_t hash, std::uint32_t parent, ContextSource source, std::string_view name) {
    const std::uint32_t found = table.find(hash);
    if (found != kNone) return found;
    if (nodes == nullptr) nodes = static_cast<Node*>(map_pages(kMaxNodes * sizeof(Node)));
    if (nodes == nullptr || count == kMaxNodes) return kNone;
    const char* kept = names.copy(name);
    if (kept == nullptr) return kNone;
    nodes[count] = {kept, parent, source};
    definitions::context(count, parent, source, name);
    if (!table.insert(hash, count)) return kNone;
    return count++;
}

ContextSource source_of(std::uint32_t id) {
    return nodes[id].source;
}

const char* name_of(std::uint32_t id) {
    return nodes[id].name;
}

void define_all() {
    for (std::uint32_t id = 0; id < count; ++id) {
        definitions::context(id, nodes[id].parent, nodes[id].source, nodes[id].name);
    }
}

}  // namespace memo::tracer::contexts
