// A thread's call stack as it last was, and how to bring it up to date: between two allocations most of a
// stack stays, so only its inner end is walked again.
//
// Each remembered frame knows where the return address and the frame pointer that it came from stood in
// memory. Walking outwards by unwind tables, the first frame that is in the state of a remembered one ends
// the walk, once every remembered frame outside of it is found to stand in memory as it did: equal states and
// equal memory go on to equal states, so the rest is the same stack. Nothing is taken on trust.
//
// Invariants: frames are outermost first; memory is read only between the stack pointer and the stack's end;
// a stack that the tables do not explain (compiled at run time, a signal's frame, another stack) is left to
// the caller. Thread safety: one a thread; the rules it looks up are shared and found without a lock.
#pragma once

#include "tracer/frame_rules.h"
#include "tracer/id_table.h"
#include "tracer/settings.h"

#include <array>
#include <cstdint>

namespace memo::tracer {

// The state of the program where it called the malloc family.
struct Caller {
    const void* return_address = nullptr;
    std::uintptr_t stack_pointer = 0;  // after the return; 0: not known
    std::uintptr_t frame_pointer = 0;
};

class StackMemory {
  public:
    // For a new thread; `end` is above every frame of its stack.
    void begin(std::uintptr_t end) {
        forget_rules();
        end_ = end;
    }
    void forget() { depth_ = 0; }
    // Code is no longer where it was.
    void forget_rules() {
        forget();
        recent_.fill({});
    }

    // Takes the stack of `caller`, at most `most` frames of it (1 to kMaxDepth). False where the tables do
    // not explain it; then the stack remembered is an older one.
    [[nodiscard]] bool update(const Caller& caller, std::uint32_t most);

    // The same for return addresses from elsewhere, innermost first.
    void replace(void* const* addresses, std::uint32_t depth, bool cut);

    [[nodiscard]] std::uint32_t depth() const { return depth_; }
    // How many of the outermost frames are those of the update before, `site`s included.
    [[nodiscard]] std::uint32_t unchanged() const { return unchanged_; }
    // The stack goes on beyond the outermost frame.
    [[nodiscard]] bool cut() const { return cut_; }

    // Frame 0 is the outermost. Its `site` is the caller's to keep.
    [[nodiscard]] std::uintptr_t address(std::uint32_t frame) const { return frames_[frame].address; }
    [[nodiscard]] std::uint32_t site(std::uint32_t frame) const { return frames_[frame].site; }
    void set_site(std::uint32_t frame, std::uint32_t site) { frames_[frame].site = site; }

  private:
    struct Frame {
        std::uintptr_t address;  // where execution goes on
        std::uintptr_t stack_pointer;
        std::uintptr_t frame_pointer;
        std::uintptr_t frame_pointer_at;  // where it was read; kNowhere: kept; kElsewhere: walk it again
        std::uint32_t site;
    };
    static constexpr std::uintptr_t kNowhere = 0;
    static constexpr std::uintptr_t kElsewhere = 1;
    enum class Step : std::uint8_t { taken, outermost, unknown };
    enum class Walk : std::uint8_t { done, too_deep, unknown };

    [[nodiscard]] Walk walk(Frame frame, std::uint32_t most);
    [[nodiscard]] Step step(Frame& frame);
    [[nodiscard]] FrameRule rule_for(std::uintptr_t address);
    [[nodiscard]] static bool stands(const Frame& frame);
    void keep(std::uint32_t unchanged, std::uint32_t fresh, bool cut);

    // The rules used last, by return address: most are found here, in a cache line that is near.
    struct Recent {
        std::uintptr_t address;
        std::uint32_t packed;
    };
    std::array<Recent, 512> recent_ = {};

    std::uintptr_t end_ = 0;
    std::uint32_t depth_ = 0;
    std::uint32_t unchanged_ = 0;
    bool cut_ = false;
    Frame frames_[kMaxDepth] = {};
    Frame fresh_[kMaxDepth] = {};  // of the walk under way, innermost first
};

// Forgets all rules; in the child of a fork, where the lock is anew.
void forget_frame_rules();

}  // namespace memo::tracer
