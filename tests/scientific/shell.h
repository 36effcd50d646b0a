// Running a program as a user does: shell lines in a folder of their own. Thread safety: one thread.
#pragma once

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

struct Answer {
    int code = 0;
    std::string text;  // both outputs
};

// A folder in which shell lines run, gone at the end; $NAME is the program.
class Folder {
  public:
    Folder(std::string name, std::string program)
        : name_(std::move(name)),
          program_(std::move(program)),
          root_(std::filesystem::temp_directory_path() / (name_ + "_test." + std::to_string(getpid()))) {
        std::filesystem::create_directory(root_);
    }
    Folder(Folder&& other) noexcept
        : name_(std::move(other.name_)), program_(std::move(other.program_)), root_(std::move(other.root_)) {
        other.root_.clear();
    }
    ~Folder() {
        if (!root_.empty()) std::filesystem::remove_all(root_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder& operator=(Folder&&) = delete;

    [[nodiscard]] Answer shell(const std::string& line) const {
        const std::string whole = "cd '" + root_.string() + "' && export PWD && " + name_ + "='" + program_ +
                                  "' && { " + line + "\n} 2>&1";
        std::FILE* pipe = popen(whole.c_str(), "r");
        REQUIRE(pipe != nullptr);
        Answer answer;
        std::array<char, 4096> part = {};
        while (const std::size_t got = std::fread(part.data(), 1, part.size(), pipe))
            answer.text.append(part.data(), got);
        const int status = pclose(pipe);
        answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        return answer;
    }

  private:
    std::string name_;
    std::string program_;
    std::filesystem::path root_;
};
