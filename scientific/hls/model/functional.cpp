// Graphs evaluated (functional.h).
#include "scientific/hls/model/functional.h"

#include <algorithm>
#include <cmath>

namespace memo::hls {

RealModel::RealModel(const Graph& graph)
    : graph_(graph), values_(graph.nodes.size()), outputs_(graph.outputs.size()) {}

std::span<const double> RealModel::run(std::span<const double> sample) {
    for (std::size_t index = 0; index < values_.size(); ++index) {
        const Node& node = graph_.nodes[index];
        const auto operand = [&](std::size_t k) { return values_[node.operands[k].value]; };
        double& value = values_[index];
        switch (node.kind) {
            case Kind::input:
                value = sample[node.operands[0].value];
                break;
            case Kind::constant:
                value = graph_.constants[node.operands[0].value];
                break;
            case Kind::multiply:
                value = operand(0) * operand(1);
                break;
            case Kind::add:
                value = operand(0) + operand(1);
                break;
            case Kind::subtract:
                value = operand(0) - operand(1);
                break;
            case Kind::fmac:
                value = operand(0) * operand(1) + operand(2);
                break;
            case Kind::maximum:
                value = std::max(operand(0), operand(1));
                break;
            case Kind::relu:
                value = std::max(operand(0), 0.0);
                break;
            case Kind::exp:
                value = std::exp(operand(0));
                break;
            case Kind::divide:
                value = operand(0) / operand(1);
                break;
            case Kind::negate:
                value = -operand(0);
                break;
            case Kind::copy:
                value = operand(0);
                break;
        }
    }
    for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k] = values_[graph_.outputs[k].value];
    return outputs_;
}

namespace {

// Of the words of a floating format.
bool is_nan(const Format& format, Word word) {
    return (word >> (format.width() - 2)) == 3;
}

Word apply_openhls(const Arithmetic& arithmetic, Kind kind, const std::array<Word, 3>& operands) {
    const Word sign = Word{1} << (arithmetic.format().width() - 3);
    const auto [a, b, c] = operands;
    if (kind == Kind::relu) return (a & sign) != 0 ? 0 : a;
    if (kind == Kind::negate) return a == 0 ? a : a ^ sign;
    if (kind == Kind::maximum && (is_nan(arithmetic.format(), a) || is_nan(arithmetic.format(), b))) return a;
    return arithmetic.apply(kind, a, b, c);
}

Word without_sign(const Format& format, Word word) {
    const int shift = format.width() - 2;
    const Word kind = word >> shift;
    return kind == 0 || kind == 3 ? kind << shift : word;
}

}  // namespace

WordModel::WordModel(const Graph& graph, const Arithmetic& arithmetic, Rules rules)
    : graph_(graph),
      arithmetic_(arithmetic),
      rules_(rules),
      values_(graph.nodes.size()),
      outputs_(graph.outputs.size()) {
    for (std::size_t index = 0; index < values_.size(); ++index)
        if (graph.nodes[index].kind == Kind::constant)
            values_[index] = arithmetic.encode(graph.constants[graph.nodes[index].operands[0].value]);
}

std::span<const Word> WordModel::run(std::span<const Word> sample) {
    for (std::size_t index = 0; index < values_.size(); ++index) {
        const Node& node = graph_.nodes[index];
        if (node.kind == Kind::constant) continue;
        if (node.kind == Kind::input) {
            values_[index] = sample[node.operands[0].value];
            continue;
        }
        std::array<Word, 3> operands{};
        for (std::size_t k = 0; k < operand_count(node.kind); ++k)
            operands[k] = values_[node.operands[k].value];
        values_[index] = rules_ == Rules::openhls
                             ? apply_openhls(arithmetic_, node.kind, operands)
                             : arithmetic_.apply(node.kind, operands[0], operands[1], operands[2]);
    }
    for (std::size_t k = 0; k < outputs_.size(); ++k) outputs_[k] = values_[graph_.outputs[k].value];
    if (rules_ == Rules::openhls)
        for (Word& word : outputs_) word = without_sign(arithmetic_.format(), word);
    return outputs_;
}

}  // namespace memo::hls
