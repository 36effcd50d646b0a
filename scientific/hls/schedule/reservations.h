// Which slots of which elements, and which read ports of which banks, are taken. All cycles are taken modulo
// the number of slots. Thread safety: a plain value.
#pragma once

#include "scientific/hls/graph/graph.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo::hls {

class Reservations {
  public:
    Reservations(std::uint32_t elements, std::uint32_t slots, std::uint32_t ports)
        : slots_(slots),
          ports_(ports),
          words_((slots + 63) / 64),
          used_(std::size_t{elements} * words_),
          finishing_(used_.size()),
          reads_(std::size_t{elements} * slots * ports) {}

    [[nodiscard]] std::uint32_t slots() const { return slots_; }

    // The first cycle from `cycle` on, and before `end`, in which the element can start an operation of
    // `latency`; else UINT64_MAX.
    [[nodiscard]] std::uint64_t next_start(std::uint32_t element, std::uint64_t cycle, std::uint64_t end,
                                           std::uint32_t latency) const;
    void start(std::uint32_t element, std::uint64_t cycle, std::uint32_t latency);

    // Whether the value in this bank can be read in this cycle: a port is free, or reads it already.
    [[nodiscard]] bool can_read(std::uint32_t bank, std::uint64_t cycle, NodeId value) const;
    // Two values of one bank in one cycle, each of which could be read alone.
    [[nodiscard]] bool can_read_both(std::uint32_t bank, std::uint64_t cycle, NodeId a, NodeId b) const;
    void read(std::uint32_t bank, std::uint64_t cycle, NodeId value);

  private:
    struct Read {
        NodeId value;
        std::uint32_t turn = 0;  // cycle / slots: of another turn it is another sample's value

        bool operator==(const Read&) const = default;
    };
    [[nodiscard]] bool taken(const std::vector<std::uint64_t>& table, std::uint32_t element,
                             std::uint32_t slot) const {
        return (table[std::size_t{element} * words_ + slot / 64] >> (slot % 64) & 1U) != 0;
    }
    void take(std::vector<std::uint64_t>& table, std::uint32_t element, std::uint32_t slot) const {
        table[std::size_t{element} * words_ + slot / 64] |= std::uint64_t{1} << (slot % 64);
    }
    [[nodiscard]] std::size_t first_port(std::uint32_t bank, std::uint64_t cycle) const {
        return (std::size_t{bank} * slots_ + cycle % slots_) * ports_;
    }

    std::uint32_t slots_;
    std::uint32_t ports_;
    std::size_t words_;
    std::vector<std::uint64_t> used_;       // by element: a bit a slot
    std::vector<std::uint64_t> finishing_;  // likewise: slots in which an operation finishes
    std::vector<Read> reads_;               // by bank, slot, port
};

}  // namespace memo::hls
