// The tracer's life in a process (tracer/recording.h, tracer/recorder.h): start, fork, exit.
#include "common/trace_switch.h"
#include "common/version.h"
#include "tracer/contexts.h"
#include "tracer/cost.h"
#include "tracer/entries.h"
#include "tracer/lock.h"
#include "tracer/memory.h"
#include "tracer/plugins.h"
#include "tracer/process.h"
#include "tracer/recorder.h"
#include "tracer/settings.h"
#include "tracer/threads.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace memo::tracer {

constinit TraceLock trace_lock;

namespace {

// In the file, for `memo trace --attach` to read (common/trace_switch.h).
constexpr auto kMark = [] {
    std::array<char, 64> text{};
    std::size_t length = 0;
    for (const char* part : {kTracerMark[0], kTracerMark[1], kVersion}) {
        for (; *part != '\0'; ++part) text[length++] = *part;
    }
    return text;
}();
[[gnu::used]] constinit const auto tracer_mark = kMark;

constinit bool inherited = false;     // we are the child of a fork
constinit bool has_settings = false;  // which are read once

// One page that the kernel wipes in the child of a fork, but not where the child shares our memory (vfork):
// it shows a fork that ran no handlers.
constinit std::uint32_t* fork_mark = nullptr;

bool write_goodbye() {
    std::uint8_t chunk[format::kChunkHeaderBytes + 3 * kMaxVarint];
    std::uint8_t* const payload = chunk + format::kChunkHeaderBytes;
    std::uint64_t dropped = recording.nested.load() + recording.forgotten.load() + recording.lost;
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

// Everything that is buffered, and a goodbye. Of other threads, and of this one where it was interrupted in
// the tracer, a snapshot: they go on, and write the same events again with what follows.
void write_snapshot() {
    const OwnWork own;
    const Locked lock;
    if (!recording.opened) return;
    if (recording.phase.load() == Phase::stopped) {
        output.try_again();
    } else {
        {
            const cost::Writing writing;
            if (!definitions::flush()) stop_recording();
            for (ThreadState* state = threads::first(); state != nullptr; state = state->next) {
                if (!state->write_chunk()) stop_recording();
            }
        }
        cost::add_note();
        if (!definitions::flush()) stop_recording();
    }
    write_goodbye();
}

// Handlers run on any thread at any time, but never where the trace lock is held: its holder has them
// blocked.
void on_signal(int /*number*/, siginfo_t* info, void* /*context*/) {
    const ErrnoKept error;
    const bool by_value = info->si_code == SI_QUEUE;
    if (by_value && info->si_value.sival_int == kSwitchOn) return switch_recording(Switch::on);
    if (by_value && info->si_value.sival_int == kSwitchOff) return switch_recording(Switch::off);
    switch_recording(Switch::other);
}

// Whoever switched recording on waits for the file to be there, or to grow.
void open_at_once() {
    const OwnWork own;
    if (!recording.opened) start();
    const Locked lock;
    if (recording.phase.load() != Phase::recording) return;
    definitions::note("recording switched on");
    if (!definitions::flush()) stop_recording();
}

// Listens for the signal that switches recording, unless the program has been given another use for it.
void listen() {
    if (settings.signal == 0) return;
    const auto number = static_cast<int>(settings.signal);
    struct sigaction present = {};
    if (sigaction(number, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) return;
    struct sigaction ours = {};
    ours.sa_sigaction = on_signal;
    ours.sa_flags = SA_RESTART | SA_ONSTACK | SA_SIGINFO;
    sigaction(number, &ours, nullptr);
}

}  // namespace

void enter(Phase phase) {
    const bool off = phase == Phase::paused || phase == Phase::silent;
    recording.phase.store(phase);
    const Attention now = off                          ? Attention::none
                          : settings.sample_bytes != 0 ? Attention::sampled
                                                       : Attention::every;
    attention.store(now);
    entries.choose(now);
}

bool forked_unseen() {
    return fork_mark != nullptr && *fork_mark == 0;
}

void stop_recording() {
    Phase expected = Phase::recording;
    if (recording.phase.compare_exchange_strong(expected, Phase::stopped))
        recording.stopped_at = recording.sequence.load();
}

void flush_locked(ThreadState& state) {
    const cost::Writing writing;
    const std::uint32_t count = state.count();
    if (!state.write_chunk()) {
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
    if (!has_settings) {
        if (!read_settings()) return enter(Phase::silent), false;
        has_settings = true;
        recording.home = getpid();
        if (settings.paused) return enter(Phase::paused), false;
    }
    recording.home = getpid();
    if (fork_mark == nullptr) {
        auto* page = static_cast<std::uint32_t*>(map_pages(4096));
        if (page != nullptr && madvise(page, 4096, MADV_WIPEONFORK) == 0) fork_mark = page;
    }
    if (fork_mark != nullptr) *fork_mark = 1;
    const bool open = output.open(inherited) && write_process_chunk();
    recording.opened = true;
    if (!open) recording.stopped_at = recording.sequence.load();
    contexts::define_all();
    if (settings.sample_bytes != 0) definitions::sampling(settings.sample_bytes);
    enter(open ? Phase::recording : Phase::stopped);
    return open;
}

// Everything anew, without a lock. The thread keeps its open labels.
void become_child() {
    const Phase before = recording.phase.load();
    if (before == Phase::silent || before == Phase::waiting) return;
    trace_lock.reset();
    output.forget();
    definitions::clear();
    chunks::after_fork();
    cost::forget();
    clear_modules();
    recording.sequence.store(1);
    recording.nested.store(0);
    recording.unbalanced.store(0);
    recording.lost = 0;
    inherited = true;
    if (fork_mark != nullptr) *fork_mark = 1;
    recording.forgotten.store(0);
    recording.opened = false;
    recording.home = getpid();
    if (settings.sample_bytes != 0) sampled::forget_all();
    enter(before == Phase::paused ? Phase::paused : Phase::waiting);
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
    // Not in the child of a vfork, which shares our memory but not our fate.
    if (local.busy != Busy::no || !recording.opened || getpid() != recording.home) return;
    write_snapshot();
}

void switch_recording(Switch to) {
    if (forked_unseen() || getpid() != recording.home) return;
    const Phase now = recording.phase.load();
    if (now == Phase::paused && to != Switch::off) {
        enter(recording.opened ? Phase::recording : Phase::waiting);
        open_at_once();
    } else if ((now == Phase::recording || now == Phase::waiting) && to != Switch::on) {
        enter(Phase::paused);
        write_snapshot();
    }
}

void initialise() {
    {
        const OwnWork own;
        threads::initialise();
        pthread_atfork(nullptr, nullptr, become_child);
        if (recording.phase.load() == Phase::waiting) start();
        if (recording.phase.load() == Phase::silent) return;
        listen();
        sites::load_unwinder();
        plugins::load_present();
    }
    threads::adopt_present();
}

}  // namespace memo::tracer
