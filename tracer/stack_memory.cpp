// Walking call stacks (tracer/stack_memory.h).
#include "tracer/stack_memory.h"

#include "common/trace.h"
#include "tracer/id_table.h"
#include "tracer/memory.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>

namespace memo::tracer {
namespace {

// What a check compares that must not hold.
constinit const std::uintptr_t kNever = 0;

std::uintptr_t word_at(std::uintptr_t address) {
    return *static_cast<const std::uintptr_t*>(pointer_to(address));
}

std::uintptr_t offset_by(std::uintptr_t from, std::int32_t bytes) {
    return from + static_cast<std::uintptr_t>(std::int64_t{bytes});
}

// The return address stands right below the stack pointer that the return leaves.
std::uintptr_t return_address_below(std::uintptr_t stack_pointer) {
    return word_at(stack_pointer - sizeof(std::uintptr_t));
}

}  // namespace

[[gnu::always_inline]] inline KnownFrame StackMemory::known(std::uintptr_t address) {
    Recent& recent = recent_[spread(address) % recent_.size()];
    if (recent.address != address) [[unlikely]]
        recent = {address, frames::find(address)};
    return recent.known;
}

// The outermost of the innermost ones of so many frames that stand in memory as they did; 0: they all do.
[[gnu::always_inline]] inline std::uint32_t StackMemory::first_standing(std::uint32_t frames) const {
    std::uintptr_t changed = 0;
    const Place* const end = places_ + 1 + frames;
#pragma GCC unroll 4
    for (const Place* place = places_ + 1; place < end; ++place)
        changed |= return_address_below(place->stack_pointer) ^ place->address;
    for (std::uint32_t i = 0; i < checks_ && check_[i].from <= frames; ++i)
        changed |= word_at(check_[i].at) ^ check_[i].value;
    return changed == 0 ? 0 : find_first_standing(frames);
}

[[gnu::noinline]] std::uint32_t StackMemory::find_first_standing(std::uint32_t frames) const {
    std::uint32_t first = frames;
    while (first > 0 && return_address_below(places_[first].stack_pointer) == places_[first].address) --first;
    for (std::uint32_t i = 0; i < checks_ && check_[i].from <= frames; ++i)
        if (word_at(check_[i].at) != check_[i].value) first = std::max(first, check_[i].from);
    return first;
}

[[gnu::always_inline]] inline StackMemory::Step StackMemory::step(State& state, std::uint32_t packed) const {
    const FrameRule rule = FrameRule::unpacked(packed);
    const std::uintptr_t from = state.stack_pointer;
    // Is this a word between the stack pointer and the end? The stack pointer is one.
    const auto in_stack = [&](std::uintptr_t at) {
        return at - from < end_ - from && at % sizeof(std::uintptr_t) == 0;
    };
    std::uintptr_t above = 0;  // the stack pointer of the frame above
    if (rule.kind == FrameRule::Kind::from_sp) [[likely]] {
        above = offset_by(from, rule.begin);
    } else if (rule.kind == FrameRule::Kind::from_fp) {
        above = offset_by(state.frame_pointer, rule.begin);
    } else if (rule.kind == FrameRule::Kind::saved_by_fp) {
        const std::uintptr_t at = offset_by(state.frame_pointer, rule.begin);
        if (!in_stack(at)) return Step::unknown;
        above = word_at(at);
    } else {
        return rule.kind == FrameRule::Kind::outermost ? Step::outermost : Step::unknown;
    }
    if (!in_stack(above - sizeof above)) [[unlikely]]
        return Step::unknown;
    std::uintptr_t frame_pointer_at = kNowhere;
    if (rule.frame_pointer != FrameRule::FramePointer::kept) {
        const bool near_fp = rule.frame_pointer == FrameRule::FramePointer::saved_near_fp;
        frame_pointer_at = offset_by(near_fp ? state.frame_pointer : above, rule.fp_offset);
        if (!in_stack(frame_pointer_at)) [[unlikely]]
            return Step::unknown;
    }
    const std::uintptr_t address = return_address_below(above);
    if (address == 0) [[unlikely]]
        return Step::outermost;
    state.address = address;
    state.stack_pointer = above;
    state.frame_pointer_at = frame_pointer_at;
    if (frame_pointer_at != kNowhere) state.frame_pointer = word_at(frame_pointer_at);
    return Step::taken;
}

// What must be in memory as it is for the frame, and the one outside of it, to be where they are, besides
// return addresses.
void StackMemory::add_checks(std::uint32_t frame) {
    const Rest& rest = rest_[frame];
    const FrameRule rule = FrameRule::unpacked(rest.known.rule);
    if (rule.kind == FrameRule::Kind::saved_by_fp && frame > 0) {
        const std::uintptr_t at = offset_by(rest.frame_pointer, rule.begin);
        check_[checks_++] = {at, places_[frame].stack_pointer, frame, frame};  // of the frame outside
    }
    if (rest.frame_pointer_at == kRegister) {
        check_[checks_++] = {reinterpret_cast<std::uintptr_t>(&kNever), ~kNever, frame, frame + 1};
    } else if (rest.frame_pointer_at != kNowhere) {
        check_[checks_++] = {rest.frame_pointer_at, rest.frame_pointer, frame, frame + 1};
    }
}

// The walk's frames become the inner ones, on top of those that stay.
[[gnu::always_inline]] inline void StackMemory::keep(std::uint32_t unchanged, std::uint32_t fresh, bool cut) {
    while (checks_ > 0 && check_[checks_ - 1].frame + 1 >= unchanged) [[unlikely]]-- checks_;
    bool needed = unchanged > 0 && rest_[unchanged - 1].needs_frame_pointer;
    if (needed) [[unlikely]]
        add_checks(unchanged - 1);
    std::uint32_t to = unchanged;
    for (const Fresh* from = fresh_ + fresh; from-- > fresh_;) {
        const FrameRule rule = FrameRule::unpacked(from->known.rule);
        needed = rule.uses_frame_pointer() || (needed && rule.keeps_frame_pointer());
        Rest& rest = rest_[to];
        rest.frame_pointer = from->state.frame_pointer;
        rest.frame_pointer_at = from->state.frame_pointer_at;
        rest.known = from->known;
        rest.needs_frame_pointer = needed;
        places_[to + 1] = {from->state.stack_pointer, from->state.address};
        if (needed) [[unlikely]]
            add_checks(to);
        ++to;
    }
    unchanged_ = unchanged;
    depth_ = to;
    cut_ = cut;
}

// Frames [first, end) are as they were, from `state`, the innermost one's, on; but not their sites, because
// what is outside of them differs.
[[gnu::noinline]] void StackMemory::copy_inner(std::uint32_t first, std::uint32_t end, State& state,
                                               std::uint32_t& fresh) {
    for (std::uint32_t at = end; at-- > first;) {
        const Rest& rest = rest_[at];
        if (at + 1 < end) {
            const std::uintptr_t from = rest.frame_pointer_at;
            const std::uintptr_t frame_pointer = from == kNowhere ? state.frame_pointer : word_at(from);
            state = {places_[at + 1].address, places_[at + 1].stack_pointer, frame_pointer, from};
        }
        fresh_[fresh++] = {state, rest.known};
    }
}

[[gnu::always_inline]] inline StackMemory::Walk StackMemory::walk(State state, std::uint32_t most) {
    std::uint32_t fresh = 0;
    std::uint32_t left = depth_;  // remembered frames that may still be part of this stack
    for (;;) {
        while (places_[left].stack_pointer < state.stack_pointer) --left;
        const bool same_place =
            places_[left].stack_pointer == state.stack_pointer && places_[left].address == state.address;
        if (same_place &&
            (!rest_[left - 1].needs_frame_pointer || rest_[left - 1].frame_pointer == state.frame_pointer)) {
            const std::uint32_t standing = first_standing(left - 1);
            if (standing == 0) [[likely]] {
                if (left + fresh > most) return Walk::too_deep;
                rest_[left - 1].frame_pointer = state.frame_pointer;
                rest_[left - 1].frame_pointer_at = state.frame_pointer_at;
                return keep(left, fresh, cut_), Walk::done;
            }
            if (fresh + (left - standing) > most) return Walk::too_deep;
            copy_inner(standing, left, state, fresh);
            left = standing;
        } else {
            fresh_[fresh].state = state;
            fresh_[fresh++].known = known(state.address);
        }
        if (fresh == most) return keep(0, fresh, true), Walk::done;
        const Step taken = step(state, fresh_[fresh - 1].known.rule);
        if (taken == Step::taken) [[likely]]
            continue;
        if (taken == Step::unknown) return Walk::unknown;
        return keep(0, fresh, false), Walk::done;
    }
}

void StackMemory::begin(std::uintptr_t end) {
    forget();
    ++generation_;
    end_ = end;
    places_[0] = {UINTPTR_MAX, 0};
    if (paths_ == nullptr) paths_ = static_cast<Path*>(map_pages(kSets * kWays * sizeof(Path)));
}

// Where the paths that begin here are. The second return address is a guess by the rule of the first frame:
// where that rule is not known, all paths of the frame share a set.
[[gnu::always_inline]] inline StackMemory::Start StackMemory::start_of(const Place& first) {
    const Recent& recent = recent_[spread(first.address) % recent_.size()];
    std::uintptr_t second = 0;
    if (recent.address == first.address) [[likely]] {
        const FrameRule rule = FrameRule::unpacked(recent.known.rule);
        const std::uintptr_t at = offset_by(first.stack_pointer, rule.begin) - sizeof(std::uintptr_t);
        const bool in_stack = at - first.stack_pointer < end_ - first.stack_pointer;
        if (rule.kind == FrameRule::Kind::from_sp && in_stack) second = word_at(at);
    }
    const std::uint64_t hash = (first.address * 5 ^ first.stack_pointer ^ second * 11) * 0x9e3779b97f4a7c15;
    return {(hash >> 53U) % kSets, static_cast<std::uint16_t>(hash >> 32U)};
}

// Would a walk go this way? The base is looked at first: what is inside of it is this stack's to read.
[[gnu::always_inline]] inline bool StackMemory::leads_on(const Path& path, const Caller& caller) const {
    const std::uintptr_t from = caller.stack_pointer;
    const auto place_of = [from](std::uint32_t words) { return from + sizeof(std::uintptr_t) * words; };
    if (path.stack_pointer_ != from) return false;
    if (path.address_ != reinterpret_cast<std::uintptr_t>(caller.return_address)) return false;
    if (path.generation_ != generation_ || path.base_ >= depth_) return false;
    const Place& base = places_[path.base_ + 1];
    if (base.stack_pointer != place_of(path.base_at_) || base.address != path.base_address_) return false;
    for (std::uint32_t i = 0; i < path.words_; ++i)
        if (word_at(place_of(path.at_[i])) != path.values_[i]) return false;
    if (path.frame_pointers_ == 0) [[likely]]
        return true;
    if ((path.frame_pointers_ & Path::kOfFirst) != 0 && path.frame_pointer_ != caller.frame_pointer)
        return false;
    return (path.frame_pointers_ & Path::kOfBase) == 0 ||
           path.base_frame_pointer_ == rest_[path.base_].frame_pointer;
}

// A bit for each way that has the tag.
[[gnu::always_inline]] inline std::uint32_t StackMemory::Tags::equal_to(std::uint16_t tag) const {
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(of.data()));
    const __m128i equal = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<std::int16_t>(tag)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
}

