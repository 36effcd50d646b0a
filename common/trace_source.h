// A trace as those see it who analyse it: its tables are in memory, its events pass by in order. So a trace
// may be of any length; what is kept of it is up to whoever looks.
//
// Invariants: every walk gives the same events with the same indices into the tables; tables only grow during
// the first walk. Thread safety: none; one walk at a time.
#pragma once

#include "common/trace.h"

#include <functional>
#include <span>
#include <vector>

namespace memo {

class TraceSource {
  public:
    // A few thousand events that follow each other; good until the call returns.
    using Visit = std::function<void(std::span<const Event>)>;

    TraceSource() = default;
    TraceSource(const TraceSource&) = delete;
    TraceSource& operator=(const TraceSource&) = delete;
    virtual ~TraceSource() = default;

    // All but the events and mappings. Damage to them is counted, and threads and sites are numbered, by the
    // first walk.
    [[nodiscard]] virtual const Trace& trace() const = 0;

    // Walks over the events (mappings: over mmap and munmap) in order of their sequence numbers.
    virtual void for_each(const Visit& events, const Visit& mappings) = 0;
    void for_each(const Visit& events) {
        for_each(events, [](std::span<const Event>) {});
    }

  protected:
    TraceSource(TraceSource&&) = default;
    TraceSource& operator=(TraceSource&&) = default;
};

// A trace whose events are in memory. It must outlive the source. Event::to_move need not be right in it.
class TraceInMemory final : public TraceSource {
  public:
    explicit TraceInMemory(const Trace& trace);

    [[nodiscard]] const Trace& trace() const override { return trace_; }
    void for_each(const Visit& events, const Visit& mappings) override;
    using TraceSource::for_each;

  private:
    const Trace& trace_;
    std::vector<bool> to_move_;  // of each event
};

}  // namespace memo
