// A batch of tasks shared out to the ranks of an MPI job (mpi_crew.h).
#include "scientific/crew/mpi_crew.h"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

namespace memo {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTag = 1;
constexpr const char* kLeave = "L";     // to a helper: MPI_Finalize, and end
constexpr const char* kLeaveNow = "X";  // the same without
constexpr unsigned kLastWait = 10;      // seconds
constexpr std::chrono::microseconds kNap(200);
constexpr std::chrono::milliseconds kLookEvery(50);

// Where a rank runs.
struct Place {
    char host[256] = {};
    pid_t pid = 0;
};

[[nodiscard]] Place place() {
    Place here;
    gethostname(here.host, sizeof here.host - 1);
    here.pid = getpid();
    return here;
}

// A process that was killed may be there still, as a zombie, until somebody asks for its end.
[[nodiscard]] bool is_running(pid_t pid) {
    if (kill(pid, 0) != 0 && errno == ESRCH) return false;
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(file, text)) return false;
    const std::size_t name_end = text.rfind(')');
    return name_end == std::string::npos || name_end + 2 >= text.size() || text[name_end + 2] != 'Z';
}

}  // namespace

// What is still to be done of a batch.
class MpiCrew::Batch {
  public:
    Batch(const std::vector<std::string>& tasks, const Deliver& deliver)
        : tasks_(tasks), deliver_(deliver), done_(tasks.size(), false), left_(tasks.size()) {
        for (std::size_t i = 0; i < tasks.size(); ++i) waiting_.push_back(i);
    }

    [[nodiscard]] bool finished() const { return left_ == 0 || ended_; }
    [[nodiscard]] const std::string& task(std::size_t index) const { return tasks_[index]; }
    // The next task that nobody has; nothing if there is none.
    [[nodiscard]] std::optional<std::size_t> take() {
        while (!waiting_.empty()) {
            const std::size_t index = waiting_.front();
            waiting_.pop_front();
            if (!done_[index]) return index;
        }
        return std::nullopt;
    }
    void give_back(const std::deque<std::size_t>& tasks) {
        waiting_.insert(waiting_.begin(), tasks.begin(), tasks.end());
    }
    void deliver(std::size_t index, const std::string& answer) {
        if (done_[index] || ended_) return;
        done_[index] = true;
        --left_;
        ended_ = !deliver_(index, answer);
    }

  private:
    const std::vector<std::string>& tasks_;
    const Deliver& deliver_;
    std::deque<std::size_t> waiting_;
    std::vector<bool> done_;
    std::size_t left_;
    bool ended_ = false;
};

MpiCrew::MpiCrew(std::function<void(const std::string&)> say) : say_(std::move(say)) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    const Place here = place();
    std::vector<Place> places(static_cast<std::size_t>(size_));
    MPI_Allgather(&here, sizeof here, MPI_BYTE, places.data(), sizeof here, MPI_BYTE, MPI_COMM_WORLD);
    helpers_.resize(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const bool same_host = std::memcmp(places[i].host, here.host, sizeof here.host) == 0;
        helpers_[i].pid = same_host ? places[i].pid : 0;
    }
}

// A message under way.
struct MpiCrew::Outgoing {
    std::string text;
    MPI_Request request = MPI_REQUEST_NULL;

    [[nodiscard]] bool is_sent() {
        int sent = 0;
        return MPI_Test(&request, &sent, MPI_STATUS_IGNORE) != MPI_SUCCESS || sent != 0;
    }
};

MpiCrew::~MpiCrew() = default;

void MpiCrew::send(int to, const std::string& text) {
    std::erase_if(outgoing_, [](const std::unique_ptr<Outgoing>& message) { return message->is_sent(); });
    outgoing_.push_back(std::make_unique<Outgoing>(Outgoing{text, MPI_REQUEST_NULL}));
    Outgoing& message = *outgoing_.back();
    MPI_Isend(message.text.data(), static_cast<int>(message.text.size()), MPI_CHAR, to, kTag, MPI_COMM_WORLD,
              &message.request);
}

