#include "scientific/hls/rtl/program.h"

#include <algorithm>
#include <bit>

namespace memo::hls {

namespace {

using At = MachineProgram::At;
using From = MachineProgram::From;
using Instruction = MachineProgram::Instruction;
using Operand = MachineProgram::Operand;

// What `start` and `finish` mean: hardware/mac_element.sv, function_element.sv.
std::uint8_t start_code(Kind kind) {
    switch (kind) {
        case Kind::add:
            return 1;
        case Kind::subtract:
            return 2;
        case Kind::maximum:
            return 3;
        case Kind::relu:
            return 4;
        case Kind::negate:
            return 5;
        case Kind::copy:
            return 6;
        default:
            return 0;
    }
}

std::uint8_t finish_code(Kind kind) {
    switch (kind) {
        case Kind::multiply:
        case Kind::divide:
            return 1;
        case Kind::add:
        case Kind::subtract:
        case Kind::fmac:
        case Kind::exp:
            return 2;
        default:
            return 3;
    }
}

int bits_for(std::uint64_t values) {
    return std::max(1, static_cast<int>(std::bit_width(values - 1)));
}

class Builder {
  public:
    Builder(const Graph& graph, const Schedule& schedule, const Arithmetic& arithmetic)
        : graph_(graph), schedule_(schedule), arithmetic_(arithmetic) {}

    Result<MachineProgram> build() {
        if (schedule_.latencies != latencies_of(arithmetic_.format()))
            return Error{"the schedule's latencies are not those of " + arithmetic_.format().name() +
                         " operators: schedule it again for this format"};
        begin_shape();
        if (const std::string why = number_outputs(); !why.empty()) return Error{why};
        program_.instructions.resize(std::size_t{shape().interval} * shape().elements);
        for (std::uint32_t i = 0; i < graph_.nodes.size(); ++i)
            if (is_operation(graph_.nodes[i].kind)) place_node(NodeId{i});
        if (schedule_.read_ports != 0 && ports_ > schedule_.read_ports)
            return Error{"a bank is read " + std::to_string(ports_) + " times in one cycle, and has " +
                         std::to_string(schedule_.read_ports) + " ports"};
        number_lines();
        end_shape();
        return std::move(program_);
    }

  private:
    MachineShape& shape() { return program_.shape; }

    void begin_shape() {
        shape().format = arithmetic_.format();
        shape().interval = schedule_.interval;
        shape().latency = schedule_.latency;
        shape().elements = static_cast<std::uint32_t>(schedule_.elements.size());
        for (const ElementKind kind : schedule_.elements)
            shape().functions.push_back(kind == ElementKind::function);
        shape().inputs = static_cast<std::uint32_t>(graph_.inputs);
        shape().input_copies = schedule_.input_copies;
    }

    // An output's copies must outlive the cycle in which the result is given.
    std::string number_outputs() {
        output_of_.assign(graph_.nodes.size(), kNowhere);
        std::uint32_t longest = 0;
        shape().outputs = 0;
        for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
            const NodeId node = graph_.outputs[i];
            if (!is_operation(graph_[node].kind))
                return "output " + std::to_string(i) +
                       " of the network is an input or a constant: nothing computes it";
            std::uint32_t& number = output_of_[node.value];
            if (number == kNowhere) number = shape().outputs++;
            program_.result_of.push_back(number);
            longest = std::max(longest, schedule_.latency - ready_cycle(graph_, schedule_, node));
        }
        shape().output_copies = std::bit_ceil(longest / schedule_.interval + 1);
        return {};
    }

    Instruction& at(std::uint32_t cycle, std::uint32_t element) {
        return program_.instructions[std::size_t{cycle % schedule_.interval} * shape().elements + element];
    }

    At place_of(NodeId node, std::uint32_t cycle) {
        const Place& place = schedule_.places[node.value];
        most_copies_ = std::max(most_copies_, place.copies);
        return {place.address, std::max(place.copies, 1U) - 1, cycle / schedule_.interval};
    }

    void place_node(NodeId node) {
        const Node& what = graph_[node];
        const std::uint32_t element = schedule_.element_of[node.value];
        const std::uint32_t start = schedule_.start_of[node.value];
        at(start, element).start = start_code(what.kind);
        for (std::size_t i = 0; i < operand_count(what.kind); ++i)
            read(what.operands.at(i), start + read_delay(schedule_.latencies, what.kind, i), element, i);

        const std::uint32_t finished = ready_cycle(graph_, schedule_, node);
        Instruction& last = at(finished, element);
        last.finish = finish_code(what.kind);
        last.destination = place_of(node, finished);
        last.keep = schedule_.places[node.value].copies != 0;
        if (output_of_[node.value] != kNowhere) {
            last.give = true;
            last.output = output_of_[node.value];
        }
    }