// Requests come in much the same order again: what followed a path is what follows it, and there is time to
// fetch it until then.
[[gnu::always_inline]] inline void StackMemory::foresee_from(Path& path) {
    if (last_ != nullptr) [[likely]]
        last_->next_ = static_cast<std::uint16_t>(&path - paths_);
    last_ = &path;
    foreseen_ = paths_ + path.next_;
    __builtin_prefetch(foreseen_);
    __builtin_prefetch(foreseen_->values_);
}

StackMemory::Path* StackMemory::recall(const Caller& caller) {
    if (foreseen_ == nullptr || !is_on_stack(caller.stack_pointer)) [[unlikely]]
        return nullptr;
    Path* const path = leads_on(*foreseen_, caller) ? foreseen_ : find(caller);
    if (path == nullptr || first_standing(path->base_) != 0) return nullptr;
    foresee_from(*path);
    return path;
}

[[gnu::noinline]] StackMemory::Path* StackMemory::find(const Caller& caller) {
    const Start start =
        start_of({caller.stack_pointer, reinterpret_cast<std::uintptr_t>(caller.return_address)});
    for (std::uint32_t alike = tags_[start.set].equal_to(start.tag); alike != 0; alike &= alike - 1) {
        Path& path = paths_[start.set * kWays + static_cast<std::size_t>(std::countr_zero(alike))];
        if (leads_on(path, caller)) return &path;
    }
    return nullptr;
}

