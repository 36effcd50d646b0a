// A batch of files shared out to the ranks of an MPI job, file by file.
//
// Rank 0 hands out paths and gathers rows; while nobody wants anything it scores files itself. Two files are
// with a rank at a time, so that it need not wait. A rank is given up when its process is gone (on this
// host), or when it has kept a file for longer than it may (be_patient); its files are handed out again, and
// what it may still send of them counts only if nobody else was faster. Needs nothing of MPI but messages: no
// recovery of communicators (ULFM).
//
// Invariants: each file is delivered once, by rank 0. Messages are paths, rows as lines (rows.h) and one
// letter. Thread safety: one thread, MPI_Init has been called.
#pragma once

#include "scientific/focus/crew.h"

#include <sys/types.h>

#include <chrono>
#include <deque>

namespace memo::focus {

class MpiCrew final : public Crew {
  public:
    MpiCrew();

    [[nodiscard]] bool leads() const override { return rank_ == 0; }
    void help(FileScorer& scorer) override;
    void be_patient(std::chrono::duration<double> patience) override { patience_ = patience; }
    void score(const std::vector<std::string>& paths, FileScorer& scorer, const Deliver& deliver) override;

    // The last call: MPI_Finalize, or where somebody died, the exit with `code`.
    void end(int code);

  private:
    static constexpr std::size_t kAhead = 2;  // files with a rank

    struct Helper {
        bool living = true;
        pid_t pid = 0;                  // 0: on another host
        std::deque<std::size_t> files;  // with it, the one it is at first
        std::chrono::steady_clock::time_point heard;
    };
    class Batch;

    void send(int to, const std::string& text);
    // A message that is there, from anybody. False if there is none.
    [[nodiscard]] bool receive(int* from, std::string* text);
    void look_after_helpers(Batch& batch);

    std::chrono::duration<double> patience_{120};
    int rank_ = 0;
    int size_ = 1;
    std::vector<Helper> helpers_;  // by rank; that of rank 0 is not used
    bool stopped_ = false;         // helpers were told to leave
    bool dead_ = false;            // somebody is
    bool lost_ = false;            // somebody lives who does not answer, on another host
};

}  // namespace memo::focus
