// List scheduling modulo an interval (scheduler.h).
#include "scientific/hls/schedule/scheduler.h"

#include "scientific/hls/schedule/bounds.h"
#include "scientific/hls/schedule/reservations.h"
#include "scientific/hls/schedule/tasks.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <queue>
#include <set>

namespace memo::hls {

namespace {

// The elements of one kind, those with the least work first.
class Pool {
  public:
    Pool(std::uint32_t begin, std::uint32_t end, std::uint32_t capacity) : capacity_(capacity) {
        for (std::uint32_t element = begin; element < end; ++element) order_.insert({0, element});
    }
    // The element with the least work, if it has room for `size` more.
    [[nodiscard]] std::uint32_t least(std::size_t size) const {
        if (order_.empty() || order_.begin()->first + size > capacity_) return kNowhere;
        return order_.begin()->second;
    }
    void add(std::uint32_t element, std::uint32_t load, std::size_t size) {
        order_.erase({load, element});
        order_.insert({load + size, element});
    }
    // Elements with room, the emptiest first.
    template <class Use>
    bool any_of(const Use& use) const {
        return std::any_of(order_.begin(), order_.end(),
                           [&](const auto& entry) { return entry.first < capacity_ && use(entry.second); });
    }

  private:
    std::size_t capacity_;
    std::set<std::pair<std::size_t, std::uint32_t>> order_;
};

// Operations of one class take equally long and have elements of their own, if these are shared between
// classes: on an element that starts operations of different latencies, two may want to finish in one cycle,
// so that it cannot be filled.
enum class Class : std::uint8_t { product, sum, compare, function };
constexpr std::size_t kClasses = 4;

Class class_of(Kind kind) {
    switch (kind) {
        case Kind::add:
        case Kind::subtract:
            return Class::sum;
        case Kind::maximum:
        case Kind::relu:
        case Kind::negate:
        case Kind::copy:
            return Class::compare;
        case Kind::exp:
        case Kind::divide:
            return Class::function;
        default:
            return Class::product;
    }
}

// How many elements each class has. Where the classes are mixed, the first one has those of all mac elements.
using Shares = std::array<std::uint32_t, kClasses>;

Shares mixed_shares(std::uint32_t elements, std::uint32_t function_elements) {
    return {elements - function_elements, 0, 0, function_elements};
}

// Each class as many as it needs, and one in `part` of those left (0: none), the products the rest; nothing
// if there are not that many.
std::optional<Shares> pure_shares(const Graph& graph, std::uint32_t elements, std::uint32_t slots,
                                  std::uint32_t part) {
    std::array<std::size_t, kClasses> operations{};
    for (const Node& node : graph.nodes)
        if (is_operation(node.kind)) ++operations[static_cast<std::size_t>(class_of(node.kind))];
    Shares shares{};
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < kClasses; ++k) {
        shares[k] = static_cast<std::uint32_t>((operations[k] + slots - 1) / slots);
        sum += shares[k];
    }
    if (sum > elements) return std::nullopt;
    // A full class makes everything wait for its last free slots.
    const std::uint32_t left = elements - static_cast<std::uint32_t>(sum);
    for (std::uint32_t& share : shares)
        if (share > 0 && part > 0) share += left / part;
    shares[0] += elements - std::accumulate(shares.begin(), shares.end(), 0U);
    return shares;
}

// One try at one interval. `slots` is the interval, or a horizon long enough for one sample.
class Attempt {
  public:
    Attempt(const Graph& graph, const ScheduleOptions& options, std::vector<Task> tasks,
            const std::vector<std::uint32_t>& latest, std::uint32_t slots, const Shares& shares)
        : graph_(graph),
          latencies_(options.latencies),
          tasks_(std::move(tasks)),
          latest_(latest),
          reservations_(options.elements, slots, options.read_ports),
          load_(options.elements, 0),
          shares_(shares) {
        std::uint32_t begin = 0;
        for (const std::uint32_t share : shares) {
            pools_.emplace_back(begin, begin + share, slots);
            begin += share;
        }
        result_.interval = slots;
        result_.latencies = options.latencies;
        result_.read_ports = options.read_ports;
        result_.elements.assign(options.elements, ElementKind::mac);
        std::fill(result_.elements.end() - shares.back(), result_.elements.end(), ElementKind::function);
        result_.element_of.assign(graph.nodes.size(), kNowhere);
        result_.start_of.assign(graph.nodes.size(), 0);
    }

    // Empty if all found a slot, else the node that did not.
    std::optional<NodeId> run() {
        if (auto left = share_out()) return left;
        using Entry = std::pair<std::uint32_t, std::uint32_t>;  // latest start, task
        std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
        const auto offer = [&](std::uint32_t task) {
            ready.push({latest_[tasks_[task].operations.front().value], task});
        };
        for (std::uint32_t task = 0; task < tasks_.size(); ++task)
            if (tasks_[task].waits_for == 0) offer(task);
        while (!ready.empty()) {
            const Task& task = tasks_[ready.top().second];
            ready.pop();
            if (auto left = place(task)) return left;
            for (const std::uint32_t user : task.users)
                if (--tasks_[user].waits_for == 0) offer(user);
        }
        for (const NodeId output : graph_.outputs)
            result_.latency = std::max(result_.latency, ready_cycle(graph_, result_, output));
        return std::nullopt;
    }

