// A plan block held as the allocator holds one: in memory aligned to 8 bytes, checked by `check_plan` before
// it is read. Tests change its bytes in place and set the checksum right again, so that the checks behind the
// checksum are reached too.
//
// Invariants: `view()` and `replay memory` are used only after `wrong()` answered nullptr.
#pragma once

#include "allocator/replay.h"
#include "common/crc32c.h"
#include "common/plan_format.h"
#include "common/plan_view.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace memo::testing {

class CheckedPlan {
  public:
    explicit CheckedPlan(std::span<const char> bytes)
        : words_(bytes.size() / sizeof(std::uint64_t) + 1), size_(bytes.size()) {
        if (!bytes.empty()) std::memcpy(words_.data(), bytes.data(), bytes.size());
    }

    [[nodiscard]] char* data() { return reinterpret_cast<char*>(words_.data()); }
    [[nodiscard]] std::size_t size() const { return size_; }

    // What `check_plan` says; nullptr if the plan is sound.
    [[nodiscard]] const char* wrong() const {
        std::vector<std::uint64_t> scratch(plan_check_scratch_words(words_.data(), size_));
        return check_plan(words_.data(), size_, scratch);
    }

    [[nodiscard]] PlanView view() const { return PlanView(words_.data()); }

    void fix_checksum() {
        if (size_ < sizeof(PlanHeader)) return;
        char* const at = data() + offsetof(PlanHeader, checksum);
        std::uint32_t checksum = 0;
        std::memcpy(at, &checksum, sizeof checksum);
        checksum = crc32c(data(), size_);
        std::memcpy(at, &checksum, sizeof checksum);
    }

  private:
    std::vector<std::uint64_t> words_;
    std::size_t size_;
};

// Zeroed memory for one replay of a plan.
[[nodiscard]] inline std::vector<std::uint64_t> replay_memory(const PlanView& plan) {
    return std::vector<std::uint64_t>((Replay::memory_needed(plan) + sizeof(std::uint64_t) - 1) /
                                      sizeof(std::uint64_t));
}

}  // namespace memo::testing
