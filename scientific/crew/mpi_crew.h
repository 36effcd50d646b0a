// A batch of tasks shared out to the ranks of an MPI job, one by one.
//
// Rank 0 hands out tasks and gathers answers; while nobody wants anything it works itself. Two tasks are
// with a rank at a time, so that it need not wait. A rank is given up when its process is gone (on this
// host), or when it has kept a task for longer than it may (be_patient); its tasks are handed out again, and
// what it may still send of them counts only if nobody else was faster. Needs nothing of MPI but messages: no
// recovery of communicators (ULFM).
//
// Invariants: each task is delivered once, by rank 0. Messages are tasks, answers and one letter. Thread
// safety: one thread, MPI_Init has been called.
#pragma once

#include "scientific/crew/crew.h"

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace memo {

class MpiCrew final : public Crew {
  public:
    // What happens to others is told to `say`, a line each.
    explicit MpiCrew(std::function<void(const std::string&)> say);
    ~MpiCrew() override;

    [[nodiscard]] bool leads() const override { return rank_ == 0; }
    [[nodiscard]] int rank() const override { return rank_; }
    void help(const Work& work) override;
    void be_patient(std::chrono::duration<double> patience) override { patience_ = patience; }
    void share(const std::vector<std::string>& tasks, const Work& work, const Deliver& deliver) override;

    // The last call: MPI_Finalize, or where somebody died, the exit with `code`.
    void end(int code);

  private:
    static constexpr std::size_t kAhead = 2;  // tasks with a rank

    struct Helper {
        bool living = true;
        pid_t pid = 0;                  // 0: on another host
        std::deque<std::size_t> tasks;  // with it, the one it is at first
        std::chrono::steady_clock::time_point heard;
    };
    class Batch;
    struct Outgoing;

    // Does not wait: what is long is not sent before the other rank asks for it, which a dead one never does.
    void send(int to, const std::string& text);
    // A message that is there, from anybody. False if there is none.
    [[nodiscard]] bool receive(int* from, std::string* text);
    void look_after_helpers(Batch& batch);

    std::function<void(const std::string&)> say_;
    std::chrono::duration<double> patience_{120};
    int rank_ = 0;
    int size_ = 1;
    std::vector<Helper> helpers_;  // by rank; that of rank 0 is not used
    std::vector<std::unique_ptr<Outgoing>> outgoing_;
    bool dead_ = false;  // somebody is
    bool lost_ = false;  // somebody lives who does not answer, on another host
};

}  // namespace memo
