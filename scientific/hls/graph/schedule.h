// When and where every operation of a graph happens, and where its result lies: all that hardware needs to
// know. Written by the scheduler (schedule/) and the buffer planner (buffers/), judged by the validator, read
// by the cycle-accurate model and the hardware generator (rtl/).
//
// The machine. A design has elements; each may start one operation a cycle and finish one a cycle. A new
// sample begins every `interval` cycles; cycles are counted from a sample's own beginning, so an operation
// with start cycle t happens in slot t mod interval, t / interval intervals after its sample began (its
// stage), while younger samples are in earlier stages. All of them repeat the same table of `interval`
// instructions an element.
//
// Memory. An element writes its results into a bank of its own, whose words can be read without delay; a word
// written for cycle t (start + latency) can be read from cycle t on. Any element can read any bank as operand
// a or b; in one cycle at most `read_ports` different words of a bank are read so, each by any number of
// elements. The addend of an fmac is a constant or lies in the element's own bank, which has another port for
// it: a chain stays on one element, and all its sums have one place, the accumulator. Constants are part of
// the instruction.
//
// Samples. A value that lives longer than an interval has several copies, a power of two: that of sample n
// (counted from 0) is word `address + n mod copies`, where `address` is a multiple of `copies`. The sample an
// operation of stage s works on is the youngest one minus s. The numbers of sample n lie in buffer
// n mod `input_copies` of the input memory, all from cycle 0 on, readable by all elements at once; outputs
// are read in cycle `latency`, all at once.
#pragma once

#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/latencies.h"

#include <cstdint>
#include <vector>

namespace memo::hls {

// What an element can compute: `mac` does all but exp and divide, `function` only these two.
enum class ElementKind : std::uint8_t { mac, function };

[[nodiscard]] constexpr ElementKind element_kind(Kind kind) {
    return kind == Kind::exp || kind == Kind::divide ? ElementKind::function : ElementKind::mac;
}

// Where a result lies: words of a bank, which has the index of the element that writes it.
struct Place {
    std::uint32_t address = 0;
    std::uint32_t copies = 0;  // a power of two; 0: the value isn't kept (nobody reads it)

    bool operator==(const Place&) const = default;
};

inline constexpr std::uint32_t kNowhere = UINT32_MAX;

struct Schedule {
    std::uint32_t interval = 0;  // cycles between samples
    std::uint32_t latency = 0;   // cycles from the beginning of a sample until all its outputs can be read
    Latencies latencies;
    std::uint32_t read_ports =
        2;  // of every bank; 0: all results lie in registers, read by anyone, addends too
    std::vector<ElementKind> elements;      // by index
    std::vector<std::uint32_t> element_of;  // by node; kNowhere for inputs and constants
    std::vector<std::uint32_t> start_of;    // by node; cycle; 0 for inputs and constants
    std::vector<Place> places;              // by node; in the bank of its element; not for inputs, constants
    std::vector<std::uint32_t> bank_words;  // by element: how large its bank is
    std::uint32_t input_copies = 1;         // a power of two

    [[nodiscard]] std::uint32_t slot(NodeId node) const { return start_of[node.value] % interval; }
    [[nodiscard]] std::uint32_t stage(NodeId node) const { return start_of[node.value] / interval; }
    bool operator==(const Schedule&) const = default;
};

// The cycle in which a node's result can be read first: 0 for inputs and constants.
[[nodiscard]] inline std::uint32_t ready_cycle(const Graph& graph, const Schedule& schedule, NodeId node) {
    return schedule.start_of[node.value] + latency(schedule.latencies, graph[node].kind);
}

}  // namespace memo::hls
