// Keeping the last requests (common/request_log.h).
#include "common/request_log.h"

#include <algorithm>
#include <utility>

namespace memo {
namespace {

template <class Value>
void drop_front(std::vector<Value>& values, std::size_t count) {
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace

Request RequestLog::request_of(const Event& event) const {
    Request request{.size = event.size, .alignment = event.alignment, .module = kNone, .caller = 0};
    if (event.site == kNone || trace_.sites.frames(event.site).empty()) return request;
    const Frame caller = trace_.sites.frames(event.site).front();
    request.module = caller.module;
    request.caller = caller.offset;
    return request;
}

void RequestLog::allocated(const Allocation& allocation) {
    const Event& event = allocation.event;
    if (event.thread >= threads_.size()) threads_.resize(std::size_t{event.thread} + 1);
    if (allocation.requester >= thread_of_requester_.size())
        thread_of_requester_.resize(std::size_t{allocation.requester} + 1);
    thread_of_requester_[allocation.requester] = event.thread;
    if (kept_ == most_) make_room();
    ++kept_;
    Thread& thread = threads_[event.thread];
    ThreadRequests& requests = thread.requests;
    ++requests.allocations;
    thread.interner.append(request_of(event), requests.sequence);
    requests.events.push_back(allocation.index);
    requests.ends.push_back(allocation.makes_block ? kNeverReleased : allocation.index);
    requests.sites.push_back(event.site);
    requests.contexts.push_back(event.context);
    requests.entries.push_back(event.entry);
}

void RequestLog::ended(const Block& block, std::uint64_t end, bool /*temporary*/) {
    ThreadRequests& requests = threads_[thread_of_requester_[block.requester]].requests;
    // Ordinals are modulo 2^32, and fewer are kept: how far back this one is says whether it is.
    const auto back = static_cast<std::uint32_t>(requests.allocations) - block.ordinal;
    if (back > requests.size()) return;
    const std::size_t at = requests.size() - back;
    if (at < requests.size() && requests.events[at] == block.birth) requests.ends[at] = end;
}

// The thread that has kept the most loses the older half.
void RequestLog::make_room() {
    const auto busiest = std::max_element(threads_.begin(), threads_.end(), [](const auto& a, const auto& b) {
        return a.requests.size() < b.requests.size();
    });
    ThreadRequests& requests = busiest->requests;
    const std::size_t gone = (requests.size() + 1) / 2;
    kept_ -= gone;
    drop_front(requests.events, gone);
    drop_front(requests.ends, gone);
    drop_front(requests.sites, gone);
    drop_front(requests.contexts, gone);
    drop_front(requests.entries, gone);
    // Only the symbols that are still there.
    const periods::SymbolSequence old = std::exchange(requests.sequence, {});
    busiest->interner = {};
    requests.sequence.symbols.reserve(old.symbols.size());
    for (std::size_t i = gone; i < old.symbols.size(); ++i)
        busiest->interner.append(old.requests[old.symbols[i]], requests.sequence);
}

std::vector<ThreadRequests> RequestLog::take() {
    threads_.resize(std::max(threads_.size(), trace_.threads.size()));
    std::vector<ThreadRequests> all;
    for (Thread& thread : threads_) all.push_back(std::move(thread.requests));
    return all;
}

std::vector<ThreadRequests> requests_of_threads(TraceSource& source, std::size_t most) {
    Requesters requesters;
    RequestLog log(source.trace(), most);
    replay(source, requesters, {&log});
    return log.take();
}

}  // namespace memo
