// List scheduling modulo an interval (attempt.h).
#include "scientific/hls/schedule/attempt.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <queue>

namespace memo::hls {

Pool::Pool(std::uint32_t begin, std::uint32_t end, std::uint32_t capacity) : capacity_(capacity) {
    for (std::uint32_t element = begin; element < end; ++element) order_.insert({0, element});
}

std::uint32_t Pool::least(std::size_t size) const {
    if (order_.empty() || order_.begin()->first + size > capacity_) return kNowhere;
    return order_.begin()->second;
}

std::uint32_t Pool::fullest(std::size_t size, const std::vector<bool>& wanted) const {
    if (size > capacity_) return kNowhere;
    auto above = order_.lower_bound({capacity_ - size + 1, 0});
    if (above == order_.begin()) return kNowhere;
    const std::uint32_t any = std::prev(above)->second;
    while (above != order_.begin()) {
        const auto& [load, element] = *std::prev(above);
        if (wanted[capacity_ - load - size]) return element;
        above = order_.lower_bound({load, 0});  // others of this load leave the same rest
    }
    return any;
}

void Pool::add(std::uint32_t element, std::uint32_t load, std::size_t size) {
    order_.erase({load, element});
    order_.insert({load + size, element});
}

namespace {

bool chained(const Task& task, NodeId node) {
    return std::find(task.operations.begin(), task.operations.end(), node) != task.operations.end();
}

// Of the chain in a task that begins with `first`.
std::size_t chain_length(const Graph& graph, const Task& task, NodeId first) {
    std::size_t size = 1;
    NodeId last = first;
    for (const NodeId node : task.operations)
        if (graph[node].operands[2] == last) {
            last = node;
            ++size;
        }
    return size;
}

}  // namespace

Attempt::Attempt(const Placement& placement, std::uint32_t slots, const Shares& shares,
                 const Segments& segments, std::vector<std::uint32_t> anchors)
    : graph_(placement.graph),
      latencies_(placement.options.latencies),
      tasks_(placement.tasks),
      latest_(placement.latest),
      segments_(segments),
      anchors_(std::move(anchors)),
      waits_(segments.small.size(), 0),
      reservations_(placement.options.elements, slots, placement.options.read_ports),
      shares_(shares) {
    result_.interval = slots;
    result_.latencies = placement.options.latencies;
    result_.read_ports = placement.options.read_ports;
    result_.elements.assign(placement.options.elements, ElementKind::mac);
    std::fill(result_.elements.end() - shares.back(), result_.elements.end(), ElementKind::function);
    result_.start_of.assign(graph_.nodes.size(), 0);
    clear();
}

// No element has any work.
void Attempt::clear() {
    pools_.clear();
    std::uint32_t begin = 0;
    for (const std::uint32_t share : shares_) {
        pools_.emplace_back(begin, begin + share, reservations_.slots());
        begin += share;
    }
    load_.assign(result_.elements.size(), 0);
    result_.element_of.assign(graph_.nodes.size(), kNowhere);
}

std::optional<NodeId> Attempt::run() {
    if (share_out()) {
        clear();
        tight_ = true;
        find_sums_of_chains();
        if (auto left = share_out()) return left;
    }
    for (const std::uint32_t segment : segments_.small_ones)
        if (auto left = place_segment(segment)) return left;
    for (std::uint32_t segment = 0; segment < segments_.small.size(); ++segment) {
        if (segments_.small[segment])
            move_segment(segment);
        else if (auto left = place_segment(segment))
            return left;
    }
    for (const NodeId output : graph_.outputs)
        result_.latency = std::max(result_.latency, ready_cycle(graph_, result_, output));
    return std::nullopt;
}

std::optional<NodeId> Attempt::place_segment(std::uint32_t segment) {
    const auto in_segment = [&](std::uint32_t task) {
        return segment_of(tasks_[task].operations.front()) == segment;
    };
    std::vector<std::uint32_t> waits_for(tasks_.size(), 0);  // for how many of its segment's tasks
    for (std::uint32_t task = 0; task < tasks_.size(); ++task)
        if (in_segment(task))
            for (const std::uint32_t user : tasks_[task].users) ++waits_for[user];

    using Entry = std::pair<std::uint32_t, std::uint32_t>;  // latest start, task
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
    const auto offer = [&](std::uint32_t task) {
        ready.push({latest_[tasks_[task].operations.front().value], task});
    };
    for (std::uint32_t task = 0; task < tasks_.size(); ++task)
        if (in_segment(task) && waits_for[task] == 0) offer(task);
    while (!ready.empty()) {
        const Task& task = tasks_[ready.top().second];
        ready.pop();
        if (auto left = place(task)) return left;
        for (const std::uint32_t user : task.users)
            if (in_segment(user) && --waits_for[user] == 0) offer(user);
    }
    return std::nullopt;
}

// By whole intervals, so that it keeps its slots.
void Attempt::move_segment(std::uint32_t segment) {
    const std::int64_t slots = reservations_.slots();
    std::int64_t lacking = INT64_MIN;  // cycles that operands come too late, at most
    for (std::uint32_t index = 0; index < graph_.nodes.size(); ++index) {
        const Node& node = graph_.nodes[index];
        if (!is_operation(node.kind) || segment_of(NodeId{index}) != segment) continue;
        for (std::size_t k = 0; k < operand_count(node.kind); ++k) {
            const NodeId from = node.operands[k];
            if (graph_[from].kind == Kind::constant ||
                (graph_[from].kind != Kind::input && segment_of(from) == segment))
                continue;
            lacking = std::max(lacking, std::int64_t{ready_cycle(graph_, result_, from)} -
                                            read_delay(latencies_, node.kind, k) - result_.start_of[index]);
        }
    }
    if (lacking == INT64_MIN) return;
    const std::int64_t later = lacking > 0 ? (lacking + slots - 1) / slots * slots : 0;
    waits_[segment] = static_cast<std::uint64_t>(later - lacking);
    for (std::uint32_t index = 0; later > 0 && index < graph_.nodes.size(); ++index)
        if (is_operation(graph_.nodes[index].kind) && segment_of(NodeId{index}) == segment)
            result_.start_of[index] += static_cast<std::uint32_t>(later);
}

std::vector<std::uint32_t> Attempt::better_anchors(std::uint32_t margin) const {
    const std::uint64_t slots = reservations_.slots();
    std::vector<std::uint32_t> anchors = anchors_;
    for (std::size_t segment = 1; segment < anchors.size(); ++segment)
        anchors[segment] =
            static_cast<std::uint32_t>((anchors[segment] + slots + margin - waits_[segment] % slots) % slots);
    return anchors;
}

Pool& Attempt::pool(Kind kind) {
    const auto wanted = static_cast<std::size_t>(class_of(kind));
    return pools_[shares_[wanted] > 0 ? wanted : 0];
}

void Attempt::give(std::uint32_t element, Kind kind, std::size_t size) {
    pool(kind).add(element, load_[element], size);
    load_[element] += static_cast<std::uint32_t>(size);
}

// An element for every chain. Single operations choose theirs when they are placed.
std::optional<NodeId> Attempt::share_out() {
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

void Attempt::find_sums_of_chains() {
    std::set<std::size_t> lengths;
    for (const Task& task : tasks_)
        if (task.operations.size() > 1) lengths.insert(chain_length(graph_, task, task.operations.front()));
    filled_by_chains_.assign(reservations_.slots() + 1, false);
    filled_by_chains_[0] = true;
    for (std::size_t slots = 1; slots < filled_by_chains_.size(); ++slots)
        filled_by_chains_[slots] = std::any_of(lengths.begin(), lengths.end(), [&](std::size_t length) {
            return length <= slots && filled_by_chains_[slots - length];
        });
}

std::uint32_t Attempt::element_for(std::size_t size) {
    const Pool& products = pool(Kind::fmac);
    return tight_ ? products.fullest(size, filled_by_chains_) : products.least(size);
}

std::optional<NodeId> Attempt::share_out(const Task& task) {
    const std::uint32_t together = element_for(task.operations.size());
    if (together != kNowhere) give(together, Kind::fmac, task.operations.size());
    for (const NodeId node : task.operations) {
        std::uint32_t& element = result_.element_of[node.value];
        element = together;
        if (together != kNowhere) continue;
        // No room for all of it: chain by chain. A chain's other operations follow its first.
        const NodeId addend = graph_[node].operands[2];
        const bool follows = graph_[addend].kind == Kind::fmac &&
                             result_.element_of[addend.value] != kNowhere && chained(task, addend);
        const std::size_t size = follows ? 0 : chain_length(graph_, task, node);
        element = follows ? result_.element_of[addend.value] : element_for(size);
        if (element == kNowhere) return node;
        if (!follows) give(element, Kind::fmac, size);
    }
    return std::nullopt;
}

std::optional<NodeId> Attempt::place(const Task& task) {
    for (const NodeId node : task.operations) {
        const Kind kind = graph_[node].kind;
        const std::uint64_t earliest = earliest_start(node);
        if (result_.element_of[node.value] != kNowhere) {
            const std::uint64_t start = find_start(node, result_.element_of[node.value], earliest);
            if (start == UINT64_MAX) return node;
            commit(node, start);
            continue;
        }
        // Where it can start first; of those, the one with the least work. Where ports are short, the one
        // with the least work that has a slot: results that are spread over the banks are read with fewer
        // conflicts.
        std::uint64_t first = UINT64_MAX;
        pool(kind).each([&](std::uint32_t element) {
            const std::uint64_t start = find_start(node, element, earliest, first);
            if (start < first) {
                first = start;
                result_.element_of[node.value] = element;
            }
            return first == earliest || (result_.read_ports > 0 && first != UINT64_MAX);
        });
        if (first == UINT64_MAX) return node;
        commit(node, first);
        give(result_.element_of[node.value], kind, 1);
    }
    return std::nullopt;
}

std::uint64_t Attempt::earliest_start(NodeId node) const {
    const Kind kind = graph_[node].kind;
    const std::uint32_t segment = segment_of(node);
    const bool moves = segments_.small[segment];
    std::uint64_t earliest = moves ? anchors_[segment] : 0;
    for (std::size_t k = 0; k < operand_count(kind); ++k) {
        const NodeId from = graph_[node].operands[k];
        if (moves && is_operation(graph_[from].kind) && segment_of(from) != segment) continue;
        const std::uint64_t ready = ready_cycle(graph_, result_, from);
        const std::uint64_t delay = read_delay(latencies_, kind, k);
        earliest = std::max(earliest, ready > delay ? ready - delay : 0);
    }
    return earliest;
}

std::uint64_t Attempt::find_start(NodeId node, std::uint32_t element, std::uint64_t cycle,
                                  std::uint64_t end) const {
    const std::uint32_t takes = latency(latencies_, graph_[node].kind);
    end = std::min<std::uint64_t>(end, cycle + reservations_.slots());
    for (; cycle < end; ++cycle) {
        cycle = reservations_.next_start(element, cycle, end, takes);
        if (cycle >= end) break;
        if (can_read(node, cycle)) return cycle;
    }
    return UINT64_MAX;
}

// The operand's bank, or kNowhere if it needs no port.
std::uint32_t Attempt::bank(NodeId node, std::size_t operand) const {
    if (graph_[node].kind == Kind::fmac && operand == 2) return kNowhere;
    return result_.element_of[graph_[node].operands[operand].value];
}

bool Attempt::can_read(NodeId node, std::uint64_t cycle) const {
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

void Attempt::commit(NodeId node, std::uint64_t cycle) {
    reservations_.start(result_.element_of[node.value], cycle, latency(latencies_, graph_[node].kind));
    result_.start_of[node.value] = static_cast<std::uint32_t>(cycle);
    if (result_.read_ports == 0) return;
    for (std::size_t k = 0; k < std::min<std::size_t>(2, operand_count(graph_[node].kind)); ++k)
        if (bank(node, k) != kNowhere) reservations_.read(bank(node, k), cycle, graph_[node].operands[k]);
}

}  // namespace memo::hls
