// Schedules against brute force: random small graphs, every rule broken on purpose, and the machine that runs
// them.
#include "scientific/hls/buffers/buffers.h"
#include "scientific/hls/graph/openhls.h"
#include "scientific/hls/model/functional.h"
#include "scientific/hls/model/machine.h"
#include "scientific/hls/schedule/bounds.h"
#include "scientific/hls/schedule/scheduler.h"
#include "scientific/hls/schedule/segments.h"
#include "scientific/hls/schedule/validator.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <tuple>

using memo::Result;
using namespace memo::hls;

namespace {

struct Random {
    explicit Random(std::uint32_t seed) : engine(seed) {}
    std::uint32_t operator()() { return static_cast<std::uint32_t>(engine()); }
    std::mt19937 engine;
};

// Operations of all kinds on random values before them; fmacs begin chains or carry one on. Layers follow
// each other, large ones and small ones.
Graph random_graph(Random& random, std::size_t operations) {
    Graph graph;
    graph.layers = {"large", "small", "larger", "smaller"};
    const auto layer_of = [&](std::size_t k) {
        return static_cast<std::uint16_t>(k * 50 < operations * 20   ? 0
                                          : k * 50 < operations * 22 ? 1
                                          : k * 50 < operations * 47 ? 2
                                                                     : 3);
    };
    graph.inputs = 2;
    graph.constants = {0.5};
    graph.nodes = {
        {Kind::input, 0, {NodeId{0}}}, {Kind::input, 0, {NodeId{1}}}, {Kind::constant, 0, {NodeId{0}}}};
    std::vector<NodeId> open;  // ends of chains that nobody has read
    std::vector<NodeId> values{NodeId{0}, NodeId{1}, NodeId{2}};
    const auto any = [&] { return values[random() % values.size()]; };
    for (std::size_t k = 0; k < operations; ++k) {
        const NodeId id{static_cast<std::uint32_t>(graph.nodes.size())};
        constexpr std::array kKinds = {Kind::fmac,     Kind::fmac,    Kind::multiply, Kind::add,
                                       Kind::subtract, Kind::maximum, Kind::relu,     Kind::exp};
        Node node{kKinds[random() % kKinds.size()], layer_of(k), {any(), any(), NodeId{2}}};
        if (node.kind == Kind::fmac && !open.empty() && random() % 2 == 0) {
            node.operands[2] = open.back();
            open.pop_back();
        }
        if (node.kind == Kind::relu || node.kind == Kind::exp) node.operands[1] = node.operands[2] = kNoNode;
        if (operand_count(node.kind) == 2) node.operands[2] = kNoNode;
        graph.nodes.push_back(node);
        if (node.kind == Kind::fmac && random() % 2 == 0)
            open.push_back(id);
        else
            values.push_back(id);
    }
    // All that nobody reads is an output, so that nothing is dead.
    std::set<std::uint32_t> read;
    for (const Node& node : graph.nodes)
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) read.insert(node.operands[k].value);
    for (std::uint32_t index = 3; index < graph.nodes.size(); ++index)
        if (!read.contains(index)) graph.outputs.push_back(NodeId{index});
    REQUIRE(check(graph).empty());
    return graph;
}

// The rules once more, from their words, by running a few samples and writing down who uses what when. Memory
// is left to the machine's numbers.
bool brute_force_valid(const Graph& graph, const Schedule& schedule) {
    std::set<std::tuple<std::uint32_t, std::uint64_t>> starts;
    std::set<std::tuple<std::uint32_t, std::uint64_t>> finishes;
    std::map<std::tuple<std::uint32_t, std::uint64_t>, std::set<std::tuple<std::uint32_t, int>>> reads;
    for (int sample = 0; sample < 12; ++sample)
        for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
            const Node& node = graph.nodes[index];
            if (!is_operation(node.kind)) continue;
            const std::uint64_t begin = std::uint64_t{schedule.interval} * static_cast<unsigned>(sample);
            const std::uint32_t element = schedule.element_of[index];
            if (element >= schedule.elements.size() || schedule.elements[element] != element_kind(node.kind))
                return false;
            if (!starts.emplace(element, begin + schedule.start_of[index]).second) return false;
            if (!finishes.emplace(element, begin + ready_cycle(graph, schedule, NodeId{index})).second)
                return false;
            for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
                const NodeId from = node.operands[k];
                if (!is_operation(graph[from].kind)) continue;
                const std::uint64_t at =
                    schedule.start_of[index] + read_delay(schedule.latencies, node.kind, k);
                if (at < ready_cycle(graph, schedule, from)) return false;
                if (schedule.read_ports == 0) continue;
                if (node.kind == Kind::fmac && k == 2) {
                    if (schedule.element_of[from.value] != element) return false;
                    continue;
                }
                auto& words = reads[{schedule.element_of[from.value], begin + at}];
                words.emplace(from.value, sample);
                if (words.size() > schedule.read_ports) return false;
            }
        }
    return true;
}

