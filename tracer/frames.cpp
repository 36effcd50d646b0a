// Interning frames (tracer/frames.h).
#include "tracer/frames.h"

#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/lock.h"
#include "tracer/memory.h"
#include "tracer/modules.h"
#include "tracer/plugins.h"

namespace memo::tracer::frames {
namespace {

constexpr std::size_t kMostFrames = std::size_t{1} << 22;
constexpr std::size_t kMostAddresses = std::size_t{1} << 22;

// With an id of `by_address`: it is a plug-in's frame.
constexpr std::uint32_t kUnseenBit = std::uint32_t{1} << 30U;

constinit IdTable by_address;  // of one epoch of modules.h
constinit IdTable by_place;    // by module, offset and rule
constinit std::uint32_t* rules = nullptr;

std::uint64_t key_of(std::uint64_t hash, std::uint64_t value) {
    const std::uint64_t key = mix(hash, value);
    return key == 0 ? 1 : key;
}

// Under the trace lock.
std::uint32_t intern(std::uint32_t module, std::uint64_t offset, std::uint32_t rule) {
    const std::uint64_t key = key_of(mix(module, rule), offset);
    const std::uint32_t found = by_place.find(key);
    if (found != kNone) return found;
    if (rules == nullptr) rules = static_cast<std::uint32_t*>(map_pages(kMostFrames * sizeof *rules));
    const auto id = static_cast<std::uint32_t>(by_place.size());
    if (rules == nullptr || id >= kMostFrames) return kNone;
    rules[id] = rule;
    definitions::frame(id, module, offset);
    return by_place.insert(key, id) ? id : kNone;
}

[[gnu::noinline]] KnownFrame enter(std::uint64_t key, std::uintptr_t return_address) {
    ModuleView view;
    const bool in_module = find_module(pointer_to(return_address), view);
    const std::uint32_t rule = (in_module ? frame_rule_at(return_address, view) : FrameRule{}).packed();
    const Locked lock;
    const std::uint32_t module = in_module ? intern_module(view) : kNone;
    const std::uint64_t offset = module == kNone ? return_address : return_address - view.base;
    const std::uint32_t id = intern(module, offset, rule);
    const bool unseen = id != kNone && in_module && plugins::is_plugin(view);
    const bool is_new = id != kNone && by_address.find(key) == kNone;
    if (is_new && by_address.size() < kMostAddresses)
        (void)by_address.insert(key, unseen ? id | kUnseenBit : id);
    return {unseen ? kUnseen : id, rule};
}

}  // namespace

KnownFrame find(std::uintptr_t return_address) {
    const std::uint64_t key = key_of(module_epoch(), return_address);
    const std::uint32_t id = by_address.find(key);
    if (id == kNone) [[unlikely]]
        return enter(key, return_address);
    if ((id & kUnseenBit) != 0) [[unlikely]]
        return {kUnseen, rules[id & ~kUnseenBit]};
    return {id, rules[id]};
}

void after_fork() {
    by_address.clear();
    by_place.clear();
}

}  // namespace memo::tracer::frames
