// How many cycles an element takes for each kind of operation. The defaults are those of FloPoCo cores for
// floats of 5 exponent and 4 fraction bits (arXiv 2302.06751, section 4): multiply 2, add 3, and so a serial
// dot product of n terms takes 2 + 3n.
//
// An operation that starts in cycle t reads its operands in cycle t, but for the addend of an fmac, which is
// read where the product meets it, in cycle t + fmac - accumulate. Its result can be read from cycle
// t + latency on.
#pragma once

#include "scientific/hls/graph/graph.h"

#include <cstdint>

namespace memo::hls {

struct Latencies {
    std::uint32_t multiply = 2;
    std::uint32_t add = 3;      // subtract too, and the second half of an fmac
    std::uint32_t compare = 1;  // maximum, relu and negate
    std::uint32_t copy = 1;
    std::uint32_t exp = 5;
    std::uint32_t divide = 5;

    bool operator==(const Latencies&) const = default;
};

// Cycles from start to result; 0 for inputs and constants.
[[nodiscard]] constexpr std::uint32_t latency(const Latencies& latencies, Kind kind) {
    switch (kind) {
        case Kind::multiply:
            return latencies.multiply;
        case Kind::add:
        case Kind::subtract:
            return latencies.add;
        case Kind::fmac:
            return latencies.multiply + latencies.add;
        case Kind::maximum:
        case Kind::relu:
        case Kind::negate:
            return latencies.compare;
        case Kind::copy:
            return latencies.copy;
        case Kind::exp:
            return latencies.exp;
        case Kind::divide:
            return latencies.divide;
        case Kind::input:
        case Kind::constant:
            break;
    }
    return 0;
}

// Cycles from start to the reading of operand `index`.
[[nodiscard]] constexpr std::uint32_t read_delay(const Latencies& latencies, Kind kind, std::size_t index) {
    return kind == Kind::fmac && index == 2 ? latencies.multiply : 0;
}

}  // namespace memo::hls