// The smallest interval for which every operation finds an element and a slot, by trying all of them.
std::uint32_t brute_force_interval(const Graph& graph, const Latencies& latencies,
                                   const std::vector<ElementKind>& elements) {
    std::vector<std::uint32_t> operations;
    for (std::uint32_t index = 0; index < graph.nodes.size(); ++index)
        if (is_operation(graph.nodes[index].kind)) operations.push_back(index);
    const std::vector<NodeId> next = chain_successors(graph);
    for (std::uint32_t interval = 1;; ++interval) {
        std::set<std::pair<std::size_t, std::uint32_t>> starts;
        std::set<std::pair<std::size_t, std::uint32_t>> finishes;
        std::vector<std::size_t> element_of(graph.nodes.size());
        const std::function<bool(std::size_t)> place = [&](std::size_t k) {
            if (k == operations.size()) return true;
            const Node& node = graph.nodes[operations[k]];
            const bool follows =
                node.kind == Kind::fmac && next[node.operands[2].value] == NodeId{operations[k]};
            for (std::size_t element = 0; element < elements.size(); ++element) {
                if (elements[element] != element_kind(node.kind)) continue;
                if (follows && element != element_of[node.operands[2].value]) continue;
                for (std::uint32_t slot = 0; slot < interval; ++slot) {
                    const std::uint32_t finish = (slot + latency(latencies, node.kind)) % interval;
                    if (starts.contains({element, slot}) || finishes.contains({element, finish})) continue;
                    starts.emplace(element, slot);
                    finishes.emplace(element, finish);
                    element_of[operations[k]] = element;
                    if (place(k + 1)) return true;
                    starts.erase({element, slot});
                    finishes.erase({element, finish});
                }
            }
            return false;
        };
        if (place(0)) return interval;
    }
}

std::vector<Word> random_words(Random& random, const Arithmetic& arithmetic, std::size_t count) {
    std::vector<Word> words;
    for (std::size_t k = 0; k < count; ++k)
        words.push_back(arithmetic.encode(static_cast<double>(random() % 2001) / 1000 - 1));
    return words;
}

// How many samples come out of the machine otherwise than of the graph.
std::size_t wrong_samples(const Graph& graph, const Schedule& schedule, std::size_t count, Random& random) {
    const Arithmetic arithmetic{Format{}};
    const std::vector<Word> samples = random_words(random, arithmetic, graph.inputs * count);
    const std::vector<Word> results = Machine(graph, schedule, arithmetic).run(samples);
    WordModel model(graph, arithmetic);
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const auto wanted = model.run(std::span(samples).subspan(k * graph.inputs, graph.inputs));
        wrong += std::equal(wanted.begin(), wanted.end(),
                            results.begin() + static_cast<std::ptrdiff_t>(k * wanted.size()))
                     ? 0
                     : 1;
    }
    return wrong;
}

ScheduleOptions random_options(Random& random) {
    ScheduleOptions options;
    options.elements = 2 + random() % 4;
    options.pipelined = random() % 3 != 0;
    options.accumulators = random() % 4;
    options.read_ports = random() % 2 == 0 ? 0 : 2 + random() % 2;
    options.latencies = latencies_of(Format{});
    return options;
}

}  // namespace

TEST_CASE("schedules of random graphs are valid, planned, and compute what the graph does") {
    Random random(1);
    for (int round = 0; round < 150; ++round) {
        const Graph graph = random_graph(random, 1 + random() % 60);
        const ScheduleOptions options = random_options(random);
        Result<Schedule> made = schedule(graph, options);
        REQUIRE(made);
        INFO("round " << round << ", interval " << made->interval);
        CHECK(find_fault(graph, *made, {false}).empty());
        CHECK(brute_force_valid(graph, *made));
        const Bounds bounds = bounds_of(graph, options.latencies, options.elements);
        CHECK(made->interval >= bounds.interval);
        CHECK(made->latency >= critical_path(graph, options.latencies));
        BufferProblem problem = buffer_problem(graph, *made);
        const auto plan = plan_buffers(graph, problem, *made);
        REQUIRE(plan);
        CHECK(plan->words >= plan->max_load);
        CHECK(find_fault(graph, *made).empty());
        CHECK(wrong_samples(graph, *made, 9, random) == 0);
    }
}