void StackMemory::memorise() {
    const Place& first = places_[depth_];
    if (paths_ == nullptr || unchanged_ == 0 || first.stack_pointer == 0 ||
        depth_ - unchanged_ > Path::kMostWords)
        return;
    const std::uint32_t base = unchanged_ - 1;
    const Start start = start_of(first);
    const std::size_t way = next_ways_[start.set];
    next_ways_[start.set] = static_cast<std::uint8_t>((way + 1) % kWays);
    Path& path = paths_[start.set * kWays + way];
    path.generation_ = 0;  // until it is whole
    path.words_ = 0;
    const auto words_above = [&](std::uintptr_t at) {
        return (at - first.stack_pointer) / sizeof(std::uintptr_t);
    };
    const auto add = [&](std::uintptr_t at, std::uintptr_t value) {
        const std::uintptr_t words = words_above(at);
        if (path.words_ == Path::kMostWords || words > UINT16_MAX) return false;
        const std::uint32_t i = path.words_++;
        path.at_[i] = static_cast<std::uint16_t>(words);
        path.values_[i] = value;
        return true;
    };
    for (std::uint32_t frame = base; frame + 1 < depth_; ++frame) {
        const Rest& rest = rest_[frame];
        const Rest& inner = rest_[frame + 1];
        path.ids_[frame - base] = inner.known.id;
        if (FrameRule::unpacked(inner.known.rule).kind == FrameRule::Kind::saved_by_fp) return;
        if (!add(places_[frame + 1].stack_pointer - sizeof(std::uintptr_t), places_[frame + 1].address))
            return;
        const bool read = rest.needs_frame_pointer && rest.frame_pointer_at != kNowhere;
        if (read && !add(rest.frame_pointer_at, rest.frame_pointer)) return;
    }
    path.frames_ = static_cast<std::uint8_t>(depth_ - unchanged_);
    path.base_ = static_cast<std::uint16_t>(base);
    path.base_at_ = static_cast<std::uint32_t>(words_above(places_[base + 1].stack_pointer));
    path.base_address_ = places_[base + 1].address;
    path.frame_pointers_ = 0;
    if (rest_[base].needs_frame_pointer) path.frame_pointers_ |= Path::kOfBase;
    path.base_frame_pointer_ = rest_[base].frame_pointer;
    if (rest_[depth_ - 1].needs_frame_pointer) path.frame_pointers_ |= Path::kOfFirst;
    path.frame_pointer_ = rest_[depth_ - 1].frame_pointer;
    path.stack_pointer_ = first.stack_pointer;
    path.address_ = first.address;
    path.forget_leads();
    path.lead(rest_[base].site, rest_[depth_ - 1].site);
    path.generation_ = generation_;
    tags_[start.set].of[way] = start.tag;
    foresee_from(path);
}

