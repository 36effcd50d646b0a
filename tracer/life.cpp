// The tracer's life in a process (tracer/recording.h, tracer/recorder.h): start, fork, exit.
#include "tracer/contexts.h"
#include "tracer/lock.h"
#include "tracer/memory.h"
#include "tracer/plugins.h"
#include "tracer/process.h"
#include "tracer/recorder.h"
#include "tracer/settings.h"
#include "tracer/threads.h"

#include <sys/mman.h>
#include <unistd.h>

namespace memo::tracer {

constinit TraceLock trace_lock;

namespace {

constinit bool inherited = false;  // we are the child of a fork

// One page that the kernel wipes in the child of a fork, but not where the child shares our memory (vfork):
// it shows a fork that ran no handlers.
constinit std::uint32_t* fork_mark = nullptr;

bool write_goodbye() {
    std::uint8_t chunk[format::kChunkHeaderBytes + 3 * kMaxVarint];
    std::uint8_t* const payload = chunk + format::kChunkHeaderBytes;
    std::uint64_t dropped = recording.nested.load() + recording.lost;
    if (recording.phase.load() == Phase::stopped) dropped += recording.sequence.load() - recording.stopped_at;
    std::uint8_t* out = put_varint(payload, dropped);
    out = put_varint(out, sites::refused());
    out = put_varint(out, recording.unbalanced.load());
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::goodbye);
    header.records = 1;
    header.begin_ns = header.end_ns = monotonic_ns();
    header.payload_bytes = static_cast<std::uint32_t>(out - payload);
    format::seal_chunk(chunk, header);
    return output.append(chunk, static_cast<std::size_t>(out - chunk));
}

}  // namespace

bool forked_unseen() {
    return fork_mark != nullptr && *fork_mark == 0;
}

void stop_recording() {
    Phase expected = Phase::recording;
    if (recording.phase.compare_exchange_strong(expected, Phase::stopped))
        recording.stopped_at = recording.sequence.load();
}

void flush_locked(ThreadState& state) {
    const std::uint32_t count = state.count();
    if (!definitions::flush() || !state.write_chunk()) {
        recording.lost += count;
        stop_recording();
    }
    state.start_over();
}

[[gnu::noinline]] void flush(ThreadState& state) {
    if (forked_unseen()) return become_child();
    const Locked lock;
    flush_locked(state);
}

// Before the C library has its environment there is nothing to open.
[[gnu::noinline]] bool start() {
    if (environ == nullptr) return false;
    const Locked lock;
    if (recording.phase.load() != Phase::waiting) return recording.phase.load() == Phase::recording;
    if (!inherited && !read_settings()) {
        recording.phase.store(Phase::silent);
        return false;
    }
    recording.home = getpid();
    if (fork_mark == nullptr) {
        auto* page = static_cast<std::uint32_t*>(map_pages(4096));
        if (page != nullptr && madvise(page, 4096, MADV_WIPEONFORK) == 0) fork_mark = page;
    }
    if (fork_mark != nullptr) *fork_mark = 1;
    const bool open = output.open(inherited) && write_process_chunk();
    recording.phase.store(open ? Phase::recording : Phase::stopped);
    if (!open) recording.stopped_at = recording.sequence.load();
    contexts::define_all();
    return open;
}

// Everything anew, without a lock. The thread keeps its open labels.
void become_child() {
    const Phase before = recording.phase.load();
    if (before == Phase::silent || before == Phase::waiting) return;
    trace_lock.reset();
    output.forget();
    definitions::clear();
    clear_modules();
    recording.sequence.store(1);
    recording.nested.store(0);
    recording.unbalanced.store(0);
    recording.lost = 0;
    inherited = true;
    if (fork_mark != nullptr) *fork_mark = 1;
    recording.phase.store(Phase::waiting);
    const bool unwinder_broken = threads::after_fork();
    sites::after_fork(unwinder_broken);
    if (unwinder_broken)
        definitions::note("forked while a thread took a call stack: where unwind tables end, it is cut");
    plugins::after_fork();
}

void note(std::string_view text) {
    if (recording.phase.load() != Phase::recording) return;
    const OwnWork own;
    const Locked lock;
    definitions::note(text);
}

void write_out() {
    const Phase now = recording.phase.load();
    // Not in the child of a vfork, which shares our memory but not our fate.
    if (local.busy != Busy::no || (now != Phase::recording && now != Phase::stopped) ||
        getpid() != recording.home)
        return;
    const OwnWork own;
    const Locked lock;
    if (recording.phase.load() == Phase::stopped) {
        output.try_again();
    } else {
        if (!definitions::flush()) stop_recording();
        for (ThreadState* state = threads::first(); state != nullptr; state = state->next) {
            // Of another thread a snapshot: it goes on, and writes the same events again with what follows.
            if (state == local.state) {
                flush_locked(*state);
            } else {
                state->write_chunk();
            }
        }
    }
    write_goodbye();
}

void initialise() {
    {
        const OwnWork own;
        threads::initialise();
        pthread_atfork(nullptr, nullptr, become_child);
        if (recording.phase.load() == Phase::waiting) start();
        if (recording.phase.load() == Phase::silent) return;
        sites::load_unwinder();
        plugins::load_present();
    }
    threads::adopt_present();
}

}  // namespace memo::tracer
