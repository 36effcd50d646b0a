// Gathering, and writing at the right moments (allocator/report.h).
#include "allocator/report.h"

#include "allocator/environment.h"
#include "allocator/message.h"
#include "allocator/metrics.h"
#include "allocator/run_report.h"
#include "allocator/service.h"
#include "allocator/small_heap.h"
#include "interpose/next.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace memo {

constinit Reports reports;

namespace {

constexpr double kMetricsSeconds = 5;
// How long the end of a process waits for a writer that is at it.
constexpr int kPolls = 2000;
constexpr useconds_t kPoll = 1000;

// The number of "USR2", "SIGUSR2" or "12"; 0 if it is none that a program can do without.
[[nodiscard]] int signal_of(const char* name) {
    char* end = nullptr;
    const long number = std::strtol(name, &end, 10);
    const bool is_number = end != name && *end == '\0';
    const char* abbreviation = std::strncmp(name, "SIG", 3) == 0 ? name + 3 : name;
    constexpr std::array kNeeded = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                                    SIGILL,  SIGABRT, SIGTRAP, SIGCHLD};
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        const char* known = sigabbrev_np(signal);
        const bool named = known != nullptr && std::strcmp(known, abbreviation) == 0;
        if (!(is_number ? signal == number : named)) continue;
        return std::find(kNeeded.begin(), kNeeded.end(), signal) == kNeeded.end() ? signal : 0;
    }
    return 0;
}

[[nodiscard]] double seconds_between_metrics() {
    const char* text = variable("MEMO_METRICS_SECONDS");
    if (text == nullptr || *text == '\0') return kMetricsSeconds;
    char* end = nullptr;
    const double seconds = std::strtod(text, &end);
    if (*end == '\0' && seconds >= 0.01 && seconds <= 1e6) return seconds;
    say("MEMO_METRICS_SECONDS=%.64s: not a number of seconds; taking %d", text,
        static_cast<int>(kMetricsSeconds));
    return kMetricsSeconds;
}

}  // namespace

void gather(const Service& from, Statistics& into) {
    into = Statistics();
    const Plans& plans = from.plans();
    const Plans::Reading reading(plans);
    for (unsigned index = 0; index < plans.count(); ++index) {
        const ServedPlan& plan = plans[index];
        if (!plan.served.load()) continue;
        PlanStatistics one;
        one.slots = plan.view.header().slot_count;
        one.height = plan.view.header().height;
        one.max_load = plan.view.header().max_load;
        one.arenas = plan.arenas.count();
        one.arena_bytes = plan.arenas.arena_bytes();
        plan.arenas.for_each([&](const Arena& arena) { one.counts += arena.replay.counts(); });
        into.add(one);
    }
    into.add(plans.past());
    into.plan = *from.plan_path() == '\0' && plans.count() != 0 ? "learnt" : from.plan_path();
    into.state = from.state();
    into.next_allocator = interpose::next_library();
    into.process = getpid();
    into.no_arena = from.no_arena();
    into.pool = from.pool_counts();
    into.small = small_heap.counts();
    into.memory = read_memory_use("/proc/self/status");
}

// The one writer's turn. Its mark is the process, so that a child forked meanwhile, in which the writer is
// not, does not wait for it.
class Reports::Turn {
  public:
    Turn(std::atomic<int>& writer, int polls) : writer_(writer) {
        const int self = getpid();
        for (; !mine_; usleep(kPoll)) {
            int other = writer_.load(std::memory_order_relaxed);
            mine_ = other != self && writer_.compare_exchange_strong(other, self, std::memory_order_acquire);
            if (mine_ || polls-- == 0) break;
        }
    }
    ~Turn() {
        if (mine_) writer_.store(0, std::memory_order_release);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] explicit operator bool() const { return mine_; }

  private:
    std::atomic<int>& writer_;
    bool mine_ = false;
};

