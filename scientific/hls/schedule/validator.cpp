// The rules of the machine, one function each (validator.h).
#include "scientific/hls/schedule/validator.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <vector>

namespace memo::hls {

namespace {

class Validator {
  public:
    Validator(const Graph& graph, const Schedule& schedule) : graph_(graph), schedule_(schedule) {}

    std::string run(bool places) {
        if (std::string fault = shapes(places); !fault.empty()) return fault;
        for (const auto rule : {&Validator::kinds, &Validator::dependences, &Validator::elements,
                                &Validator::ports, &Validator::outputs})
            if (std::string fault = (this->*rule)(); !fault.empty()) return fault;
        if (!places) return {};
        if (std::string fault = inputs(); !fault.empty()) return fault;
        return memory();
    }

  private:
    [[nodiscard]] std::string name(std::size_t node) const {
        return std::string(name_of(graph_.nodes[node].kind)) + " " + std::to_string(node) + " of layer " +
               graph_.layers[graph_.nodes[node].layer];
    }
    [[nodiscard]] bool operation(std::size_t node) const { return is_operation(graph_.nodes[node].kind); }
    [[nodiscard]] std::uint64_t start(std::size_t node) const { return schedule_.start_of[node]; }
    [[nodiscard]] std::uint64_t finish(std::size_t node) const {
        return start(node) + latency(schedule_.latencies, graph_.nodes[node].kind);
    }
    [[nodiscard]] std::uint64_t read_cycle(std::size_t node, std::size_t operand) const {
        return start(node) + read_delay(schedule_.latencies, graph_.nodes[node].kind, operand);
    }
    template <class Use>
    void each_operand(const Use& use) const {
        for (std::size_t node = 0; node < graph_.nodes.size(); ++node)
            for (std::size_t k = 0; k < operand_count(graph_.nodes[node].kind); ++k)
                use(node, k, graph_.nodes[node].operands[k].value);
    }

    [[nodiscard]] std::string shapes(bool places) const {
        const std::size_t nodes = graph_.nodes.size();
        if (schedule_.interval == 0) return "the interval is 0";
        if (schedule_.element_of.size() != nodes || schedule_.start_of.size() != nodes ||
            (places && schedule_.places.size() != nodes))
            return "the schedule is of another graph";
        if (places && schedule_.bank_words.size() != schedule_.elements.size()) return "banks without a size";
        return {};
    }

    [[nodiscard]] std::string kinds() const {
        for (std::size_t node = 0; node < graph_.nodes.size(); ++node) {
            if (!operation(node)) continue;
            const std::uint32_t element = schedule_.element_of[node];
            if (element >= schedule_.elements.size()) return name(node) + " is on no element";
            if (schedule_.elements[element] != element_kind(graph_.nodes[node].kind))
                return name(node) + " is on element " + std::to_string(element) + ", which cannot compute it";
        }
        return {};
    }

    [[nodiscard]] std::string dependences() const {
        std::string fault;
        each_operand([&](std::size_t node, std::size_t k, std::size_t operand) {
            if (!fault.empty()) return;
            if (operation(operand) && read_cycle(node, k) < finish(operand))
                fault = name(node) + " reads in cycle " + std::to_string(read_cycle(node, k)) + " what " +
                        name(operand) + " has in cycle " + std::to_string(finish(operand));
            const bool addend = graph_.nodes[node].kind == Kind::fmac && k == 2;
            if (addend && schedule_.read_ports > 0 && operation(operand) &&
                schedule_.element_of[operand] != schedule_.element_of[node])
                fault = name(node) + " adds to a sum of another element";
        });
        return fault;
    }

    [[nodiscard]] std::string elements() const {
        struct Use {
            std::uint32_t element;
            std::uint64_t slot;
            std::size_t node;
        };
        for (const bool finishing : {false, true}) {
            std::vector<Use> uses;
            for (std::size_t node = 0; node < graph_.nodes.size(); ++node)
                if (operation(node))
                    uses.push_back({schedule_.element_of[node],
                                    (finishing ? finish(node) : start(node)) % schedule_.interval, node});
            std::sort(uses.begin(), uses.end(), [](const Use& a, const Use& b) {
                return std::tie(a.element, a.slot, a.node) < std::tie(b.element, b.slot, b.node);
            });
            for (std::size_t k = 1; k < uses.size(); ++k)
                if (uses[k].element == uses[k - 1].element && uses[k].slot == uses[k - 1].slot)
                    return name(uses[k - 1].node) + " and " + name(uses[k].node) + " both " +
                           (finishing ? "finish" : "start") + " in slot " + std::to_string(uses[k].slot) +
                           " of element " + std::to_string(uses[k].element);
        }
        return {};
    }

