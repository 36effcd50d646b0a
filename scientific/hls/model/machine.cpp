// The machine's clock (machine.h).
#include "scientific/hls/model/machine.h"

#include <algorithm>

namespace memo::hls {

Machine::Machine(const Graph& graph, const Schedule& schedule, const Arithmetic& arithmetic)
    : graph_(graph), schedule_(schedule), arithmetic_(arithmetic), by_slot_(schedule.interval) {
    std::uint32_t words = 0;
    for (const std::uint32_t size : schedule.bank_words) {
        bank_begin_.push_back(words);
        words += size;
    }
    words_.resize(words);
    inputs_.resize(graph.inputs * schedule.input_copies);
    std::uint32_t longest = 1;
    for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
        const NodeId node{index};
        const Kind kind = graph[node].kind;
        if (!is_operation(kind)) continue;
        Instruction instruction;
        instruction.operation = kind;
        instruction.stage = schedule.stage(node);
        instruction.late = read_delay(schedule.latencies, kind, 2);
        instruction.latency = latency(schedule.latencies, kind);
        for (std::size_t k = 0; k < operand_count(kind); ++k)
            instruction.operands[k] = source_of(graph[node].operands[k]);
        if (schedule.places[index].copies > 0) instruction.result = source_of(node);
        longest = std::max(longest, instruction.latency);
        by_slot_[schedule.slot(node)].push_back(instruction);
    }
    for (const NodeId output : graph.outputs) outputs_.push_back(source_of(output));
    late_.resize(longest + 1);
    finishing_.resize(longest + 1);
}

Machine::Source Machine::source_of(NodeId node) const {
    const Node& from = graph_[node];
    if (from.kind == Kind::constant)
        return {Source::Kind::constant, 0, 1, arithmetic_.encode(graph_.constants[from.operands[0].value])};
    if (from.kind == Kind::input)
        return {Source::Kind::input, from.operands[0].value, schedule_.input_copies, 0};
    const Place& place = schedule_.places[node.value];
    return {Source::Kind::bank, bank_begin_[schedule_.element_of[node.value]] + place.address, place.copies,
            0};
}

Word Machine::read(const Source& source, std::uint64_t sample) const {
    switch (source.kind) {
        case Source::Kind::constant:
            return source.constant;
        case Source::Kind::input:
            return inputs_[sample % source.copies * graph_.inputs + source.address];
        case Source::Kind::bank:
            return words_[source.address + sample % source.copies];
        case Source::Kind::none:
            break;
    }
    return 0;
}

void Machine::begin_sample(std::uint64_t sample, std::span<const Word> numbers) {
    std::copy(numbers.begin(), numbers.end(),
              inputs_.begin() + static_cast<std::ptrdiff_t>(sample % schedule_.input_copies * graph_.inputs));
}

// One cycle: what finishes is in its word before anybody reads.
void Machine::step(std::uint64_t cycle, std::uint64_t samples) {
    std::vector<Pending>& finishing = finishing_[cycle % finishing_.size()];
    for (const Pending& pending : finishing) {
        const Source& result = pending.instruction->result;
        if (result.kind == Source::Kind::bank)
            words_[result.address + pending.sample % result.copies] =
                arithmetic_.apply(pending.instruction->operation, pending.a, pending.b, pending.c);
    }
    finishing.clear();
    const auto finish = [&](const Pending& pending, std::uint32_t in) {
        finishing_[(cycle + in) % finishing_.size()].push_back(pending);
    };
    const std::uint64_t youngest = cycle / schedule_.interval;
    for (const Instruction& instruction : by_slot_[cycle % schedule_.interval]) {
        if (youngest < instruction.stage || youngest - instruction.stage >= samples) continue;
        Pending pending{&instruction, youngest - instruction.stage};
        pending.a = read(instruction.operands[0], pending.sample);
        pending.b = read(instruction.operands[1], pending.sample);
        if (instruction.late == 0)
            finish(pending, instruction.latency);
        else
            late_[(cycle + instruction.late) % late_.size()].push_back(pending);
    }
    std::vector<Pending>& late = late_[cycle % late_.size()];
    for (Pending& pending : late) {
        pending.c = read(pending.instruction->operands[2], pending.sample);
        finish(pending, pending.instruction->latency - pending.instruction->late);
    }
    late.clear();
}

std::vector<Word> Machine::run(std::span<const Word> samples) {
    std::fill(words_.begin(), words_.end(), 0);
    const std::uint64_t count = graph_.inputs == 0 ? 0 : samples.size() / graph_.inputs;
    std::vector<Word> results;
    results.reserve(count * outputs_.size());
    if (count == 0) return results;
    cycles_ = (count - 1) * schedule_.interval + schedule_.latency + 1;
    for (std::uint64_t cycle = 0; cycle < cycles_; ++cycle) {
        if (cycle % schedule_.interval == 0 && cycle / schedule_.interval < count)
            begin_sample(cycle / schedule_.interval,
                         samples.subspan(cycle / schedule_.interval * graph_.inputs, graph_.inputs));
        step(cycle, count);
        if (cycle < schedule_.latency || (cycle - schedule_.latency) % schedule_.interval != 0) continue;
        for (const Source& output : outputs_)
            results.push_back(read(output, (cycle - schedule_.latency) / schedule_.interval));
    }
    return results;
}

}  // namespace memo::hls
