// The blocks that are live at a moment of a walk over a trace, by address: open addressing with linear
// probing, at most three quarters full, 32 bytes a block. Thread safety: none.
#pragma once

#include "common/periods_symbols.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace memo {

struct Block {
    std::uint64_t address = 0;  // never 0
    std::uint64_t size = 0;
    std::uint64_t birth = 0;      // index of the event that allocated it
    std::uint32_t requester = 0;  // index into Requesters
    std::uint32_t ordinal = 0;    // how many allocations its thread had made before, modulo 2^32
};

class LiveBlocks {
  public:
    LiveBlocks() : slots_(64) {}

    // There is no block at its address.
    void insert(const Block& block) {
        if (4 * (count_ + 1) > 3 * slots_.size()) grow();
        std::size_t at = home(block.address);
        while (slots_[at].address != 0) at = next(at);
        slots_[at] = block;
        ++count_;
    }

    // Takes out the block at an address, if there is one.
    [[nodiscard]] std::optional<Block> take(std::uint64_t address) {
        std::size_t at = home(address);
        while (slots_[at].address != address) {
            if (slots_[at].address == 0) return std::nullopt;
            at = next(at);
        }
        const Block block = slots_[at];
        close(at);
        --count_;
        return block;
    }

    [[nodiscard]] std::size_t size() const { return count_; }

    template <class Visitor>
    void for_each(Visitor visit) const {
        for (const Block& block : slots_) {
            if (block.address != 0) visit(block);
        }
    }

  private:
    [[nodiscard]] std::size_t home(std::uint64_t address) const {
        return (address * 0x9e3779b97f4a7c15ULL >> 20U) & (slots_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

    // Moves back what would no longer be found past the hole (Knuth, TAOCP 3, 6.4, algorithm R).
    void close(std::size_t hole) {
        for (std::size_t at = next(hole); slots_[at].address != 0; at = next(at)) {
            const std::size_t wanted = home(slots_[at].address);
            const bool reaches = ((at - wanted) & (slots_.size() - 1)) < ((at - hole) & (slots_.size() - 1));
            if (reaches) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole].address = 0;
    }

    void grow() {
        std::vector<Block> old(slots_.size() * 2);
        old.swap(slots_);
        count_ = 0;
        for (const Block& block : old) {
            if (block.address != 0) insert(block);
        }
    }

    std::vector<Block> slots_;
    std::size_t count_ = 0;
};

}  // namespace memo
