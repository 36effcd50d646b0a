// Slots and ports (reservations.h).
#include "scientific/hls/schedule/reservations.h"

#include <algorithm>

namespace memo::hls {

std::uint64_t Reservations::next_start(std::uint32_t element, std::uint64_t cycle, std::uint64_t end,
                                       std::uint32_t latency) const {
    while (cycle < end) {
        const auto slot = static_cast<std::uint32_t>(cycle % slots_);
        const std::uint64_t word = used_[std::size_t{element} * words_ + slot / 64] >> (slot % 64);
        if (word == UINT64_MAX >> (slot % 64)) {  // none left in this word
            cycle += std::min(64 - slot % 64, slots_ - slot);
            continue;
        }
        if ((word & 1U) == 0 &&
            !taken(finishing_, element, static_cast<std::uint32_t>((cycle + latency) % slots_)))
            return cycle;
        ++cycle;
    }
    return UINT64_MAX;
}

void Reservations::start(std::uint32_t element, std::uint64_t cycle, std::uint32_t latency) {
    take(used_, element, static_cast<std::uint32_t>(cycle % slots_));
    take(finishing_, element, static_cast<std::uint32_t>((cycle + latency) % slots_));
}

bool Reservations::can_read(std::uint32_t bank, std::uint64_t cycle, NodeId value) const {
    const std::size_t first = first_port(bank, cycle);
    const Read wanted{value, static_cast<std::uint32_t>(cycle / slots_)};
    for (std::size_t port = first; port < first + ports_; ++port)
        if (reads_[port].value == kNoNode || reads_[port] == wanted) return true;
    return ports_ == 0;
}

bool Reservations::can_read_both(std::uint32_t bank, std::uint64_t cycle, NodeId a, NodeId b) const {
    const std::size_t first = first_port(bank, cycle);
    const auto turn = static_cast<std::uint32_t>(cycle / slots_);
    std::size_t wanted = 2;
    std::size_t free = 0;
    for (std::size_t port = first; port < first + ports_; ++port) {
        if (reads_[port].value == kNoNode) ++free;
        if (reads_[port] == Read{a, turn} || reads_[port] == Read{b, turn}) --wanted;
    }
    return ports_ == 0 || wanted <= free;
}

void Reservations::read(std::uint32_t bank, std::uint64_t cycle, NodeId value) {
    const std::size_t first = first_port(bank, cycle);
    const Read wanted{value, static_cast<std::uint32_t>(cycle / slots_)};
    for (std::size_t port = first; port < first + ports_; ++port) {
        if (reads_[port] == wanted) return;
        if (reads_[port].value == kNoNode) {
            reads_[port] = wanted;
            return;
        }
    }
}

}  // namespace memo::hls