bool StackMemory::update(const Caller& caller, std::uint32_t most) {
    const State first = {reinterpret_cast<std::uintptr_t>(caller.return_address), caller.stack_pointer,
                         caller.frame_pointer, kRegister};
    // Is it on this stack?
    used_ = true;
    if (!is_on_stack(caller.stack_pointer) || first.stack_pointer % sizeof(std::uintptr_t) != 0) return false;
    const Walk walked = walk(first, most);
    // A stack that was cut stays cut at the same frame, so that its sites stay the same; but not for long
    // after most of it has gone.
    const bool short_of = walked == Walk::done && cut_ && 2 * depth_ < most;
    if (walked != Walk::too_deep && !short_of) [[likely]]
        return walked == Walk::done;
    forget();
    return walk(first, most) == Walk::done;
}

void StackMemory::replace(void* const* addresses, std::uint32_t depth, bool cut) {
    const std::uint32_t before = cut == cut_ ? std::min(depth_, depth) : 0;
    std::uint32_t equal = 0;
    for (std::uint32_t i = 0; i < depth; ++i) {
        const auto address = reinterpret_cast<std::uintptr_t>(addresses[depth - 1 - i]);
        if (i == equal && i < before && places_[i + 1].address == address) ++equal;
        // At stack pointer 0 no walk will find it.
        places_[i + 1] = {0, address};
        if (i >= equal) rest_[i] = {0, kRegister, known(address), kNone, true};
    }
    checks_ = 0;
    unchanged_ = equal;
    depth_ = depth;
    cut_ = cut;
}

}  // namespace memo::tracer