TEST_CASE("segments are runs of layers, small ones between large ones") {
    Graph graph;
    graph.layers = {"a", "b", "empty", "c", "d", "e"};
    graph.inputs = 1;
    graph.nodes = {{Kind::input, 0, {NodeId{0}}}};
    const auto add = [&](std::uint16_t layer, int operations) {
        for (int k = 0; k < operations; ++k)
            graph.nodes.push_back(
                {Kind::relu, layer, {NodeId{static_cast<std::uint32_t>(graph.nodes.size() - 1)}}});
    };
    add(0, 40);
    add(1, 3);
    add(3, 1);
    add(4, 40);
    add(5, 2);
    const Segments segments = segments_of(graph);
    CHECK(segments.of_layer == std::vector<std::uint32_t>{0, 1, 1, 1, 2, 3});
    CHECK(segments.small == std::vector<bool>{false, true, false, true});
    CHECK(segments.small_ones == std::vector<std::uint32_t>{3, 1});
    graph.nodes[5].layer = 5;  // which another layer before it reads
    CHECK(segments_of(graph).small == std::vector<bool>{false});
}

TEST_CASE("a small layer after a large one does not wait for what the large one has left") {
    // Two hundred independent products, then a long serial tail, on elements that are nearly full.
    Graph graph;
    graph.layers = {"wide", "tail"};
    graph.inputs = 1;
    graph.nodes = {{Kind::input, 0, {NodeId{0}}}};
    for (int k = 0; k < 200; ++k) graph.nodes.push_back({Kind::multiply, 0, {NodeId{0}, NodeId{0}}});
    for (std::uint32_t k = 1; k <= 200; ++k) graph.outputs.push_back(NodeId{k});
    NodeId last{200};
    for (int k = 0; k < 10; ++k) {
        graph.nodes.push_back({Kind::multiply, 1, {last, last}});
        last = NodeId{static_cast<std::uint32_t>(graph.nodes.size() - 1)};
    }
    graph.outputs.push_back(last);
    ScheduleOptions options;
    options.elements = 1;
    options.latencies = latencies_of(Format{});
    const Result<Schedule> made = schedule(graph, options);
    REQUIRE(made);
    CHECK(find_fault(graph, *made, {false}).empty());
    CHECK(made->interval == 210);
    CHECK(made->latency <= 2 * 210 + 10 * 2);  // not ten intervals
}

TEST_CASE("the validator agrees with brute force about schedules that were tampered with") {
    Random random(2);
    int faults = 0;
    for (int round = 0; round < 600; ++round) {
        const Graph graph = random_graph(random, 2 + random() % 12);
        Result<Schedule> made = schedule(graph, random_options(random));
        REQUIRE(made);
        const std::size_t node = 3 + random() % (graph.nodes.size() - 3);
        switch (random() % 4) {
            case 0:
                made->start_of[node] += 1 + random() % 3;
                break;
            case 1:
                made->start_of[node] -= std::min(made->start_of[node], 1 + random() % 2);
                break;
            case 2:
                made->element_of[node] = random() % static_cast<std::uint32_t>(made->elements.size() + 1);
                break;
            default:
                made->interval = std::max(1U, made->interval - 1);
                break;
        }
        for (const NodeId output : graph.outputs)
            made->latency = std::max(made->latency, ready_cycle(graph, *made, output));
        // 12 samples of brute force see every clash of schedules that are at most so many intervals long.
        if (made->latency > 11 * made->interval) continue;
        const std::string fault = find_fault(graph, *made, {false});
        INFO("round " << round << ": " << fault);
        CHECK(fault.empty() == brute_force_valid(graph, *made));
        faults += fault.empty() ? 0 : 1;
    }
    CHECK(faults > 100);
}

