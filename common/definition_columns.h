// Many small definitions of one kind in one record, by column: frames and nodes, which a trace has by the
// hundred thousand.
//
//     | first id varint | count varint | bytes of the first column varint | first column | second column
//
//     frames | module id + 1 varint            | offset varint
//     nodes  | 0: the parent is the node       | frame id + 1 varint;
//            | before it; 1: it has none;      | 0: the frames that were not kept
//            | else how many ids it is back    |
//
// Ids count on from the first. Invariants: whoever adds sees to it that there is room. Thread safety: none.
#pragma once

#include "common/trace.h"
#include "common/varint.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace memo::format {

inline constexpr std::uint64_t kParentIsLast = 0;
inline constexpr std::uint64_t kNoParent = 1;

// How a node's parent is written. A parent's id is below its child's.
[[nodiscard]] constexpr std::uint64_t parent_code(std::uint32_t id, std::uint32_t parent) {
    if (parent == kNone) return kNoParent;
    return id - parent == 1 ? kParentIsLast : id - parent;
}

template <std::uint32_t Most>
class DefinitionColumns {
  public:
    static constexpr std::size_t kMostBytes = 3 * kMaxVarint + 2 * std::size_t{Most} * kMaxVarint;

    void clear() { count_ = 0; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    // Can a definition with this id be the next one?
    [[nodiscard]] bool takes(std::uint32_t id) const {
        return count_ == 0 || (count_ < Most && id == first_id_ + count_);
    }
    void add(std::uint32_t id, std::uint64_t first, std::uint64_t second) {
        if (count_ == 0) {
            first_id_ = id;
            first_end_ = first_.data();
            second_end_ = second_.data();
        }
        first_end_ = put_varint(first_end_, first);
        second_end_ = put_varint(second_end_, second);
        ++count_;
    }
    // Writes the record's body at `out` (room for kMostBytes); returns the end.
    [[nodiscard]] std::uint8_t* write(std::uint8_t* out) const {
        const auto first_bytes = static_cast<std::size_t>(first_end_ - first_.data());
        const auto second_bytes = static_cast<std::size_t>(second_end_ - second_.data());
        out = put_varint(out, first_id_);
        out = put_varint(out, count_);
        out = put_varint(out, first_bytes);
        std::memcpy(out, first_.data(), first_bytes);
        std::memcpy(out + first_bytes, second_.data(), second_bytes);
        return out + first_bytes + second_bytes;
    }

  private:
    std::uint32_t count_ = 0;
    std::uint32_t first_id_ = 0;
    std::uint8_t* first_end_ = nullptr;
    std::uint8_t* second_end_ = nullptr;
    std::array<std::uint8_t, Most* kMaxVarint> first_ = {};
    std::array<std::uint8_t, Most* kMaxVarint> second_ = {};
};

}  // namespace memo::format