void Reports::start() {
    if (!any_variable()) return;
    (void)copy_variable("MEMO_STATS", stats_, sizeof stats_);
    (void)copy_variable("MEMO_METRICS", metrics_, sizeof metrics_);
    (void)copy_variable(kRunReportVariable, run_report_, sizeof run_report_);
    if (std::strcmp(stats_, "0") == 0) *stats_ = '\0';
    const char* signal = variable("MEMO_STATS_SIGNAL");
    const bool signalled = signal != nullptr && *signal != '\0';
    wanted_ = *stats_ != '\0' || *metrics_ != '\0' || *run_report_ != '\0' || signalled;
    if (!wanted_) return;
    process_ = getpid();
    if (*metrics_ != '\0') metrics_thread_.set(seconds_between_metrics(), write_metrics_again);
    if (signalled) watch_signal(signal);
}

void Reports::watch_signal(const char* name) {
    const int signal = signal_of(name);
    if (signal == 0) return say("MEMO_STATS_SIGNAL=%.64s: not a signal that can be used for this", name);
    struct sigaction action = {};
    if (sigaction(signal, nullptr, &action) != 0) return;
    if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
        return say("MEMO_STATS_SIGNAL=%.64s: the program handles this signal itself", name);
    action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

void Reports::on_signal(int /*signal*/) {
    const int saved_errno = errno;
    // Whoever is writing may be what was interrupted.
    if (const Turn turn(reports.writer_, 0); turn) {
        gather(service, reports.statistics_);
        reports.write_statistics();
    }
    errno = saved_errno;
}

bool Reports::write_metrics_again() {
    if (reports.ended_.load(std::memory_order_acquire) == getpid()) return false;
    if (const Turn turn(reports.writer_, 0); turn) {
        gather(service, reports.statistics_);
        reports.write_metrics_of_now();
    }
    return true;
}

void Reports::at_end() {
    if (!wanted_ || ended_.exchange(getpid(), std::memory_order_acq_rel) == getpid()) return;
    const Turn turn(writer_, kPolls);
    if (!turn) return;
    const int saved_errno = errno;
    gather(service, statistics_);
    // A child that was served nothing has nothing to say.
    if (statistics_.plans != 0 || statistics_.pool.blocks != 0 || service.is_root()) {
        if (*stats_ != '\0') write_statistics();
        if (*metrics_ != '\0') write_metrics_of_now();
    }
    if (*run_report_ != '\0' && is_root()) write_run_report(statistics_, service.watches(), run_report_);
    errno = saved_errno;
}

void Reports::at_sudden_end() {
    if (wanted_ && getpid() == process_) at_end();
}

void Reports::write_statistics() {
    if (*stats_ == '\0' || std::strcmp(stats_, "1") == 0) {
        write_statistics_text(statistics_, STDERR_FILENO);
    } else {
        write_statistics_file(statistics_, own_name(stats_, "", path_), wants_json(stats_));
    }
}

// It may work again later, but once is enough to say that it does not.
void Reports::write_metrics_of_now() {
    const char* path = own_name(metrics_, "", path_);
    const bool written = write_metrics_file(statistics_, path, own_name(metrics_, ".part", part_));
    if (!written && !std::exchange(metrics_said_, true)) say_not_written(path, "the metrics");
}

// The process that the user started, and not one that it forked.
bool Reports::is_root() const {
    return service.is_root() && getpid() == process_;
}

// A forked or exec'd child writes beside its parent's file, not over it.
const char* Reports::own_name(const char* path, const char* ending, char* into) const {
    char* end = stpcpy(into, path);
    if (!is_root()) {
        char digits[12];
        int count = 0;
        for (int left = getpid(); left != 0; left /= 10) digits[count++] = static_cast<char>('0' + left % 10);
        *end++ = '.';
        while (count != 0) *end++ = digits[--count];
        *end = '\0';
    }
    stpcpy(end, ending);
    return into;
}

}  // namespace memo
