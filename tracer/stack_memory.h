// A thread's call stack as it last was, and how to bring it up to date: between two allocations most of a
// stack stays, so only its inner end is walked again.
//
// A walk goes outwards by unwind tables. The first frame that is in the state of a remembered one ends it, if
// every remembered frame outside of that one stands in memory as it did: equal states and equal memory go on
// to equal states, so the rest is the same stack. Nothing is taken on trust, but no more is compared than the
// walk would look at: of a frame pointer that no frame outside goes by (most code uses the register for
// something else) neither the value nor the memory matters.
//
// Where a program allocates in a loop even that walk is the same again and again. So the words that it met
// are kept as a path, by the return address and the stack pointer that it began at: where all of them stand
// as they did, and the path ends at a remembered frame, the walk would come the same way.
//
// Invariants: frames are outermost first; memory is read only between the stack pointer and the stack's end;
// a stack that the tables do not explain (compiled at run time, a signal's frame, another stack) is left to
// the caller. Thread safety: one a thread; the frames it looks up are shared and found without a lock.
#pragma once

#include "tracer/frames.h"
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
        forget();
        end_ = end;
        places_[0] = {UINTPTR_MAX, 0};
    }
    void forget() { depth_ = checks_ = 0; }
    // Code is no longer where it was.
    void forget_code() {
        forget();
        if (!used_) return;  // all zero, and better left untouched
        recent_.fill({});
        paths_.fill({});
    }

    // How a walk came from its first frame to one that stayed, the base.
    struct Path {
        std::uint32_t base;
        std::uint32_t serial;  // no two paths of a thread have the same one
        std::uint32_t frames;  // inside of the base, outermost first
        const std::uint32_t* ids;
    };
    // The path of `caller`, if the stack came by one of those of late; else no serial number.
    [[nodiscard]] Path recall(const Caller& caller) const;
    // Keeps the way of the last update for `recall`. False when serial numbers begin anew with the next.
    bool memorise();
    static constexpr std::uint32_t kMostSerials = 0x7fffffff;

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

    // The id of a frame; frame 0 is the outermost. Its `site` is the caller's to keep.
    [[nodiscard]] std::uint32_t frame(std::uint32_t at) const { return rest_[at].known.id; }
    [[nodiscard]] std::uint32_t site(std::uint32_t at) const { return rest_[at].site; }
    void set_site(std::uint32_t at, std::uint32_t site) { rest_[at].site = site; }

  private:
    // The program in one frame, as the frame inside of it leaves it.
    struct State {
        std::uintptr_t address;  // where execution goes on
        std::uintptr_t stack_pointer;
        std::uintptr_t frame_pointer;
        std::uintptr_t frame_pointer_at;  // where it was read; kNowhere: it is the inner frame's
    };
    static constexpr std::uintptr_t kNowhere = 0;
    static constexpr std::uintptr_t kRegister = 1;  // never to be read again
    struct Fresh {
        State state;
        KnownFrame known;
    };
    // A remembered frame is in two parts: what every walk compares, and the rest.
    struct Place {
        std::uintptr_t stack_pointer;  // 0: of a stack that was not walked; the address stands below it
        std::uintptr_t address;
    };
    struct Rest {
        std::uintptr_t frame_pointer;
        std::uintptr_t frame_pointer_at;
        KnownFrame known;
        std::uint32_t site;
        bool needs_frame_pointer;  // it, or a frame outside that is given the same one, goes by it
    };
    // A word that a frame stands on, besides its return address.
    struct Check {
        std::uintptr_t at;
        std::uintptr_t value;
        std::uint32_t frame;
        std::uint32_t from;  // it is about the outermost frames if these are so many, or more
    };
    struct KeptPath {
        static constexpr std::uint32_t kMostWords = 6;
        Place first;
        Place base_place;
        std::uint32_t base;
        std::uint32_t serial;
        std::uint8_t words;
        std::uint8_t frames;
        bool needs_frame_pointer;
        bool base_needs_frame_pointer;
        std::uint16_t at[kMostWords];  // in words from the first frame's stack pointer on
        std::uintptr_t values[kMostWords];
        std::uint32_t ids[kMostWords];
        std::uintptr_t frame_pointer;
        std::uintptr_t base_frame_pointer;
    };
    static constexpr std::size_t kWays = 4;
    using Ways = std::array<KeptPath, kWays>;
    enum class Step : std::uint8_t { taken, outermost, unknown };
    enum class Walk : std::uint8_t { done, too_deep, unknown };

    [[nodiscard]] Walk walk(State state, std::uint32_t most);
    [[nodiscard]] Step step(State& state, std::uint32_t rule) const;
    [[nodiscard]] static std::size_t ways_of(const Place& first);
    [[nodiscard]] bool leads_on(const KeptPath& path, const Caller& caller) const;
    [[nodiscard]] KnownFrame known(std::uintptr_t address);
    [[nodiscard]] std::uint32_t first_standing(std::uint32_t frames) const;
    [[nodiscard]] std::uint32_t find_first_standing(std::uint32_t frames) const;
    void copy_inner(std::uint32_t first, std::uint32_t end, State& state, std::uint32_t& fresh);
    void keep(std::uint32_t unchanged, std::uint32_t fresh, bool cut);
    void add_checks(std::uint32_t frame);

    // The frames looked up last, by return address: most are found here, in a cache line that is near.
    struct Recent {
        std::uintptr_t address;
        KnownFrame known;
    };
    std::array<Recent, 4096> recent_ = {};
    std::array<Ways, 512> paths_ = {};
    std::uint32_t last_serial_ = 0;
    bool used_ = false;

    std::uintptr_t end_ = 0;
    std::uint32_t depth_ = 0;
    std::uint32_t unchanged_ = 0;
    std::uint32_t checks_ = 0;
    bool cut_ = false;
    Place places_[kMaxDepth + 1] = {};  // of frame 0, 1, ..., behind one that no stack pointer is above
    Rest rest_[kMaxDepth] = {};
    Check check_[2 * kMaxDepth] = {};
    Fresh fresh_[kMaxDepth] = {};  // of the walk under way, innermost first
};

}  // namespace memo::tracer
