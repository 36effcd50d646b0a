// Running a program to its end and keeping what it said: the tests' way of looking at preloaded libraries
// from outside.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace memo::test {

struct Ending {
    int code = -1;  // exit code; 128 + signal if one ended it; 124 if it ran for more than kSecondsToRun
    std::string out;
    std::string err;

    bool operator==(const Ending&) const = default;
};

std::ostream& operator<<(std::ostream& stream, const Ending& ending);

// Runs `command` (first word: path) with this process's environment, without any LD_PRELOAD and MEMO_
// variables, plus `environment` ("NAME=VALUE"). Fails the test if it cannot be started.
[[nodiscard]] Ending run(const std::vector<std::string>& command,
                         const std::vector<std::string>& environment = {});

// For whoever starts a program in another way: what `run` gives it.
inline constexpr unsigned kSecondsToRun = 120;
[[nodiscard]] std::vector<std::string> full_environment(const std::vector<std::string>& extra);
// The words as execve wants them; they must outlive the answer.
[[nodiscard]] std::vector<char*> pointers(const std::vector<std::string>& words);

// How to preload the allocator, and the command of a probe's case.
inline constexpr const char* kPreload = "LD_PRELOAD=" MEMO_MALLOC;
// Learns whatever that costs: test programs use too little CPU time for anything to be looked at otherwise.
inline constexpr const char* kLearn = "MEMO_LEARN=always";
[[nodiscard]] std::vector<std::string> probe(const std::string& program, const std::string& name);

// Checks that a program answered and ended in the same way.
void require_same(const Ending& bare, const Ending& preloaded);

// A directory that is gone with the object.
class Scratch {
  public:
    Scratch();
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::string& path);

// The number after `"key": ` in a file of JSON; -1 if there is none.
[[nodiscard]] long number_in(const std::string& path, const std::string& key);

// A plan file under which `command`'s own requests are served: made from a recorded run of it.
[[nodiscard]] std::string plan_for(const std::vector<std::string>& command, const Scratch& scratch);

}  // namespace memo::test
