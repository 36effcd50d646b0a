// Finding the place in a plan again, for a thread whose requests no slot near the cursor asks for: it went
// further on than replay looks ahead, or back, or something took a few of its requests for others.
//
// A *trail* holds what the thread asked for lately. Where its last kGram requests stand in the plan in the
// same order, there the thread is. The index from grams to slots is made when a plan is loaded and never
// written again. It knows a caller by the last bits of its return address, which are the same wherever its
// module lies, so it may be mistaken: where it leads, replay only passes slots, as it does for any program
// that leaves something out, so that a mistake costs hits and never safety.
//
// Thread safety: a finder is read-only after `prepare`; a trail belongs to the owner of its arena.
#pragma once

#include "allocator/replay.h"
#include "common/plan_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace memo {

class Trail {
  public:
    static constexpr unsigned kLength = 16;
    // Modules begin at whole pages, and no page is smaller than this.
    static constexpr std::uintptr_t kCallerBits = 0xfff;

    struct Request {
        std::uint64_t size = 0;
        std::uint32_t alignment = 0;
        std::uint32_t caller = 0;  // the last bits of the return address
    };

    void add(const Request& request) { requests_[made_++ % kLength] = request; }
    void clear() { made_ = 0; }

    [[nodiscard]] bool empty() const { return made_ == 0; }
    [[nodiscard]] unsigned count() const { return made_ < kLength ? made_ : kLength; }
    // The k-th request before the last one, 0 <= k < count().
    [[nodiscard]] const Request& back(unsigned k) const { return requests_[(made_ - 1 - k) % kLength]; }

    [[nodiscard]] static std::uint32_t bits_of(std::uint64_t offset) {
        return static_cast<std::uint32_t>(offset & kCallerBits);
    }

  private:
    friend class PlaceFinder;

    Request requests_[kLength] = {};
    std::uint32_t made_ = 0;
    std::uint64_t hits_ = 0;  // of the replay, when the trail was looked at last
};

class PlaceFinder {
  public:
    // Requests in a row that tell one place from others; the last ones of a trail.
    static constexpr unsigned kGram = 8;
    static_assert(kGram <= Trail::kLength);

    // Bytes of memory that the finder of a plan works in; owned by the caller of `prepare`.
    [[nodiscard]] static std::size_t memory_needed(const PlanView& plan);
    // O(slots log slots); afterwards the memory is not written any more. `plan` must outlive the finder.
    void prepare(const PlanView& plan, void* memory);

    // Whether a slot may have this caller: others leave no trail.
    [[nodiscard]] bool knows(std::uint32_t caller) const {
        return (known_[caller / 64] >> (caller % 64) & 1) != 0;
    }

    // What became of a request that was not on the planned path. True if the replay was moved to a slot that
    // the request seems to be: it is to be made once more. Not if it `must_stay`.
    [[nodiscard]] bool move(Replay& replay, Trail& trail, const Answer& answer, const Trail::Request& request,
                            bool must_stay) const;

    // The slot that the last request of the trail is. Of several that the whole trail agrees with, the next
    // one from the cursor on; while the trail is short and they cannot be told apart, nothing yet. O(log
    // slots), and a bounded number of looks.
    [[nodiscard]] std::optional<std::uint32_t> find(const Trail& trail, std::uint32_t cursor) const;

  private:
    [[nodiscard]] bool agrees(std::uint32_t slot, const Trail::Request& request) const;
    [[nodiscard]] unsigned agreement(std::uint32_t last, const Trail& trail) const;

    PlanView plan_;
    const std::uint64_t* entries_ = nullptr;  // ascending: a gram's hash, and the slot that it ends with
    const std::uint64_t* known_ = nullptr;    // bit k: some slot's caller has these last bits
    std::uint32_t count_ = 0;
};

}  // namespace memo
