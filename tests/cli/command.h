// Runs the `memo` that was just built, in a folder of its own, the way a shell does.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace memo::test {

struct Answer {
    int code = 0;
    std::string out;
    std::string err;

    [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

// How many lines `text` has.
[[nodiscard]] std::size_t line_count(const std::string& text);

// A temporary folder, in which commands run; gone at the end.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }
    [[nodiscard]] bool has(const std::string& name) const { return std::filesystem::exists(root_ / name); }
    void write(const std::string& name, const std::string& bytes) const;
    [[nodiscard]] std::string read(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names() const;  // sorted

    // `memo WORDS`, where WORDS is shell text.
    [[nodiscard]] Answer memo(const std::string& words) const;
    // Any shell text, with $memo in it for the program.
    [[nodiscard]] Answer shell(const std::string& line) const;

    // `memo WORDS`, checked to be wrong usage or input: exit code 2, nothing on stdout, and one line on
    // stderr, which is returned without its "memo: " and its end.
    [[nodiscard]] std::string refusal(const std::string& words) const;

  private:
    std::filesystem::path root_;
};

// The path of one of the programs in tests/cli/programs.
[[nodiscard]] std::string program(const std::string& name);

}  // namespace memo::test
