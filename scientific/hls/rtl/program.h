// A schedule as the instructions of the machine (hardware/machine.sv): per cycle of the interval and element,
// what is read, what starts and what finishes. Also decides what a schedule leaves open: which port of a bank
// serves which read, and how many copies of results the output memory keeps.
//
// Invariants: `instructions[slot * elements + element]`; every field fits its width in `shape`. Thread
// safety: plain values, pure functions.
#pragma once

#include "common/result.h"
#include "scientific/hls/arithmetic/arithmetic.h"
#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/schedule.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace memo::hls {

// The parameters of hardware/machine.sv.
struct MachineShape {
    Format format;
    std::uint32_t interval = 1;
    std::uint32_t latency = 1;
    std::uint32_t elements = 1;
    std::vector<bool> functions;  // by element: exp and divide
    std::uint32_t inputs = 1;     // numbers a sample
    std::uint32_t input_copies = 1;
    std::uint32_t outputs = 1;  // different numbers a result
    std::uint32_t output_copies = 1;
    std::uint32_t ports = 1;  // for operands a and b, of every bank
    std::uint32_t depth = 1;  // words of the largest bank
    int address_bits = 1;     // A
    int number_bits = 1;      // N, of samples
    int value_bits = 1;       // V, of constants, input numbers and crossbar lines
    int output_bits = 1;      // O
    int slot_bits = 1;
    int instruction_bits = 1;  // a multiple of 4: hexadecimal digits belong to one element
};

struct MachineProgram {
    // Of a value of one sample: base address, copies - 1, and how many samples younger than it have begun.
    struct At {
        std::uint32_t base = 0;
        std::uint32_t mask = 0;
        std::uint32_t stage = 0;
        bool operator==(const At&) const = default;
    };
    enum class From : std::uint8_t { constant, input, line, own };
    struct Operand {
        From from = From::constant;
        std::uint32_t stage = 0;
        std::uint64_t what = 0;
    };
    struct Instruction {
        std::vector<At> reads;  // as many as ports are used; machine: `ports`
        At addend;
        std::array<Operand, 3> operands;
        std::uint8_t start = 0;
        std::uint8_t finish = 0;
        bool keep = false;
        At destination;
        bool give = false;
        std::uint32_t output = 0;
    };

    MachineShape shape;
    std::vector<Instruction> instructions;
    std::vector<std::uint32_t> result_of;  // by position in Graph::outputs: number in the hardware's result

    [[nodiscard]] const Instruction& at(std::uint32_t slot, std::uint32_t element) const {
        return instructions[std::size_t{slot} * shape.elements + element];
    }
};

// The schedule must be valid (schedule/validate.h). Errors: a bank that needs more ports than it has, an
// output no element computes, latencies that are not those of the format's operators (latencies_of).
[[nodiscard]] Result<MachineProgram> make_program(const Graph& graph, const Schedule& schedule,
                                                  const Arithmetic& arithmetic);

// The lines of program.hex, one a slot.
[[nodiscard]] std::string program_hex(const MachineProgram& program);

}  // namespace memo::hls