TEST_CASE("a place that was tampered with is found, or harmless") {
    Random random(3);
    int faults = 0;
    for (int round = 0; round < 300; ++round) {
        const Graph graph = random_graph(random, 10 + random() % 30);
        Result<Schedule> made = schedule(graph, random_options(random));
        REQUIRE(made);
        BufferProblem problem = buffer_problem(graph, *made);
        REQUIRE(plan_buffers(graph, problem, *made));
        Place& place = made->places[3 + random() % (graph.nodes.size() - 3)];
        if (random() % 2 == 0)
            place.address += place.address == 0 || random() % 2 == 0 ? 1 : -1U;
        else
            place.copies = std::max(1U, place.copies / 2);
        if (find_fault(graph, *made).empty())
            CHECK(wrong_samples(graph, *made, 9, random) == 0);
        else
            ++faults;
    }
    CHECK(faults > 30);
}

TEST_CASE("intervals lie between the bound, the best there is, and a little more") {
    Random random(4);
    int best = 0;
    for (int round = 0; round < 60; ++round) {
        const Graph graph = random_graph(random, 2 + random() % 6);
        ScheduleOptions options;
        options.elements = 2;
        options.latencies = latencies_of(Format{});
        const Result<Schedule> made = schedule(graph, options);
        REQUIRE(made);
        const std::uint32_t least = brute_force_interval(graph, options.latencies, made->elements);
        CHECK(bounds_of(graph, options.latencies, 2).interval <= least);
        CHECK(made->interval >= least);
        CHECK(made->interval <= least + 2);
        best += made->interval == least ? 1 : 0;
    }
    CHECK(best >= 40);
}

TEST_CASE("what cannot be met is one line that names the reason") {
    Random random(5);
    const Graph graph = random_graph(random, 40);
    ScheduleOptions options;
    options.latencies = latencies_of(Format{});
    options.elements = 4;
    options.interval = 3;
    const Result<Schedule> made = schedule(graph, options);
    REQUIRE_FALSE(made);
    CHECK(made.error().find(
              "an interval of 3 cycles cannot be met: 40 operations on 4 elements take at least ") == 0);
    options.elements = 0;
    CHECK(schedule(graph, options).error().find("needs at least") != std::string::npos);
}

namespace {

constexpr const char* kDot = R"mlir(func.func @forward(%a: f32, %b: f32, %w: f32) -> (f32)
  attributes { auxdeps = [], operatortypes = [ { name = "fadd", latency = 3, limit = 9 }, { name = "fmul", latency = 2, limit = 9 } ] } {
%c = "arith.constant" () {  pe = "(-1,)", opr = "arith.constant", op_id = "0", value = 0.5000 : f32  } : () -> f32
%v_1 = "fmac" (%c, %a, %w, %b, %w) { lpStartTime = 0 : i32, pe = "(0, 0)", opr = "fmac.4", op_id = "1" } : (f32, f32, f32, f32, f32) -> f32
%v_2 = "copy" (%v_1) { lpStartTime = 8 : i32, pe = "(0, 0)", opr = "copy", op_id = "2" } : (f32) -> f32
%v_3 = "frelu" (%v_2) { lpStartTime = 9 : i32, pe = "(0, 0)", opr = "frelu", op_id = "3" } : (f32) -> f32
return %v_3: f32
}
)mlir";

}  // namespace

TEST_CASE("a schedule of OpenHLS is read, judged and run") {
    Result<ImportedSchedule> made = parse_openhls(kDot);
    REQUIRE(made);
    CHECK(count_operations(made->graph) == 4);
    CHECK(made->schedule.latency == 10);  // 2 + 3 * 2, copy, relu
    CHECK(find_fault(made->graph, made->schedule, {false}).empty());
    RealModel model(made->graph);
    CHECK(model.run(std::vector<double>{1, 2, 3})[0] == 9.5);

    // OpenHLS starts a copy when what it copies is there, whatever the schedule says.
    std::string early = kDot;
    early.replace(early.find("lpStartTime = 8"), 15, "lpStartTime = 7");
    made = parse_openhls(early);
    REQUIRE(made);
    CHECK(find_fault(made->graph, made->schedule, {false}).empty());

    early.replace(early.find("lpStartTime = 9"), 15, "lpStartTime = 8");
    made = parse_openhls(early);
    REQUIRE(made);
    CHECK(find_fault(made->graph, made->schedule, {false}) ==
          "relu 7 of layer frelu reads in cycle 8 what copy 6 of layer copy has in cycle 9");

    std::string odd = kDot;
    odd.replace(odd.find("opr = \"copy\""), 12, "opr = \"fsqrt\"");
    CHECK(parse_openhls(odd).error() == "line 5: operation %v_2: unsupported operator fsqrt");
    CHECK(parse_openhls(std::string(kDot).substr(0, std::string(kDot).find("return"))).error() ==
          "line 6: the file ends without a return");
}