    Schedule take() && { return std::move(result_); }

  private:
    Pool& pool(Kind kind) {
        const auto wanted = static_cast<std::size_t>(class_of(kind));
        return pools_[shares_[wanted] > 0 ? wanted : 0];
    }

    void give(std::uint32_t element, Kind kind, std::size_t size) {
        pool(kind).add(element, load_[element], size);
        load_[element] += static_cast<std::uint32_t>(size);
    }

    // An element for every chain. Single operations choose theirs when they are placed.
    std::optional<NodeId> share_out() {
        std::vector<std::uint32_t> order;
        for (std::uint32_t task = 0; task < tasks_.size(); ++task)
            if (tasks_[task].operations.size() > 1) order.push_back(task);
        std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            return tasks_[a].operations.size() > tasks_[b].operations.size();
        });
        for (const std::uint32_t task : order)
            if (auto left = share_out(tasks_[task])) return left;
        return std::nullopt;
    }

    std::optional<NodeId> share_out(const Task& task) {
        const std::uint32_t together = pool(Kind::fmac).least(task.operations.size());
        if (together != kNowhere) give(together, Kind::fmac, task.operations.size());
        for (const NodeId node : task.operations) {
            std::uint32_t& element = result_.element_of[node.value];
            element = together;
            if (together != kNowhere) continue;
            // No room for all of it: chain by chain. A chain's other operations follow its first.
            const NodeId addend = graph_[node].operands[2];
            const bool follows = graph_[addend].kind == Kind::fmac &&
                                 result_.element_of[addend.value] != kNowhere && chained(task, addend);
            const std::size_t size = follows ? 0 : length(task, node);
            element = follows ? result_.element_of[addend.value] : pool(Kind::fmac).least(size);
            if (element == kNowhere) return node;
            if (!follows) give(element, Kind::fmac, size);
        }
        return std::nullopt;
    }

    [[nodiscard]] static bool chained(const Task& task, NodeId node) {
        return std::find(task.operations.begin(), task.operations.end(), node) != task.operations.end();
    }
    [[nodiscard]] std::size_t length(const Task& task, NodeId first) const {
        std::size_t size = 1;
        NodeId last = first;
        for (const NodeId node : task.operations)
            if (graph_[node].operands[2] == last) {
                last = node;
                ++size;
            }
        return size;
    }

    std::optional<NodeId> place(const Task& task) {
        for (const NodeId node : task.operations) {
            const Kind kind = graph_[node].kind;
            const std::uint64_t earliest = earliest_start(node);
            if (result_.element_of[node.value] != kNowhere) {
                const std::uint64_t start = find_start(node, result_.element_of[node.value], earliest);
                if (start == UINT64_MAX) return node;
                commit(node, start);
                continue;
            }
            const bool found = pool(kind).any_of([&](std::uint32_t element) {
                const std::uint64_t start = find_start(node, element, earliest);
                if (start == UINT64_MAX) return false;
                result_.element_of[node.value] = element;
                commit(node, start);
                return true;
            });
            if (!found) return node;
            give(result_.element_of[node.value], kind, 1);
        }
        return std::nullopt;
    }

    [[nodiscard]] std::uint64_t earliest_start(NodeId node) const {
        const Kind kind = graph_[node].kind;
        std::uint64_t earliest = 0;
        for (std::size_t k = 0; k < operand_count(kind); ++k) {
            const std::uint64_t ready = ready_cycle(graph_, result_, graph_[node].operands[k]);
            const std::uint64_t delay = read_delay(latencies_, kind, k);
            earliest = std::max(earliest, ready > delay ? ready - delay : 0);
        }
        return earliest;
    }

    [[nodiscard]] std::uint64_t find_start(NodeId node, std::uint32_t element, std::uint64_t cycle) const {
        const std::uint32_t takes = latency(latencies_, graph_[node].kind);
        const std::uint64_t end = cycle + reservations_.slots();
        for (; cycle < end; ++cycle) {
            cycle = reservations_.next_start(element, cycle, takes);
            if (cycle >= end) break;
            if (can_read(node, cycle)) return cycle;
        }
        return UINT64_MAX;
    }

    // The operand's bank, or kNowhere if it needs no port.
    [[nodiscard]] std::uint32_t bank(NodeId node, std::size_t operand) const {
        if (graph_[node].kind == Kind::fmac && operand == 2) return kNowhere;
        return result_.element_of[graph_[node].operands[operand].value];
    }

    [[nodiscard]] bool can_read(NodeId node, std::uint64_t cycle) const {
        if (result_.read_ports == 0) return true;
        const std::array<NodeId, 3>& operands = graph_[node].operands;
        const std::size_t count = std::min<std::size_t>(2, operand_count(graph_[node].kind));
        for (std::size_t k = 0; k < count; ++k)
            if (bank(node, k) != kNowhere && !reservations_.can_read(bank(node, k), cycle, operands[k]))
                return false;
        if (count < 2 || bank(node, 0) == kNowhere || bank(node, 0) != bank(node, 1) ||
            operands[0] == operands[1])
            return true;
        return reservations_.can_read_both(bank(node, 0), cycle, operands[0], operands[1]);
    }

    void commit(NodeId node, std::uint64_t cycle) {
        reservations_.start(result_.element_of[node.value], cycle, latency(latencies_, graph_[node].kind));
        result_.start_of[node.value] = static_cast<std::uint32_t>(cycle);
        if (result_.read_ports == 0) return;
        for (std::size_t k = 0; k < std::min<std::size_t>(2, operand_count(graph_[node].kind)); ++k)
            if (bank(node, k) != kNowhere) reservations_.read(bank(node, k), cycle, graph_[node].operands[k]);
    }

    const Graph& graph_;
    const Latencies& latencies_;
    std::vector<Task> tasks_;
    const std::vector<std::uint32_t>& latest_;
    Reservations reservations_;
    std::vector<std::uint32_t> load_;  // by element: operations given to it
    Shares shares_;
    std::vector<Pool> pools_;  // by Class
    Schedule result_;
};