    void read(NodeId source, std::uint32_t cycle, std::uint32_t element, std::size_t index) {
        Operand& operand = at(cycle, element).operands.at(index);
        const Node& node = graph_[source];
        if (node.kind == Kind::constant) {
            operand = {From::constant, 0, arithmetic_.encode(graph_.constants[node.operands[0].value])};
        } else if (node.kind == Kind::input) {
            operand = {From::input, cycle / schedule_.interval, node.operands[0].value};
        } else {
            const std::uint32_t bank = schedule_.element_of[source.value];
            const At place = place_of(source, cycle);
            if (index == 2 && bank == element) {
                operand.from = From::own;
                at(cycle, element).addend = place;
                return;
            }
            std::vector<At>& reads = at(cycle, bank).reads;
            const auto found = std::find(reads.begin(), reads.end(), place);
            const auto port = static_cast<std::uint32_t>(found - reads.begin());
            if (found == reads.end()) reads.push_back(place);
            ports_ = std::max(ports_, port + 1);
            operand = {From::line, bank, port};  // number_lines makes a line of it
        }
    }

    // A line's number depends on how many ports all banks have, which is known last.
    void number_lines() {
        for (Instruction& instruction : program_.instructions) {
            for (Operand& operand : instruction.operands)
                if (operand.from == From::line)
                    operand = {From::line, 0, std::uint64_t{operand.stage} * ports_ + operand.what};
        }
    }

    void end_shape() {
        shape().ports = ports_;
        shape().depth =
            std::max(1U, *std::max_element(schedule_.bank_words.begin(), schedule_.bank_words.end()));
        shape().address_bits = bits_for(shape().depth);
        shape().number_bits = bits_for(std::max({most_copies_, shape().input_copies, shape().output_copies}));
        shape().value_bits = std::max({shape().format.width(), bits_for(shape().inputs),
                                       bits_for(std::uint64_t{shape().elements} * ports_)});
        shape().output_bits = bits_for(shape().outputs);
        shape().slot_bits = bits_for(shape().interval);
        const int place = shape().address_bits + 2 * shape().number_bits;
        const int used = static_cast<int>(ports_ + 1) * place +
                         3 * (2 + shape().number_bits + shape().value_bits) + 3 + 2 + 1 + place + 1 +
                         shape().output_bits;
        shape().instruction_bits = (used + 3) / 4 * 4;
    }

    const Graph& graph_;
    const Schedule& schedule_;
    const Arithmetic& arithmetic_;
    MachineProgram program_;
    std::vector<std::uint32_t> output_of_;  // by node
    std::uint32_t ports_ = 1;
    std::uint32_t most_copies_ = 1;
};

// An element's fields, lowest bit first, as hexadecimal digits.
class Bits {
  public:
    void append(std::uint64_t value, int bits) {
        for (int i = 0; i < bits; ++i) bits_.push_back(((value >> i) & 1) != 0);
    }
    void append(const At& place, const MachineShape& shape) {
        const std::uint64_t numbers = (std::uint64_t{1} << shape.number_bits) - 1;
        append(place.base, shape.address_bits);
        append(place.mask, shape.number_bits);
        append(place.stage & numbers, shape.number_bits);
    }
    // Appends the highest digit first.
    void to_hex(int bits, std::string& text) {
        bits_.resize(static_cast<std::size_t>(bits));
        for (int digit = bits / 4 - 1; digit >= 0; --digit) {
            int value = 0;
            for (int i = 3; i >= 0; --i)
                value =
                    2 * value + static_cast<int>(
                                    bits_[4 * static_cast<std::size_t>(digit) + static_cast<std::size_t>(i)]);
            text += "0123456789abcdef"[value];
        }
        bits_.clear();
    }

  private:
    std::vector<bool> bits_;
};

void append_fields(Bits& bits, const Instruction& instruction, const MachineShape& shape) {
    for (std::size_t port = 0; port < shape.ports; ++port)
        bits.append(port < instruction.reads.size() ? instruction.reads[port] : At{}, shape);
    bits.append(instruction.addend, shape);
    for (const Operand& operand : instruction.operands) {
        bits.append(static_cast<std::uint64_t>(operand.from), 2);
        bits.append(operand.stage & ((std::uint64_t{1} << shape.number_bits) - 1), shape.number_bits);
        bits.append(operand.what, shape.value_bits);
    }
    bits.append(instruction.start, 3);
    bits.append(instruction.finish, 2);
    bits.append(static_cast<std::uint64_t>(instruction.keep), 1);
    bits.append(instruction.destination, shape);
    bits.append(static_cast<std::uint64_t>(instruction.give), 1);
    bits.append(instruction.output, shape.output_bits);
}

}  // namespace

Result<MachineProgram> make_program(const Graph& graph, const Schedule& schedule,
                                    const Arithmetic& arithmetic) {
    return Builder(graph, schedule, arithmetic).build();
}

std::string program_hex(const MachineProgram& program) {
    const MachineShape& shape = program.shape;
    std::string text;
    text.reserve(std::size_t{shape.interval} *
                 (std::size_t{shape.elements} * static_cast<std::size_t>(shape.instruction_bits) / 4 + 1));
    Bits bits;
    for (std::uint32_t slot = 0; slot < shape.interval; ++slot) {
        for (std::uint32_t element = shape.elements; element-- > 0;) {
            append_fields(bits, program.at(slot, element), shape);
            bits.to_hex(shape.instruction_bits, text);
        }
        text += '\n';
    }
    return text;
}

}  // namespace memo::hls
