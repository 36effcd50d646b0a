// The allocations of each thread as the period detection wants them, with what became of their blocks: all of
// them, or, of a long trace, the last ones. A program does in its last millions of requests what it does
// steadily; what it did long before does not help to find its round, and memory is bounded.
// Thread safety: a plain value; concurrent reads are fine.
#pragma once

#include "common/block_replay.h"
#include "common/periods_symbols.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace memo {

inline constexpr std::uint64_t kNeverReleased = UINT64_MAX;

// Parallel arrays, one entry a request that is looked at, in the order of the thread.
struct ThreadRequests {
    std::uint64_t allocations = 0;  // of the thread in the whole trace
    // Size, alignment and caller: the innermost frame of the site. A request without a site has module kNone
    // and caller 0.
    periods::SymbolSequence sequence;
    std::vector<std::uint64_t> events;  // index of each request's event
    std::vector<std::uint64_t> ends;    // of the event that ended its block (common/block_replay.h), or
                                        // kNeverReleased; the request's own where it failed
    std::vector<std::uint32_t> sites;
    std::vector<std::uint32_t> contexts;
    std::vector<EntryPoint> entries;

    [[nodiscard]] std::size_t size() const { return events.size(); }
    [[nodiscard]] const Request& operator[](std::size_t i) const {
        return sequence.requests[sequence.symbols[i]];
    }
    // How many requests before the first one looked at were left out.
    [[nodiscard]] std::uint64_t skipped() const { return allocations - size(); }
};

class RequestLog final : public BlockVisitor {
  public:
    // Requests of all threads together that are kept: some 200 MiB, and as much again to find their period.
    static constexpr std::size_t kMost = std::size_t{4} << 20U;

    // Keeps at most `most` requests, at least half as many where there are more. `trace` is that of the
    // source; it must outlive the log.
    explicit RequestLog(const Trace& trace, std::size_t most = kMost) : trace_(trace), most_(most) {}

    void allocated(const Allocation& allocation) override;
    void ended(const Block& block, std::uint64_t end, bool temporary) override;

    // One a thread of the trace. The log is spent afterwards.
    [[nodiscard]] std::vector<ThreadRequests> take();

  private:
    struct Thread {
        ThreadRequests requests;
        periods::Interner interner;
    };

    [[nodiscard]] Request request_of(const Event& event) const;
    void make_room();

    const Trace& trace_;
    std::size_t most_;
    std::size_t kept_ = 0;
    std::vector<Thread> threads_;
    std::vector<std::uint32_t> thread_of_requester_;
};

// The requests of every thread of a source, by a walk of their own.
[[nodiscard]] std::vector<ThreadRequests> requests_of_threads(TraceSource& source,
                                                              std::size_t most = RequestLog::kMost);

}  // namespace memo
