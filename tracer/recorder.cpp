// Recording (tracer/recorder.h): the hot path first, then threads, fork and exit.
#include "tracer/recorder.h"

#include "tracer/contexts.h"
#include "tracer/lock.h"
#include "tracer/memory.h"
#include "tracer/plugins.h"
#include "tracer/process.h"
#include "tracer/settings.h"
#include "tracer/thread_state.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <new>

namespace memo::tracer {

constinit TraceLock trace_lock;

namespace {

enum class Phase : std::uint8_t {
    waiting,  // nothing recorded yet: the next event opens the file
    recording,
    stopped,  // the file failed; events are counted as dropped
    silent,   // not ours to trace (setuid)
};

enum class Busy : std::uint8_t {
    no,
    recording,  // inside the tracer: an event that comes now is a signal handler's, and is lost
    own_work,   // the tracer allocates for itself
};

// Per thread, 16 bytes of initial-exec TLS.
struct Local {
    ThreadState* state;
    Busy busy;
};
constinit thread_local Local local = {nullptr, Busy::no};

// Takes numbers in the order of events. Sequentially consistent by itself: the number is taken between the
// program's own synchronisation of the two threads that share an address.
constinit std::atomic<std::uint64_t> sequence{1};

constinit std::atomic<Phase> phase{Phase::waiting};
constinit std::atomic<ThreadState*> states{nullptr};
constinit std::atomic<std::uint32_t> threads{0};
constinit std::atomic<std::uint64_t> nested{0};      // events of busy threads, lost
constinit std::atomic<std::uint64_t> unbalanced{0};  // label pops without a push
constinit std::uint64_t lost = 0;                    // events of chunks that could not be written; trace lock
constinit std::uint64_t stopped_at = 0;              // the sequence number when the file failed
constinit pid_t home = 0;                            // the process whose trace this is
constinit pthread_key_t key = 0;
constinit bool has_key = false;
constinit bool inherited = false;  // we are the child of a fork

// One page that the kernel wipes in the child of a fork, but not where the child shares our memory (vfork):
// it shows a fork that ran no handlers.
constinit std::uint32_t* fork_mark = nullptr;

void become_child();

bool forked_unseen() {
    return fork_mark != nullptr && *fork_mark == 0;
}

// Called under the trace lock once a chunk could not be written.
void stop_recording() {
    Phase expected = Phase::recording;
    if (phase.compare_exchange_strong(expected, Phase::stopped)) stopped_at = sequence.load();
}

void flush_locked(ThreadState& state) {
    const std::uint32_t count = state.published.load(std::memory_order_relaxed).count;
    if (!definitions::flush() || !state.write_chunk()) {
        lost += count;
        stop_recording();
    }
    state.start_over();
}

[[gnu::noinline]] void flush(ThreadState& state) {
    if (forked_unseen()) return become_child();
    const Locked lock;
    flush_locked(state);
}

// Opens the file at the first event. Before the C library has its environment there is nothing to open.
[[gnu::noinline]] bool start() {
    if (environ == nullptr) return false;
    const Locked lock;
    if (phase.load() != Phase::waiting) return phase.load() == Phase::recording;
    if (!inherited && !read_settings()) {
        phase.store(Phase::silent);
        return false;
    }
    home = getpid();
    if (fork_mark == nullptr) {
        auto* page = static_cast<std::uint32_t*>(map_pages(4096));
        if (page != nullptr && madvise(page, 4096, MADV_WIPEONFORK) == 0) fork_mark = page;
    }
    if (fork_mark != nullptr) *fork_mark = 1;
    const bool open = output.open(inherited) && write_process_chunk();
    phase.store(open ? Phase::recording : Phase::stopped);
    if (!open) stopped_at = sequence.load();
    contexts::define_all();
    return open;
}

void define_thread(ThreadState& state) {
    prctl(PR_GET_NAME, state.name);
    const Locked lock;
    definitions::thread(state.thread, state.system_id, {state.name, strnlen(state.name, sizeof state.name)});
}

bool kernel_knows(std::uint64_t system_id) {
    return syscall(SYS_tgkill, home, system_id, 0) == 0 || errno != ESRCH;
}

// A state whose thread is gone for good, or a new one; nullptr without memory.
ThreadState* find_state(std::uint64_t system_id) {
    for (ThreadState* state = states.load(std::memory_order_acquire); state != nullptr; state = state->next) {
        if (!state->retired.load(std::memory_order_relaxed)) continue;
        if (state->system_id != system_id && kernel_knows(state->system_id)) continue;
        bool expected = true;
        if (state->retired.compare_exchange_strong(expected, false, std::memory_order_acquire)) return state;
    }
    void* pages = map_pages(sizeof(ThreadState));
    if (pages == nullptr) return nullptr;
    auto* state = new (pages) ThreadState;
    state->next = states.load(std::memory_order_relaxed);
    while (!states.compare_exchange_weak(state->next, state, std::memory_order_release)) {
    }
    return state;
}

[[gnu::noinline]] ThreadState* attach() {
    if (forked_unseen()) become_child();
    const auto system_id = static_cast<std::uint64_t>(syscall(SYS_gettid));
    ThreadState* state = find_state(system_id);
    if (state == nullptr) return nullptr;
    state->thread = threads.fetch_add(1, std::memory_order_relaxed);
    state->system_id = system_id;
    state->unbuffered = false;
    state->passes = 0;
    state->nesting = 0;
    local.state = state;
    define_thread(*state);
    if (has_key) {
        const OwnWork own;  // a key beyond the first 32 makes the C library allocate
        pthread_setspecific(key, state);
    }
    return state;
}

// The thread ends. Other keys' destructors may still allocate: come last, and from then on write each event
// at once.
void thread_ends(void* pointer) {
    auto* state = static_cast<ThreadState*>(pointer);
    if (local.state != state) return;
    constexpr std::uint32_t kPasses = 4;  // PTHREAD_DESTRUCTOR_ITERATIONS
    if (++state->passes < kPasses) {
        const OwnWork own;
        pthread_setspecific(key, state);
        if (state->passes > 1) return;
    }
    const int error = errno;
    {
        const OwnWork own;
        char before[ThreadState::kNameBytes];
        std::memcpy(before, state->name, sizeof before);
        prctl(PR_GET_NAME, state->name);
        if (phase.load() == Phase::recording && std::memcmp(before, state->name, sizeof before) != 0)
            define_thread(*state);
        if (state->passes == kPasses) {
            flush(*state);
            state->unbuffered = true;
            state->retired.store(true, std::memory_order_release);
        }
    }
    errno = error;
}

// A stretch of work on this thread's state; empty where nothing is to be recorded.
class Section {
  public:
    explicit Section(bool is_event = true) {
        if (local.busy != Busy::no) [[unlikely]] {
            if (is_event && local.busy == Busy::recording) nested.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        const Phase now = phase.load(std::memory_order_relaxed);
        if (now == Phase::silent) [[unlikely]]
            return;
        error_ = errno;
        local.busy = Busy::recording;
        if (now == Phase::recording || (now == Phase::waiting && start())) [[likely]] {
            state_ = local.state != nullptr ? local.state : attach();
        }
        if (state_ == nullptr) [[unlikely]] {
            if (is_event && phase.load() == Phase::stopped) sequence.fetch_add(1, std::memory_order_relaxed);
            local.busy = Busy::no;
            errno = error_;
        }
    }
    ~Section() {
        if (state_ == nullptr) return;
        local.busy = Busy::no;
        errno = error_;
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

    explicit operator bool() const { return state_ != nullptr; }
    ThreadState& operator*() const { return *state_; }
    ThreadState* operator->() const { return state_; }

    // The site of an allocation; what the unwinder allocates meanwhile is its own business.
    [[nodiscard]] std::uint32_t site(const void* caller) const {
        local.busy = Busy::own_work;
        const std::uint32_t id = sites::capture(caller, state_->scratch);
        plugins::load_pending();
        local.busy = Busy::recording;
        return id;
    }

    // Room for `records`, the first of which has this number.
    void reserve(std::uint32_t records, std::uint64_t first) const {
        if (!state_->has_room(records) || state_->out_of_order(first)) [[unlikely]]
            flush(*state_);
    }
    void done() const {
        if (state_->unbuffered) [[unlikely]]
            flush(*state_);
    }

  private:
    ThreadState* state_ = nullptr;
    int error_ = 0;
};

std::uint64_t take_number() {
    return sequence.fetch_add(1, std::memory_order_seq_cst);
}

std::uint64_t address_of(const void* block) {
    return reinterpret_cast<std::uintptr_t>(block);
}

// Opens a context on this thread; the nesting before it, or UINT32_MAX where nothing is recorded.
std::uint32_t push(ContextSource source, std::string_view name) {
    const Section section(false);
    if (!section) return UINT32_MAX;
    name = name.substr(0, contexts::kMaxName);
    const std::uint32_t before = section->nesting;
    if (before < ThreadState::kMaxNesting) {
        const std::uint32_t parent = section->context();
        const std::uint64_t hash = contexts::hash_of(parent, source, name);
        std::uint32_t id = contexts::find(hash);
        if (id == kNone) [[unlikely]] {
            const Locked lock;
            id = contexts::intern(hash, parent, source, name);
        }
        section->open[before] = id == kNone ? parent : id;
    }
    ++section->nesting;
    return before;
}

// In the child of a fork: everything anew, without a lock. The thread keeps its open labels.
void become_child() {
    const Phase before = phase.load();
    if (before == Phase::silent || before == Phase::waiting) return;
    bool unwinder_broken = false;
    for (ThreadState* state = states.load(); state != nullptr; state = state->next) {
        if (state == local.state) continue;
        if (state->scratch.unwinding) unwinder_broken = true;
        state->scratch.unwinding = false;
        state->start_over();
        state->system_id = 0;  // no thread: free for the next one
        state->retired.store(true);
    }
    trace_lock.reset();
    output.forget();
    definitions::clear();
    clear_modules();
    sites::after_fork(unwinder_broken);
    sequence.store(1);
    threads.store(0);
    nested.store(0);
    unbalanced.store(0);
    lost = 0;
    inherited = true;
    if (fork_mark != nullptr) *fork_mark = 1;
    phase.store(Phase::waiting);
    if (local.state != nullptr) {
        local.state->start_over();
        local.state->thread = threads.fetch_add(1);
        local.state->system_id = static_cast<std::uint64_t>(syscall(SYS_gettid));
        prctl(PR_GET_NAME, local.state->name);
        definitions::thread(local.state->thread, local.state->system_id,
                            {local.state->name, strnlen(local.state->name, ThreadState::kNameBytes)});
    }
    if (unwinder_broken)
        definitions::note("forked while a thread took a call stack: call stacks are the caller alone");
    plugins::after_fork();
}

bool write_goodbye() {
    std::uint8_t chunk[format::kChunkHeaderBytes + 3 * kMaxVarint];
    std::uint8_t* const payload = chunk + format::kChunkHeaderBytes;
    std::uint64_t dropped = nested.load() + lost;
    if (phase.load() == Phase::stopped) dropped += sequence.load() - stopped_at;
    std::uint8_t* out = put_varint(payload, dropped);
    out = put_varint(out, sites::refused());
    out = put_varint(out, unbalanced.load());
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::goodbye);
    header.records = 1;
    header.begin_ns = header.end_ns = monotonic_ns();
    header.payload_bytes = static_cast<std::uint32_t>(out - payload);
    format::seal_chunk(chunk, header);
    return output.append(chunk, static_cast<std::size_t>(out - chunk));
}

}  // namespace

OwnWork::OwnWork() : before_(static_cast<std::uint8_t>(local.busy)) {
    local.busy = Busy::own_work;
}
OwnWork::~OwnWork() {
    local.busy = static_cast<Busy>(before_);
}

void allocated(EntryPoint entry, const void* block, std::size_t size, std::size_t alignment,
               const void* caller) {
    const Section section;
    if (!section) return;
    format::EventRecord record;
    record.entry = entry;
    record.address = address_of(block);
    record.size = size;
    record.alignment = alignment;
    record.site = section.site(caller);
    record.context = section->context();
    record.sequence = take_number();
    section.reserve(1, record.sequence);
    section->put(record);
    section.done();
}

void released(EntryPoint entry, const void* block) {
    const Section section;
    if (!section) return;
    format::EventRecord record;
    record.kind = EventKind::free;
    record.entry = entry;
    record.address = address_of(block);
    record.context = section->context();
    record.sequence = take_number();
    section.reserve(1, record.sequence);
    section->put(record);
    section.done();
}

Reallocation::Reallocation() : before_(take_number()) {}

void Reallocation::succeeded(EntryPoint entry, const void* old_block, const void* block, std::size_t size,
                             const void* caller) const {
    const Section section;
    if (!section) return;
    format::EventRecord record;
    record.kind = EventKind::free;
    record.entry = entry;
    record.address = address_of(old_block);
    record.context = section->context();
    record.sequence = before_;
    const std::uint32_t site = block == nullptr ? kNone : section.site(caller);
    section.reserve(2, before_);
    section->put(record);
    if (block != nullptr) {
        record.kind = EventKind::allocate;
        record.address = address_of(block);
        record.size = size;
        record.site = site;
        record.moved = true;
        record.sequence = take_number();
        section->put(record);
    }
    section.done();
}

void label_push(std::string_view name) {
    push(ContextSource::label, name);
}

void label_pop() {
    const Section section(false);
    if (!section) return;
    const std::uint32_t nesting = section->nesting;
    const bool kept = nesting > 0 && nesting <= ThreadState::kMaxNesting;
    const std::uint32_t top = section->context();
    if (nesting == 0 || (kept && top != kNone && contexts::source_of(top) != ContextSource::label)) {
        unbalanced.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    --section->nesting;
}

std::uint32_t operation_begin(std::string_view name) {
    return push(ContextSource::plugin, name);
}

void operation_end(std::uint32_t token) {
    const Section section(false);
    if (section && token < section->nesting) section->nesting = token;
}

void note(std::string_view text) {
    if (phase.load() != Phase::recording) return;
    const OwnWork own;
    const Locked lock;
    definitions::note(text);
}

void write_out() {
    const Phase now = phase.load();
    // Not in the child of a vfork, which shares our memory but not our fate.
    if (local.busy != Busy::no || (now != Phase::recording && now != Phase::stopped) || getpid() != home)
        return;
    const int error = errno;
    {
        const OwnWork own;
        const Locked lock;
        if (phase.load() == Phase::stopped) {
            output.try_again();
        } else {
            if (!definitions::flush()) stop_recording();
            for (ThreadState* state = states.load(std::memory_order_acquire); state != nullptr;
                 state = state->next) {
                // Of another thread a snapshot: it goes on, and writes the same events again with what
                // follows.
                if (state == local.state) {
                    flush_locked(*state);
                } else {
                    state->write_chunk();
                }
            }
        }
        write_goodbye();
    }
    errno = error;
}

void initialise() {
    {
        const OwnWork own;
        has_key = pthread_key_create(&key, thread_ends) == 0;
        pthread_atfork(nullptr, nullptr, become_child);
        if (phase.load() == Phase::waiting) start();
        if (phase.load() == Phase::silent) return;
        sites::load_unwinder();
        plugins::load_present();
    }
    if (has_key && local.state != nullptr) pthread_setspecific(key, local.state);
}

}  // namespace memo::tracer
