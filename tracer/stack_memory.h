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
// are kept as a path, by where it began (the stack pointer and the two innermost return addresses: one
// function that everybody allocates through stands at the same place for many a caller): where all of them
// stand as they did, and the path ends at a remembered frame, the walk would come the same way. A program of
// many call stacks has more paths than the caches hold, but takes them in much the same order again: each
// remembers which one came after it, and that one is fetched while the program is at work.
//
// Invariants: frames are outermost first; memory is read only between the stack pointer and the stack's end;
// a stack that the tables do not explain (compiled at run time, a signal's frame, another stack) is left to
// the caller. Thread safety: one a thread; the frames it looks up are shared and found without a lock.
#pragma once

#include "tracer/frames.h"
#include "tracer/settings.h"

#include <array>
#include <cstdint>
#include <span>

namespace memo::tracer {

// The state of the program where it called the malloc family.
struct Caller {
    const void* return_address = nullptr;
    std::uintptr_t stack_pointer = 0;  // after the return; 0: not known
    std::uintptr_t frame_pointer = 0;
};

class StackMemory {
  public:
    // For a new thread; `end` is above every frame of its stack. Before, all is zero, or of an earlier
    // thread.
    void begin(std::uintptr_t end);
    void forget() { depth_ = checks_ = 0; }
    // Code is no longer where it was.
    void forget_code() {
        forget();
        if (!used_) return;  // all zero, and better left untouched
        recent_.fill({});
        ++generation_;  // of 2^32: no path is kept that long
    }

    // How a walk came from its first frame to one that stayed, the base, and the sites that it led to from
    // those of the base. What a look-up reads of one is two cache lines as a rule.
    class alignas(64) Path {
      public:
        static constexpr std::uint32_t kMostWords = 7;

        [[nodiscard]] std::uint32_t base() const { return base_; }
        // The frames inside of the base, outermost first.
        [[nodiscard]] std::span<const std::uint32_t> frames() const { return {ids_, frames_}; }
        // The site that the path led to of late where this was the base's; kNone: not known.
        [[nodiscard]] std::uint32_t site_from(std::uint32_t base_site) const {
            if (lead_.from == base_site) [[likely]]
                return lead_.to;
            for (const Lead& lead : earlier_)
                if (lead.from == base_site) return lead.to;
            return kNone;
        }
        void forget_leads() {
            lead_ = {kNone, kNone};
            for (Lead& lead : earlier_) lead = lead_;
        }
        void lead(std::uint32_t from, std::uint32_t to) {
            earlier_[next_earlier_++ % kEarlier] = lead_;
            lead_ = {from, to};
        }

      private:
        friend class StackMemory;
        struct Lead {
            std::uint32_t from;
            std::uint32_t to;
        };
        static constexpr std::size_t kEarlier = 3;
        static constexpr std::uint8_t kOfFirst = 1;  // frame pointers that must be the same
        static constexpr std::uint8_t kOfBase = 2;

        // Of places on the stack, how many words above the first frame's stack pointer they are.
        std::uintptr_t stack_pointer_;
        std::uintptr_t address_;
        std::uintptr_t base_address_;
        std::uint32_t base_at_;
        std::uint32_t generation_;  // of the code
        Lead lead_;                 // the last one
        std::uint16_t at_[kMostWords];
        std::uint16_t base_;
        std::uint16_t next_;  // the path that was recalled after it
        std::uint8_t words_;
        std::uint8_t frame_pointers_;

        std::uintptr_t values_[kMostWords];
        std::uintptr_t frame_pointer_;
        std::uintptr_t base_frame_pointer_;

        std::uint32_t ids_[kMostWords];
        Lead earlier_[kEarlier];
        std::uint8_t frames_;
        std::uint8_t next_earlier_;
    };
    static_assert(sizeof(Path) == std::size_t{3} * 64);
    static_assert(kMaxDepth <= UINT16_MAX);

    // The path of `caller`, if the stack came by one of those of late; else nullptr.
    [[nodiscard]] Path* recall(const Caller& caller);
    // Keeps the way of the last update for `recall`: it led to the innermost frame's site.
    void memorise();

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
    static constexpr std::size_t kWays = 8;
    // Paths that begin alike, and what tells most of them apart.
    struct Tags {
        std::array<std::uint16_t, kWays> of;

        [[nodiscard]] std::uint32_t equal_to(std::uint16_t tag) const;
    };
    static constexpr std::size_t kSets = 2048;
    static_assert(kSets * kWays <= std::size_t{UINT16_MAX} + 1);
    struct Start {
        std::size_t set;
        std::uint16_t tag;
    };
    enum class Step : std::uint8_t { taken, outermost, unknown };
    enum class Walk : std::uint8_t { done, too_deep, unknown };

    [[nodiscard]] Walk walk(State state, std::uint32_t most);
    [[nodiscard]] Step step(State& state, std::uint32_t rule) const;
    // As far as can be told.
    [[nodiscard]] bool is_on_stack(std::uintptr_t stack_pointer) const {
        constexpr std::uintptr_t kLargestStack = std::uintptr_t{1} << 32;
        return end_ - stack_pointer <= kLargestStack;
    }
    [[nodiscard]] Path* find(const Caller& caller);
    void foresee_from(Path& path);
    [[nodiscard]] Start start_of(const Place& first);
    [[nodiscard]] bool leads_on(const Path& path, const Caller& caller) const;
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
    Path* paths_ = nullptr;  // kWays of each set, touched as far as they are used; nullptr without memory
    alignas(16) std::array<Tags, kSets> tags_ = {};
    std::array<std::uint8_t, kSets> next_ways_ = {};  // to be replaced
    Path* last_ = nullptr;                            // recalled or memorised; nullptr: none yet
    Path* foreseen_ = nullptr;                        // the one that followed it when it last came
    std::uint32_t generation_ = 0;  // of the code, and the thread: no path that is whole has 0
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