bool MpiCrew::receive(int* from, std::string* text) {
    int there = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS || there == 0)
        return false;
    int size = 0;
    MPI_Get_count(&status, MPI_CHAR, &size);
    text->resize(static_cast<std::size_t>(size));
    *from = status.MPI_SOURCE;
    return MPI_Recv(text->data(), size, MPI_CHAR, *from, kTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE) ==
           MPI_SUCCESS;
}

void MpiCrew::help(const Work& work) {
    const pid_t parent = getppid();
    int from = 0;
    std::string text;
    while (true) {
        if (!receive(&from, &text)) {
            if (getppid() != parent) _exit(1);  // mpirun is gone, and with it rank 0
            std::this_thread::sleep_for(kNap);
            continue;
        }
        if (text == kLeave) return;
        if (text == kLeaveNow) {
            dead_ = true;
            return;
        }
        send(0, work(text.substr(1)));
    }
}

// Notices the dead and the silent, and takes their tasks back.
void MpiCrew::look_after_helpers(Batch& batch) {
    for (int rank = 1; rank < size_; ++rank) {
        Helper& helper = helpers_[static_cast<std::size_t>(rank)];
        if (!helper.living) continue;
        const bool gone = helper.pid != 0 && !is_running(helper.pid);
        const bool silent = !helper.tasks.empty() && Clock::now() - helper.heard > patience_;
        if (!gone && !silent) continue;
        say_("rank " + std::to_string(rank) + (gone ? " has died" : " does not answer") + ": its " +
             std::to_string(helper.tasks.size()) + " files go to others");
        if (!gone && helper.pid != 0) kill(helper.pid, SIGKILL);  // else mpirun would wait for it
        lost_ = lost_ || helper.pid == 0;
        dead_ = true;
        helper.living = false;
        batch.give_back(helper.tasks);
        helper.tasks.clear();
    }
}

void MpiCrew::share(const std::vector<std::string>& tasks, const Work& work, const Deliver& deliver) {
    Batch batch(tasks, deliver);
    Clock::time_point looked = Clock::now();
    while (!batch.finished()) {
        int from = 0;
        std::string text;
        const bool heard = receive(&from, &text);
        if (heard) {
            Helper& helper = helpers_[static_cast<std::size_t>(from)];
            helper.heard = Clock::now();
            if (!helper.tasks.empty()) {
                const std::size_t index = helper.tasks.front();
                helper.tasks.pop_front();
                batch.deliver(index, text);
            }
        }
        if (Clock::now() - looked > kLookEvery) {
            look_after_helpers(batch);
            looked = Clock::now();
        }
        for (int rank = 1; rank < size_; ++rank) {
            Helper& helper = helpers_[static_cast<std::size_t>(rank)];
            while (helper.living && helper.tasks.size() < kAhead) {
                const auto index = batch.take();
                if (!index) break;
                if (helper.tasks.empty()) helper.heard = Clock::now();
                helper.tasks.push_back(*index);
                send(rank, "T" + batch.task(*index));
            }
        }
        if (heard) continue;
        if (const auto index = batch.take()) {
            batch.deliver(*index, work(batch.task(*index)));
        } else {
            std::this_thread::sleep_for(kNap);
        }
    }
    look_after_helpers(batch);
}

void MpiCrew::end(int code) {
    // Who dies now can no longer be helped, and MPI_Finalize would wait for it: all that there was to write
    // is written.
    static volatile std::sig_atomic_t exit_code;
    exit_code = code;
    std::signal(SIGALRM, [](int) { _exit(exit_code); });
    alarm(kLastWait);
    if (rank_ == 0) {
        for (int rank = 1; rank < size_; ++rank) {
            if (helpers_[static_cast<std::size_t>(rank)].living) send(rank, dead_ ? kLeaveNow : kLeave);
        }
        if (lost_) MPI_Abort(MPI_COMM_WORLD, code);
    }
    if (dead_) _exit(code);
    MPI_Finalize();
}

}  // namespace memo
