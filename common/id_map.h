// From the ids of a file to indices. Writers number what they define from 0 on, so an array does; but a file
// may claim any id, so those far beyond the number of entries go to a hash table, and memory stays
// proportional to the entries. Thread safety: none.
#pragma once

#include "common/none.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace memo {

class IdMap {
  public:
    // kNone: the id is not known (kNone itself never is).
    [[nodiscard]] std::uint32_t find(std::uint32_t id) const {
        if (id < dense_.size() && dense_[id] != kNone) return dense_[id];
        if (sparse_.empty()) return kNone;
        const auto found = sparse_.find(id);
        return found == sparse_.end() ? kNone : found->second;
    }
    // `id` is not known yet, and not kNone.
    void set(std::uint32_t id, std::uint32_t index) {
        ++entries_;
        if (id >= dense_.size() && id < kFree + 2 * entries_) dense_.resize(std::size_t{id} + 1, kNone);
        if (id < dense_.size()) {
            dense_[id] = index;
        } else {
            sparse_.emplace(id, index);
        }
    }

  private:
    static constexpr std::uint64_t kFree = 4096;  // ids that cost nothing worth saving

    std::vector<std::uint32_t> dense_;
    std::unordered_map<std::uint32_t, std::uint32_t> sparse_;
    std::uint64_t entries_ = 0;
};

}  // namespace memo
