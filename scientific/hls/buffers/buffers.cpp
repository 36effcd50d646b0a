// Lifetimes as a problem, offsets as addresses (buffers.h).
#include "scientific/hls/buffers/buffers.h"

#include "planner/solve.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>

namespace memo::hls {

namespace {

// The last cycle in which each node is read; 0 if it never is.
std::vector<std::uint32_t> last_reads(const Graph& graph, const Schedule& schedule) {
    std::vector<std::uint32_t> last(graph.nodes.size(), 0);
    for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
        const Node& node = graph.nodes[index];
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            std::uint32_t& operand = last[node.operands[k].value];
            operand =
                std::max(operand, schedule.start_of[index] + read_delay(schedule.latencies, node.kind, k));
        }
    }
    for (const NodeId output : graph.outputs)
        last[output.value] = std::max(last[output.value], schedule.latency);
    return last;
}

struct Life {
    std::uint32_t first = UINT32_MAX;  // cycle
    std::uint32_t last = 0;            // cycle, still read in it
    std::uint32_t bank = 0;
};

void add_block(BufferProblem& problem, const Life& life, std::uint32_t interval) {
    planner::Problem& blocks = problem.table.problem;
    const std::uint32_t length = life.last - life.first + 1;
    const std::uint32_t copies = std::bit_ceil((length + interval - 1) / interval);
    planner::Block block{Bytes{copies}, Bytes{copies}, {EventIndex{0}, EventIndex{interval}}};
    std::vector<planner::Gap> gaps;
    const std::uint32_t begin = life.first % interval;
    if (copies == 1 && length < interval) {
        if (begin + length <= interval)
            block.life = {EventIndex{begin}, EventIndex{begin + length}};
        else
            gaps.push_back(
                {{EventIndex{begin + length - interval}, EventIndex{begin}}, Offset{0}, Offset{0}});
    }
    blocks.blocks.push_back(block);
    blocks.gaps.push_back(std::move(gaps));
    blocks.arena_of.push_back(life.bank);
}

}  // namespace

BufferProblem buffer_problem(const Graph& graph, const Schedule& schedule) {
    const std::vector<NodeId> next = chain_successors(graph);
    const std::vector<std::uint32_t> last = last_reads(graph, schedule);
    BufferProblem problem;
    problem.block_of.assign(graph.nodes.size(), kNowhere);
    std::vector<Life> lives;
    for (std::uint32_t index = 0; index < graph.nodes.size(); ++index) {
        const Node& node = graph.nodes[index];
        if (!is_operation(node.kind) || last[index] == 0) continue;
        std::uint32_t& block = problem.block_of[index];
        const bool follows = node.kind == Kind::fmac && next[node.operands[2].value] == NodeId{index};
        if (follows) block = problem.block_of[node.operands[2].value];
        if (block == kNowhere) {
            block = static_cast<std::uint32_t>(lives.size());
            lives.push_back({UINT32_MAX, 0, schedule.element_of[index]});
            problem.table.problem.ids.push_back(graph.layers[node.layer] + "." + std::to_string(index));
        }
        Life& life = lives[block];
        life.first = std::min(life.first, ready_cycle(graph, schedule, NodeId{index}));
        life.last = std::max(life.last, last[index]);
    }
    for (const Life& life : lives) add_block(problem, life, schedule.interval);
    for (std::size_t bank = 0; bank < schedule.elements.size(); ++bank)
        problem.table.problem.arenas.push_back("bank" + std::to_string(bank));
    return problem;
}

namespace {

// The problem of one bank: its blocks, and which these are.
struct BankProblem {
    planner::Problem problem;
    std::vector<std::uint32_t> blocks;
};

std::vector<BankProblem> banks_of(const planner::Problem& problem, std::size_t banks) {
    std::vector<BankProblem> result(banks);
    for (std::uint32_t block = 0; block < problem.blocks.size(); ++block) {
        BankProblem& bank = result[problem.arena_of[block]];
        bank.problem.blocks.push_back(problem.blocks[block]);
        bank.problem.gaps.push_back(problem.gaps[block]);
        bank.blocks.push_back(block);
    }
    return result;
}

void set_places(const Graph& graph, const BufferProblem& problem, Schedule& schedule) {
    schedule.places.assign(graph.nodes.size(), {});
    std::uint32_t input_end = 1;
    const std::vector<std::uint32_t> last = last_reads(graph, schedule);
    for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
        if (graph.nodes[index].kind == Kind::input) input_end = std::max(input_end, last[index] + 1);
        const std::uint32_t block = problem.block_of[index];
        if (block == kNowhere) continue;
        schedule.places[index] = {static_cast<std::uint32_t>(problem.table.offsets[block]->value),
                                  static_cast<std::uint32_t>(problem.table.problem.blocks[block].size.value)};
    }
    schedule.input_copies = std::bit_ceil((input_end + schedule.interval - 1) / schedule.interval);
}

}  // namespace

namespace {

// No time limit and no search: a design compiled again has the same addresses.
Result<planner::Outcome> solve_bank(const planner::Problem& problem) {
    std::optional<planner::Outcome> best;
    for (const std::string_view strategy :
         {"greedy-by-lifetime-best", "greedy-by-size-best", "greedy-by-breadth-best", "greedy-by-lifetime",
          "greedy-by-area-best"}) {
        Result<planner::Outcome> outcome = planner::solve(problem, strategy);
        if (!outcome) return outcome;
        if (!best || outcome->height < best->height) best = std::move(outcome).value();
        if (best->proven_optimal) break;
    }
    return *std::move(best);
}

}  // namespace

Result<BufferPlan> plan_buffers(const Graph& graph, BufferProblem& problem, Schedule& schedule) {
    BufferPlan plan;
    planner::ProblemTable& table = problem.table;
    table.offsets.assign(table.problem.blocks.size(), Offset{0});
    schedule.bank_words.assign(schedule.elements.size(), 0);
    const std::vector<BankProblem> banks = banks_of(table.problem, schedule.elements.size());
    for (std::size_t index = 0; index < banks.size(); ++index) {
        const BankProblem& bank = banks[index];
        if (bank.blocks.empty()) continue;
        const Result<planner::Outcome> outcome = solve_bank(bank.problem);
        if (!outcome) return Error{"bank " + std::to_string(index) + ": " + outcome.error()};
        for (std::size_t k = 0; k < bank.blocks.size(); ++k)
            table.offsets[bank.blocks[k]] = outcome->packing.offsets[k];
        const auto height = static_cast<std::uint32_t>(outcome->height.value);
        schedule.bank_words[index] = height;
        plan.words += height;
        plan.max_load += outcome->max_load.value;
        plan.largest = std::max(plan.largest, height);
        for (const planner::Block& block : bank.problem.blocks) plan.values += block.size.value;
    }
    set_places(graph, problem, schedule);
    return plan;
}

}  // namespace memo::hls
