// Recording events (tracer/recorder.h): the hot path.
#include "tracer/recorder.h"

#include "tracer/lock.h"
#include "tracer/plugins.h"
#include "tracer/recording.h"
#include "tracer/settings.h"
#include "tracer/threads.h"

#include <sys/single_threaded.h>

#include <algorithm>

namespace memo::tracer {

constinit Recording recording;
constinit std::atomic<Attention> attention{Attention::every};

namespace {

// What the unwinder allocates meanwhile is its own business.
std::uint32_t site_of(const Section& section, const Caller& caller) {
    local.busy = Busy::own_work;
    const std::uint32_t id = sites::capture(caller, section->scratch);
    plugins::load_pending();
    local.busy = Busy::recording;
    return id;
}

// Room for `records`, the first of which has this number.
[[gnu::always_inline]] inline void reserve(const Section& section, std::uint32_t records,
                                           std::uint64_t first) {
    if (!section->has_room(records) || section->out_of_order(first)) [[unlikely]]
        flush(*section);
}

[[gnu::always_inline]] inline void done(const Section& section) {
    if (section->unbuffered) [[unlikely]]
        flush(*section);
}

// One thread alone needs no locked instruction: one that a signal's handler cannot cut in two will do. The C
// library says so before it makes a second thread, and goes by it itself in its malloc.
[[gnu::always_inline]] inline std::uint64_t take_number() {
    if (__libc_single_threaded == 0) return recording.sequence.fetch_add(1, std::memory_order_seq_cst);
    std::uint64_t number = 1;
    asm volatile("xaddq %0, %1" : "+r"(number), "+m"(recording.sequence) : : "memory", "cc");
    return number;
}

std::uint64_t address_of(const void* block) {
    return reinterpret_cast<std::uintptr_t>(block);
}

// The one event of a request, with where it was asked for.
[[gnu::always_inline]] inline void put_with_stack(const Section& section, EntryPoint entry, const void* block,
                                                  std::size_t size, std::size_t alignment,
                                                  const Caller& caller) {
    const std::uint32_t site = site_of(section, caller);
    const std::uint64_t number = take_number();
    reserve(section, 1, number);
    format::EventRecord& record = section->next_record();
    record.sequence = number;
    record.address = address_of(block);
    record.size = size;
    record.alignment = static_cast<std::uint32_t>(std::min<std::size_t>(alignment, UINT32_MAX));
    record.site = site;
    record.context = section->context();
    record.kind = EventKind::allocate;
    record.entry = entry;
    record.moved = false;
    section->publish();
    done(section);
}

// Is this allocation a sample? What follows a sample, however large its block was, is as if nothing had been
// before: that is what exponential gaps are.
bool is_sample(ThreadState& state, const void* block, std::size_t size) {
    if (!state.sampling) {
        state.sampling = true;
        state.gaps = Gaps(monotonic_ns() ^ state.system_id);
        local.until_sample = state.gaps.draw(settings.sample_bytes) - static_cast<std::int64_t>(size);
    }
    if (local.until_sample >= 0) return false;
    local.until_sample = state.gaps.draw(settings.sample_bytes);
    if (sampled::remember(block)) return true;
    recording.forgotten.fetch_add(1, std::memory_order_relaxed);
    return false;
}

bool is_passed_over(ThreadState& state, const void* block, std::size_t size) {
    return settings.sample_bytes != 0 && !is_sample(state, block, size);
}

}  // namespace

// The first event of the process, or of the thread, or one that is not recorded: the thread is busy, or the
// tracer off.
[[gnu::noinline]] void Section::begin(bool is_event, Phase now) {
    if (local.busy != Busy::no) {
        if (is_event && local.busy == Busy::recording)
            recording.nested.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    if (now == Phase::silent || now == Phase::paused) return;
    const ErrnoKept error;
    local.busy = Busy::recording;
    if (now == Phase::recording || (now == Phase::waiting && start())) {
        if (local.state == nullptr && forked_unseen()) become_child();
        state_ = local.state != nullptr ? local.state : threads::attach();
    }
    if (state_ != nullptr) return;
    if (is_event && recording.phase.load() == Phase::stopped)
        recording.sequence.fetch_add(1, std::memory_order_relaxed);
    local.busy = Busy::no;
}

OwnWork::OwnWork() : before_(static_cast<std::uint8_t>(local.busy)) {
    local.busy = Busy::own_work;
}
OwnWork::~OwnWork() {
    local.busy = static_cast<Busy>(before_);
}

std::uint32_t hide_work() {
    const auto before = static_cast<std::uint32_t>(local.busy);
    local.busy = Busy::own_work;
    return before;
}

void show_work(std::uint32_t token) {
    local.busy = static_cast<Busy>(token);
}

void allocated(EntryPoint entry, const void* block, std::size_t size, std::size_t alignment,
               const Caller& caller) {
    const Section section;
    if (!section || is_passed_over(*section, block, size)) return;
    put_with_stack(section, entry, block, size, alignment, caller);
}

void released(EntryPoint entry, const void* block) {
    if (settings.sample_bytes != 0 && !sampled::forget(block)) return;
    const Section section;
    if (!section) return;
    const std::uint64_t number = take_number();
    reserve(section, 1, number);
    format::EventRecord& record = section->next_record();
    record.sequence = number;
    record.address = address_of(block);
    record.size = 0;
    record.alignment = 0;
    record.site = kNone;
    record.context = section->context();
    record.kind = EventKind::free;
    record.entry = entry;
    record.moved = false;
    section->publish();
    done(section);
}

Reallocation::Reallocation() : before_(take_number()) {}

void Reallocation::succeeded(EntryPoint entry, const void* old_block, const void* block, std::size_t size,
                             const Caller& caller) const {
    const Section section;
    if (!section) return;
    const bool frees = settings.sample_bytes == 0 || sampled::forget(old_block);
    const bool allocates = block != nullptr && !is_passed_over(*section, block, size);
    format::EventRecord record;
    record.entry = entry;
    record.context = section->context();
    const std::uint32_t site = allocates ? site_of(section, caller) : kNone;
    reserve(section, 2, before_);
    if (frees) {
        record.kind = EventKind::free;
        record.address = address_of(old_block);
        record.sequence = before_;
        section->put(record);
    }
    if (allocates) {
        record.kind = EventKind::allocate;
        record.address = address_of(block);
        record.size = size;
        record.site = site;
        record.moved = frees;
        record.sequence = take_number();
        section->put(record);
    }
    done(section);
}

void mapped(EntryPoint entry, const void* address, std::size_t size, const Caller& caller) {
    const Section section;
    if (!section) return;
    put_with_stack(section, entry, address, size, 0, caller);
}

}  // namespace memo::tracer