std::string refusal(const Graph& graph, std::uint32_t interval, NodeId node) {
    return "an interval of " + std::to_string(interval) + " cycles cannot be met: no slot is left for a " +
           std::string(name_of(graph[node].kind)) + " of layer " + graph.layers[graph[node].layer];
}

std::vector<std::optional<Shares>> shares_to_try(const Graph& graph, const ScheduleOptions& options,
                                                 const Bounds& bounds, std::uint32_t slots) {
    if (!options.pipelined) return {mixed_shares(options.elements, bounds.function_elements)};
    const auto functions = static_cast<std::uint32_t>((work_of(graph).functions + slots - 1) / slots);
    return {mixed_shares(options.elements, functions), pure_shares(graph, options.elements, slots, 5),
            pure_shares(graph, options.elements, slots, 10), pure_shares(graph, options.elements, slots, 0)};
}

}  // namespace

Result<Schedule> schedule(const Graph& graph, const ScheduleOptions& options) {
    if (const std::string wrong = check(graph); !wrong.empty()) return Error{wrong};
    const Work work = work_of(graph);
    const std::uint32_t kinds = (work.mac > 0 ? 1U : 0U) + (work.functions > 0 ? 1U : 0U);
    if (options.elements < std::max(1U, kinds))
        return Error{"the network needs at least " + std::to_string(std::max(1U, kinds)) +
                     " elements, one a kind"};
    const Bounds bounds = bounds_of(graph, options.latencies, options.elements);
    if (options.pipelined && options.interval > 0 && options.interval < bounds.interval)
        return Error{"an interval of " + std::to_string(options.interval) +
                     " cycles cannot be met: " + std::to_string(work.mac + work.functions) +
                     " operations on " + std::to_string(options.elements) + " elements take at least " +
                     std::to_string(bounds.interval)};

    const std::uint32_t accumulators =
        options.accumulators > 0 ? options.accumulators : options.latencies.add;
    const std::vector<Task> tasks = tasks_of(graph, std::max(1U, accumulators));
    const std::vector<std::uint32_t> latest = latest_starts(graph, options.latencies);
    std::uint32_t slots = options.interval > 0 ? options.interval : bounds.interval;
    if (!options.pipelined) slots = bounds.interval + bounds.latency;
    for (std::uint32_t tries = 0;;) {
        NodeId stuck = graph.outputs.front();
        for (const std::optional<Shares>& shares : shares_to_try(graph, options, bounds, slots)) {
            if (!shares) continue;
            Attempt attempt(graph, options, tasks, latest, slots, *shares);
            if (const std::optional<NodeId> left = attempt.run()) {
                stuck = *left;
                continue;
            }
            Schedule result = std::move(attempt).take();
            if (options.pipelined) return result;
            if (result.latency <= slots) {  // else slots were reused
                result.interval = std::max(1U, result.latency);
                return result;
            }
        }
        if (options.pipelined && options.interval > 0) return Error{refusal(graph, slots, stuck)};
        // One by one near the bound, where it matters, then faster: far from it the elements are too few to
        // fill.
        ++tries;
        slots += options.pipelined ? 1 + (tries > 8 ? slots / 50 : 0) : slots;
        if (slots > UINT32_MAX / 4) return Error{refusal(graph, slots, stuck)};
    }
}

}  // namespace memo::hls
