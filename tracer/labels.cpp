// Labels and operations that are open on a thread (tracer/recorder.h).
#include "tracer/contexts.h"
#include "tracer/lock.h"
#include "tracer/recorder.h"
#include "tracer/recording.h"

namespace memo::tracer {
namespace {

// Opens a context on this thread; the nesting before it, or UINT32_MAX where nothing is recorded.
std::uint32_t push(ContextSource source, std::string_view name) {
    const Section section(false);
    if (!section) return UINT32_MAX;
    name = name.substr(0, contexts::kMaxName);
    const std::uint32_t before = section->nesting;
    if (before < ThreadState::kMaxNesting) {
        const std::uint32_t parent = section->context();
        const std::uint64_t hash = contexts::hash_of(parent, source, name);
        std::uint32_t id = contexts::find(hash);
        if (id == kNone) [[unlikely]] {
            const Locked lock;
            id = contexts::intern(hash, parent, source, name);
        }
        section->open[before] = id == kNone ? parent : id;
    }
    ++section->nesting;
    return before;
}

}  // namespace

void label_push(std::string_view name) {
    push(ContextSource::label, name);
}

void label_pop() {
    const Section section(false);
    if (!section) return;
    const std::uint32_t nesting = section->nesting;
    const bool kept = nesting > 0 && nesting <= ThreadState::kMaxNesting;
    const std::uint32_t top = section->context();
    if (nesting == 0 || (kept && top != kNone && contexts::source_of(top) != ContextSource::label)) {
        recording.unbalanced.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    --section->nesting;
}

std::uint32_t operation_begin(std::string_view name) {
    return push(ContextSource::plugin, name);
}

void operation_end(std::uint32_t token) {
    const Section section(false);
    if (section && token < section->nesting) section->nesting = token;
}

const char* innermost_operation() {
    const Section section(false);
    if (!section) return nullptr;
    const std::uint32_t id = section->context();
    return id == kNone ? nullptr : contexts::name_of(id);
}

}  // namespace memo::tracer
