// Who does a batch of tasks: this process alone, or several (mpi_crew.h). Tasks and answers are text.
//
// Invariant: each task is delivered exactly once, whatever becomes of the others. Thread safety: one thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace memo {

class Crew {
  public:
    // Does a task; what it gives must be good for `Deliver` in whatever process it was done.
    using Work = std::function<std::string(const std::string& task)>;
    // Takes the answer to tasks[index]; false ends the work.
    using Deliver = std::function<bool(std::size_t index, const std::string& answer)>;

    Crew() = default;
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    virtual ~Crew() = default;

    // False in a process that only helps: it calls help() and writes nothing.
    [[nodiscard]] virtual bool leads() const { return true; }
    [[nodiscard]] virtual int rank() const { return 0; }
    virtual void help(const Work&) {}
    // How long another process may keep a task.
    virtual void be_patient(std::chrono::duration<double>) {}
    // In any order.
    virtual void share(const std::vector<std::string>& tasks, const Work& work, const Deliver& deliver) = 0;
};

class Alone final : public Crew {
  public:
    void share(const std::vector<std::string>& tasks, const Work& work, const Deliver& deliver) override {
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            if (!deliver(i, work(tasks[i]))) return;
        }
    }
};

}  // namespace memo
