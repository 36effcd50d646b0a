// Walking call stacks (tracer/stack_memory.h).
#include "tracer/stack_memory.h"

#include "tracer/lock.h"
#include "tracer/modules.h"

#include <algorithm>

namespace memo::tracer {
namespace {

constinit IdTable rules;  // packed, by return address and epoch
constexpr std::size_t kMostRules = std::size_t{1} << 20;

std::uintptr_t word_at(std::uintptr_t address) {
    return *static_cast<const std::uintptr_t*>(pointer_to(address));
}

[[gnu::noinline]] FrameRule find_rule(std::uintptr_t return_address) {
    const std::uint64_t key = mix(module_epoch(), return_address);
    const std::uint32_t packed = rules.find(key);
    if (packed != kNone) return FrameRule::unpacked(packed);
    ModuleView module;
    if (!find_module(pointer_to(return_address), module)) return {};
    const FrameRule rule = frame_rule_at(return_address, module);
    const Locked lock;
    if (rules.find(key) == kNone && rules.size() < kMostRules) (void)rules.insert(key, rule.packed());
    return rule;
}

}  // namespace

[[gnu::always_inline]] inline FrameRule StackMemory::rule_for(std::uintptr_t address) {
    Recent& recent = recent_[spread(address) % recent_.size()];
    if (recent.address != address) [[unlikely]]
        recent = {address, find_rule(address).packed()};
    return FrameRule::unpacked(recent.packed);
}

bool StackMemory::stands(const Frame& frame) {
    if (frame.frame_pointer_at == kElsewhere) return false;
    if (word_at(frame.stack_pointer - sizeof(std::uintptr_t)) != frame.address) return false;
    return frame.frame_pointer_at == kNowhere || word_at(frame.frame_pointer_at) == frame.frame_pointer;
}

[[gnu::always_inline]] inline StackMemory::Step StackMemory::step(Frame& frame) {
    const FrameRule rule = rule_for(frame.address);
    const auto in_stack = [&](std::uintptr_t at) {
        return at >= frame.stack_pointer && at < end_ && at % sizeof(std::uintptr_t) == 0;
    };
    const auto offset_by = [](std::uintptr_t from, std::int32_t bytes) {
        return from + static_cast<std::uintptr_t>(std::int64_t{bytes});
    };
    std::uintptr_t above = 0;  // the stack pointer of the frame above
    switch (rule.kind) {
        case FrameRule::Kind::unknown:
            return Step::unknown;
        case FrameRule::Kind::outermost:
            return Step::outermost;
        case FrameRule::Kind::from_sp:
            above = offset_by(frame.stack_pointer, rule.begin);
            break;
        case FrameRule::Kind::from_fp:
            above = offset_by(frame.frame_pointer, rule.begin);
            break;
        case FrameRule::Kind::saved_by_fp:
            above = offset_by(frame.frame_pointer, rule.begin);
            if (!in_stack(above)) return Step::unknown;
            above = word_at(above);
            break;
    }
    if (above <= frame.stack_pointer || !in_stack(above - sizeof above)) return Step::unknown;

    Frame next = {word_at(above - sizeof above), above, frame.frame_pointer, kNowhere, kNone};
    if (rule.frame_pointer != FrameRule::FramePointer::kept) {
        const bool near_fp = rule.frame_pointer == FrameRule::FramePointer::saved_near_fp;
        const std::uintptr_t at = offset_by(near_fp ? frame.frame_pointer : above, rule.fp_offset);
        if (!in_stack(at)) return Step::unknown;
        next.frame_pointer = word_at(at);
        next.frame_pointer_at = at;
    }
    if (rule.kind == FrameRule::Kind::saved_by_fp) next.frame_pointer_at = kElsewhere;
    if (next.address == 0) return Step::outermost;
    frame = next;
    return Step::taken;
}

// The walk's frames become the inner ones, on top of those that stay.
void StackMemory::keep(std::uint32_t unchanged, std::uint32_t fresh, bool cut) {
    std::reverse_copy(fresh_, fresh_ + fresh, frames_ + unchanged);
    unchanged_ = unchanged;
    depth_ = unchanged + fresh;
    cut_ = cut;
}

[[gnu::always_inline]] inline StackMemory::Walk StackMemory::walk(Frame frame, std::uint32_t most) {
    std::uint32_t fresh = 0;
    std::uint32_t left = depth_;  // remembered frames that may still be part of this stack
    for (;;) {
        while (left > 0 && frames_[left - 1].stack_pointer < frame.stack_pointer) --left;
        const Frame* const same = left > 0 ? &frames_[left - 1] : nullptr;
        if (same != nullptr && same->stack_pointer == frame.stack_pointer && same->address == frame.address &&
            same->frame_pointer == frame.frame_pointer) {
            std::uint32_t standing = left - 1;
            while (standing > 0 && stands(frames_[standing - 1])) --standing;
            if (standing == 0) {
                if (left + fresh > most) return Walk::too_deep;
                return keep(left, fresh, cut_), Walk::done;
            }
            // Only these inner ones are as they were: their sites are not, because what is outside differs.
            if (fresh + (left - standing) > most) return Walk::too_deep;
            for (; left > standing; --left) fresh_[fresh++] = frames_[left - 1];
            frame = fresh_[fresh - 1];
        } else {
            fresh_[fresh++] = frame;
        }
        if (fresh == most) return keep(0, fresh, true), Walk::done;
        const Step taken = step(frame);
        if (taken == Step::unknown) return Walk::unknown;
        if (taken == Step::outermost) return keep(0, fresh, false), Walk::done;
    }
}

bool StackMemory::update(const Caller& caller, std::uint32_t most) {
    constexpr std::uintptr_t kLargestStack = std::uintptr_t{1} << 32;
    const Frame first = {reinterpret_cast<std::uintptr_t>(caller.return_address), caller.stack_pointer,
                         caller.frame_pointer, kElsewhere, kNone};
    if (end_ - caller.stack_pointer > kLargestStack) return false;  // not on this stack
    const Walk walked = walk(first, most);
    // A stack that was cut stays cut at the same frame, so that its sites stay the same; but not for long
    // after most of it has gone.
    const bool short_of = walked == Walk::done && cut_ && 2 * depth_ < most;
    if (walked != Walk::too_deep && !short_of) return walked == Walk::done;
    forget();
    return walk(first, most) == Walk::done;
}

void StackMemory::replace(void* const* addresses, std::uint32_t depth, bool cut) {
    const std::uint32_t before = cut == cut_ ? std::min(depth_, depth) : 0;
    std::uint32_t equal = 0;
    for (std::uint32_t i = 0; i < depth; ++i) {
        const auto address = reinterpret_cast<std::uintptr_t>(addresses[depth - 1 - i]);
        if (i == equal && i < before && frames_[i].address == address) ++equal;
        // At stack pointer 0 no walk will find it.
        frames_[i] = {address, 0, 0, kElsewhere, i < equal ? frames_[i].site : kNone};
    }
    unchanged_ = equal;
    depth_ = depth;
    cut_ = cut;
}

void forget_frame_rules() {
    rules.clear();
}

}  // namespace memo::tracer
