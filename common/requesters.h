// Who asked for memory: call stack, open context and thread, as one small number each. What is to be added up
// by stack, op tag, module or thread is added up by requester first, so that one walk over a trace does for
// all of them. Thread safety: concurrent reads are fine.
#pragma once

#include "common/none.h"

#include <cstdint>
#include <vector>

namespace memo {

struct Requester {
    std::uint32_t site = kNone;
    std::uint32_t context = kNone;
    std::uint32_t thread = kNone;

    bool operator==(const Requester&) const = default;
};

class Requesters {
  public:
    // The number of a requester; they are numbered by first appearance.
    std::uint32_t index_of(const Requester& requester);

    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] const Requester& operator[](std::uint32_t index) const { return all_[index]; }
    [[nodiscard]] const std::vector<Requester>& all() const { return all_; }

  private:
    [[nodiscard]] std::size_t home(const Requester& requester) const;
    void grow();

    std::vector<Requester> all_;
    std::vector<std::uint32_t> table_;  // open addressing; at most half full
};

}  // namespace memo
