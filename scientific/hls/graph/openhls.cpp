// Scheduled MLIR, line by line (openhls.h).
#include "scientific/hls/graph/openhls.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace memo::hls {

namespace {

constexpr std::uint32_t kMostCycles = 1U << 30;

bool is_name(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '$';
}

// All %names of a piece of a line, in order.
std::vector<std::string> names_in(std::string_view text) {
    std::vector<std::string> names;
    for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
        std::size_t end = at + 1;
        while (end < text.size() && is_name(text[end])) ++end;
        names.emplace_back(text.substr(at, end - at));
    }
    return names;
}

// What stands behind `key = ` up to a delimiter; quotes are left out.
std::optional<std::string> field(std::string_view line, std::string_view key) {
    std::size_t at = line.find(std::string(key) + " = ");
    if (at == std::string_view::npos) return std::nullopt;
    at += key.size() + 3;
    const bool quoted = at < line.size() && line[at] == '"';
    if (quoted) ++at;
    const std::size_t end = line.find_first_of(quoted ? "\"" : ",} :", at);
    return std::string(line.substr(at, end == std::string_view::npos ? end : end - at));
}

std::optional<std::uint32_t> number(const std::optional<std::string>& text) {
    if (!text || text->empty() || text->size() > 9 ||
        text->find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    return static_cast<std::uint32_t>(std::stoul(*text));
}

const std::map<std::string, Kind, std::less<>>& kinds() {
    static const std::map<std::string, Kind, std::less<>> kKinds = {
        {"fadd", Kind::add},    {"fsub", Kind::subtract}, {"fmul", Kind::multiply},
        {"fdiv", Kind::divide}, {"fmax", Kind::maximum},  {"frelu", Kind::relu},
        {"fneg", Kind::negate}, {"copy", Kind::copy},     {"fmac", Kind::fmac}};
    return kKinds;
}

std::string unequal(const std::string& name, std::uint32_t cycles, const std::string& other,
                    std::uint32_t other_cycles) {
    std::string line = name;
    line += " takes " + std::to_string(cycles);
    line += " cycles and " + other;
    line += " " + std::to_string(other_cycles);
    return line + ": unsupported unless they are equal";
}

class Reader {
  public:
    Result<ImportedSchedule> run(std::string_view text) {
        made_.graph.layers = {"arguments"};
        std::size_t line_number = 0;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            ++line_number;
            if (std::string wrong = read(text.substr(0, end)); !wrong.empty())
                return Error{"line " + std::to_string(line_number) + ": " + wrong};
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (!returned_)
            return Error{"line " + std::to_string(line_number) + ": the file ends without a return"};
        return finish();
    }

  private:
    std::string read(std::string_view line) {
        if (line.find("latency = ") != std::string_view::npos)
            if (std::string wrong = read_latencies(line); !wrong.empty()) return wrong;
        if (line.find("func.func") != std::string_view::npos) return read_arguments(line);
        if (line.find("op_id") != std::string_view::npos) return read_operation(line);
        const std::size_t at = line.find("return");
        if (at == std::string_view::npos ||
            line.substr(0, at).find_first_not_of(" \t\"func.") != std::string_view::npos)
            return {};
        for (const std::string& name : names_in(line.substr(at))) {
            const auto found = values_.find(name);
            if (found == values_.end()) return name + " is returned, but never defined";
            made_.graph.outputs.push_back(found->second);
            made_.outputs.push_back(name.substr(1));
        }
        returned_ = true;
        return_cycle_ = number(field(line, "lpStartTime"));
        return {};
    }

    std::string read_arguments(std::string_view line) {
        for (const std::string& name : names_in(line)) {
            const NodeId position{static_cast<std::uint32_t>(made_.graph.inputs++)};
            if (!define(name, {Kind::input, 0, {position}})) return name + " is defined twice";
            made_.inputs.push_back(name.substr(1));
        }
        return {};
    }

    // Operator types are dictionaries with their keys in any order.
    std::string read_latencies(std::string_view line) {
        Latencies& latencies = made_.schedule.latencies;
        const std::map<std::string, std::uint32_t*, std::less<>> fields = {{"fadd", &latencies.add},
                                                                           {"fmul", &latencies.multiply},
                                                                           {"fdiv", &latencies.divide},
                                                                           {"fmax", &latencies.compare},
                                                                           {"copy", &latencies.copy}};
        const std::map<std::string, std::string, std::less<>> alike = {
            {"fsub", "fadd"}, {"frelu", "fmax"}, {"fneg", "fmax"}};
        std::map<std::string, std::uint32_t, std::less<>> said;
        for (std::size_t at = line.find("latency = "); at != std::string_view::npos;
             at = line.find("latency = ", at + 1)) {
            const std::size_t begin = line.rfind('{', at);
            const std::size_t end = line.find('}', at);
            if (begin == std::string_view::npos || end == std::string_view::npos) continue;
            const std::string_view type = line.substr(begin, end - begin + 1);
            const auto name = field(type, "name");
            const auto cycles = number(field(type, "latency"));
            if (!name || !cycles || *cycles == 0 || *cycles > 1000) continue;
            said[*name] = *cycles;
            if (const auto known = fields.find(*name); known != fields.end()) *known->second = *cycles;
        }
        for (const auto& [name, other] : alike)
            if (said.contains(name) && said.contains(other) && said[name] != said[other])
                return unequal(name, said[name], other, said[other]);
        return {};
    }

    bool define(const std::string& name, Node node, std::uint32_t element = kNowhere,
                std::uint32_t start = 0) {
        const NodeId id{static_cast<std::uint32_t>(made_.graph.nodes.size())};
        made_.graph.nodes.push_back(node);
        made_.schedule.element_of.push_back(element);
        made_.schedule.start_of.push_back(start);
        made_.names.push_back(name);
        return values_.emplace(name, id).second;
    }

    std::string read_operation(std::string_view line) {
        const std::size_t equals = line.find('=');
        const std::size_t attributes = line.find('{');
        if (equals == std::string_view::npos || attributes == std::string_view::npos || attributes < equals)
            return "an operation without a result or attributes";
        const std::vector<std::string> results = names_in(line.substr(0, equals));
        if (results.size() != 1) return "an operation with " + std::to_string(results.size()) + " results";
        std::string opr = field(line, "opr").value_or("");
        if (opr == "arith.constant") return read_constant(line, results[0]);
        opr = opr.substr(0, opr.find('.'));
        const auto kind = kinds().find(opr);
        if (kind == kinds().end()) return "operation " + results[0] + ": unsupported operator " + opr;
        auto start = number(field(line, "lpStartTime"));
        if (!start || *start > kMostCycles) return "operation " + results[0] + " has no lpStartTime";
        const auto pe = field(line, "pe");
        if (!pe) return "operation " + results[0] + " has no pe";
        std::vector<NodeId> operands;
        for (const std::string& name : names_in(line.substr(equals, attributes - equals))) {
            const auto found = values_.find(name);
            if (found == values_.end())
                return "operation " + results[0] + " uses " + name + ", which is not defined before";
            operands.push_back(found->second);
        }
        const auto element = static_cast<std::uint32_t>(
            elements_.emplace(opr + *pe, static_cast<std::uint32_t>(elements_.size())).first->second);
        if (element == made_.schedule.elements.size()) {
            made_.schedule.elements.push_back(element_kind(kind->second));
            made_.elements.push_back(opr + " " + *pe);
        }
        if (kind->second == Kind::copy && operands.size() == 1 && is_operation(made_.graph[operands[0]].kind))
            start = ready_cycle(made_.graph, made_.schedule, operands[0]);
        const std::uint16_t layer = layer_of(opr);
        return kind->second == Kind::fmac
                   ? chain(results[0], layer, operands, element, *start)
                   : single(results[0], {kind->second, layer, {}}, operands, element, *start);
    }

    std::string read_constant(std::string_view line, const std::string& name) {
        auto value = field(line, "value");
        if (!value) {  // in MLIR's own words: after the attributes
            const std::size_t at =
                line.find_first_not_of(" \t", std::min(line.find('}'), line.size() - 1) + 1);
            if (at != std::string_view::npos) value = std::string(line.substr(at, line.find(' ', at) - at));
        }
        char* end = nullptr;
        const double parsed = value ? std::strtod(value->c_str(), &end) : 0;
        const bool bits = value && value->find('x') != std::string::npos;  // of an infinity or a NaN
        if (!value || bits || end == value->c_str() || !std::isfinite(parsed))
            return "constant " + name + " has no value";
        made_.graph.constants.push_back(parsed);
        const NodeId position{static_cast<std::uint32_t>(made_.graph.constants.size() - 1)};
        return define(name, {Kind::constant, 0, {position}}) ? "" : name + " is defined twice";
    }

    // Operators take the place of layers: pictures have a colour for each.
    std::uint16_t layer_of(const std::string& opr) {
        std::vector<std::string>& layers = made_.graph.layers;
        const auto at = std::find(layers.begin() + 1, layers.end(), opr);
        const auto layer = static_cast<std::uint16_t>(at - layers.begin());
        if (at == layers.end()) layers.push_back(opr);
        return layer;
    }

    std::string single(const std::string& name, Node node, const std::vector<NodeId>& operands,
                       std::uint32_t element, std::uint32_t start) {
        if (operands.size() != operand_count(node.kind))
            return "operation " + name + " has " + std::to_string(operands.size()) + " operands, not " +
                   std::to_string(operand_count(node.kind));
        std::copy(operands.begin(), operands.end(), node.operands.begin());
        return define(name, node, element, start) ? "" : name + " is defined twice";
    }

    std::string chain(const std::string& name, std::uint16_t layer, const std::vector<NodeId>& operands,
                      std::uint32_t element, std::uint32_t start) {
        if (operands.size() < 3 || operands.size() % 2 == 0)
            return "operation " + name + " is an fmac of " + std::to_string(operands.size()) + " operands";
        NodeId sum = operands[0];
        for (std::size_t k = 1; k < operands.size(); k += 2) {
            const auto step = static_cast<std::uint32_t>(k / 2) * made_.schedule.latencies.add;
            const bool last = k + 2 == operands.size();
            if (!define(last ? name : name + " " + std::to_string(k),
                        {Kind::fmac, layer, {operands[k], operands[k + 1], sum}}, element, start + step))
                return name + " is defined twice";
            sum = NodeId{static_cast<std::uint32_t>(made_.graph.nodes.size() - 1)};
        }
        return {};
    }

    Result<ImportedSchedule> finish() {
        Schedule& schedule = made_.schedule;
        schedule.read_ports = 0;
        for (std::uint32_t node = 0; node < made_.graph.nodes.size(); ++node)
            schedule.latency = std::max(schedule.latency, ready_cycle(made_.graph, schedule, NodeId{node}));
        if (return_cycle_) schedule.latency = *return_cycle_;
        schedule.interval = schedule.latency + 1;
        if (const std::string wrong = check(made_.graph); !wrong.empty()) return Error{wrong};
        return std::move(made_);
    }

    ImportedSchedule made_;
    std::unordered_map<std::string, NodeId> values_;
    std::unordered_map<std::string, std::uint32_t> elements_;  // by operator and pe
    bool returned_ = false;
    std::optional<std::uint32_t> return_cycle_;
};

}  // namespace

Result<ImportedSchedule> parse_openhls(std::string_view text) {
    return Reader().run(text);
}

}  // namespace memo::hls
