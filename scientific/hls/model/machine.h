// The scheduled machine, cycle by cycle: what the hardware does, in C++. It knows instructions, banks and
// pipelines, and nothing of the graph's order: operands come out of the words of banks at the addresses that
// the schedule gives, whatever lies there, so a wrong cycle or a wrong address is a wrong number. Samples
// follow each other every interval and are in flight together. Thread safety: one thread an object.
#pragma once

#include "scientific/hls/arithmetic/arithmetic.h"
#include "scientific/hls/graph/schedule.h"

#include <cstdint>
#include <span>
#include <vector>

namespace memo::hls {

class Machine {
  public:
    // Needs a schedule without faults, places and all.
    Machine(const Graph& graph, const Schedule& schedule, const Arithmetic& arithmetic);

    // Runs all samples, one after the other in `samples`, from an empty machine; the results likewise.
    [[nodiscard]] std::vector<Word> run(std::span<const Word> samples);
    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }  // of the last run

  private:
    // Where an operand comes from, or a result goes.
    struct Source {
        enum class Kind : std::uint8_t { none, constant, input, bank } kind = Kind::none;
        std::uint32_t address = 0;  // bank: of all words of all banks; input: position in the sample
        std::uint32_t copies = 1;
        Word constant = 0;
    };
    struct Instruction {
        Kind operation = Kind::copy;
        std::uint32_t stage = 0;
        std::uint32_t late = 0;     // cycles until the third operand is read
        std::uint32_t latency = 0;  // cycles until the result is written
        Source operands[3];
        Source result;
    };
    struct Pending {  // in an element's pipeline
        const Instruction* instruction = nullptr;
        std::uint64_t sample = 0;
        Word a = 0;
        Word b = 0;
        Word c = 0;
    };

    [[nodiscard]] Source source_of(NodeId node) const;
    [[nodiscard]] Word read(const Source& source, std::uint64_t sample) const;
    void begin_sample(std::uint64_t sample, std::span<const Word> numbers);
    void step(std::uint64_t cycle, std::uint64_t samples);

    const Graph& graph_;
    const Schedule& schedule_;
    const Arithmetic& arithmetic_;
    std::vector<std::uint32_t> bank_begin_;  // by element: its bank's first word in `words_`
    std::vector<std::vector<Instruction>> by_slot_;
    std::vector<Source> outputs_;
    std::vector<Word> words_;
    std::vector<Word> inputs_;
    std::vector<std::vector<Pending>> late_;       // by cycle modulo the ring's size: third operands to read
    std::vector<std::vector<Pending>> finishing_;  // likewise: results to write
    std::uint64_t cycles_ = 0;
};

}  // namespace memo::hls