    [[nodiscard]] std::string ports() const {
        if (schedule_.read_ports == 0) return {};
        // Of two samples in flight the same value is two words: the interval it is read in tells them apart.
        using Read = std::tuple<std::uint32_t, std::uint64_t, std::size_t, std::uint64_t>;
        std::vector<Read> reads;
        each_operand([&](std::size_t node, std::size_t k, std::size_t operand) {
            if (!operation(operand) || (graph_.nodes[node].kind == Kind::fmac && k == 2)) return;
            const std::uint64_t cycle = read_cycle(node, k);
            reads.emplace_back(schedule_.element_of[operand], cycle % schedule_.interval, operand,
                               cycle / schedule_.interval);
        });
        std::sort(reads.begin(), reads.end());
        reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
        std::size_t together = 0;
        for (std::size_t k = 0; k < reads.size(); ++k) {
            const bool same = k > 0 && std::get<0>(reads[k]) == std::get<0>(reads[k - 1]) &&
                              std::get<1>(reads[k]) == std::get<1>(reads[k - 1]);
            together = same ? together + 1 : 1;
            if (together > schedule_.read_ports)
                return "bank " + std::to_string(std::get<0>(reads[k])) + " is read at more than " +
                       std::to_string(schedule_.read_ports) + " words in slot " +
                       std::to_string(std::get<1>(reads[k])) + ", " + name(std::get<2>(reads[k])) +
                       " among them";
        }
        return {};
    }

    [[nodiscard]] std::string outputs() const {
        for (const NodeId output : graph_.outputs)
            if (operation(output.value) && finish(output.value) > schedule_.latency)
                return "output " + name(output.value) + " comes in cycle " +
                       std::to_string(finish(output.value)) + ", after the latency of " +
                       std::to_string(schedule_.latency);
        return {};
    }

    // The last cycle in which each node is read; 0 if it never is.
    [[nodiscard]] std::vector<std::uint64_t> last_reads() const {
        std::vector<std::uint64_t> last(graph_.nodes.size(), 0);
        each_operand([&](std::size_t node, std::size_t k, std::size_t operand) {
            last[operand] = std::max(last[operand], read_cycle(node, k));
        });
        for (const NodeId output : graph_.outputs)
            last[output.value] = std::max<std::uint64_t>(last[output.value], schedule_.latency);
        return last;
    }

    // The buffer of a sample is filled again, for cycle 0 of another, `input_copies` intervals later.
    [[nodiscard]] std::string inputs() const {
        if (!std::has_single_bit(schedule_.input_copies))
            return "the copies of the input are no power of two";
        const std::vector<std::uint64_t> last = last_reads();
        for (std::size_t node = 0; node < graph_.nodes.size(); ++node)
            if (graph_.nodes[node].kind == Kind::input &&
                last[node] >= std::uint64_t{schedule_.input_copies} * schedule_.interval)
                return name(node) + " is read in cycle " + std::to_string(last[node]) +
                       ", when its buffer is another sample's";
        return {};
    }

    // A stretch in which a word holds a value: [begin, end] of a circle of `turn` cycles.
    struct Stay {
        std::uint32_t bank;
        std::uint32_t word;
        std::uint64_t begin;
        std::uint64_t length;  // cycles after the first in which it is still read
        std::size_t node;
    };

    [[nodiscard]] std::string memory() const {
        const std::vector<std::uint64_t> last = last_reads();
        std::uint64_t most = 1;
        for (const Place& place : schedule_.places) most = std::max<std::uint64_t>(most, place.copies);
        if (most > 4096) return "more copies of a value than make sense";
        const std::uint64_t turn = most * schedule_.interval;  // then all copies are where they were
        std::vector<Stay> stays;
        for (std::size_t node = 0; node < graph_.nodes.size(); ++node) {
            if (!operation(node)) continue;
            const Place& place = schedule_.places[node];
            const std::uint32_t bank = schedule_.element_of[node];
            if (last[node] == 0 && place.copies == 0) continue;
            if (!std::has_single_bit(place.copies) || place.address % place.copies != 0)
                return name(node) + " has " + std::to_string(place.copies) + " copies at word " +
                       std::to_string(place.address);
            if (place.address + place.copies > schedule_.bank_words[bank])
                return name(node) + " lies outside of bank " + std::to_string(bank);
            const std::uint64_t length = last[node] - finish(node);
            if (length >= place.copies * std::uint64_t{schedule_.interval})
                return name(node) + " is overwritten by the next sample's before it is read";
            for (std::uint64_t sample = 0; sample < most; ++sample)
                stays.push_back({bank, static_cast<std::uint32_t>(place.address + sample % place.copies),
                                 (finish(node) + sample * schedule_.interval) % turn, length, node});
        }
        std::sort(stays.begin(), stays.end(), [](const Stay& a, const Stay& b) {
            return std::tie(a.bank, a.word, a.begin) < std::tie(b.bank, b.word, b.begin);
        });
        // On a circle of time the next stay in a word is the one after it, and the last one's is the first.
        for (std::size_t first = 0; first < stays.size();) {
            std::size_t end = first;
            while (end < stays.size() && stays[end].bank == stays[first].bank &&
                   stays[end].word == stays[first].word)
                ++end;
            for (std::size_t k = first; k < end; ++k) {
                const Stay& stay = stays[k];
                const Stay& next = k + 1 < end ? stays[k + 1] : stays[first];
                const std::uint64_t until =
                    k + 1 < end ? next.begin - stay.begin : next.begin + turn - stay.begin;
                if (stay.length >= until)
                    return name(stay.node) + " is overwritten by " + name(next.node) + " in word " +
                           std::to_string(stay.word) + " of bank " + std::to_string(stay.bank) +
                           " before it is read";
            }
            first = end;
        }
        return {};
    }

    const Graph& graph_;
    const Schedule& schedule_;
};

}  // namespace

std::string find_fault(const Graph& graph, const Schedule& schedule, const ValidateOptions& options) {
    return Validator(graph, schedule).run(options.places);
}

}  // namespace memo::hls
