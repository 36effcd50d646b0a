// Driving the program (tests/cli/command.h). MEMO_PROGRAM and MEMO_TEST_PROGRAMS come from CMake.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace memo::test {

std::size_t line_count(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Folder::Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "memo-cli-test.XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root_ = path;
}

Folder::~Folder() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
}

void Folder::write(const std::string& name, const std::string& bytes) const {
    std::ofstream(root_ / name, std::ios::binary) << bytes;
}

std::string Folder::read(const std::string& name) const {
    std::ifstream file(root_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Folder::names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

Answer Folder::shell(const std::string& line) const {
    const Folder apart;  // the command's own folder stays as the command leaves it
    const std::string full = "cd '" + root_.string() + "' && { memo='" MEMO_PROGRAM "'; " + line + "; } >'" +
                             apart.path("out") + "' 2>'" + apart.path("err") + "' </dev/null";
    const int status = std::system(full.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), apart.read("out"),
            apart.read("err")};
}

Answer Folder::memo(const std::string& words) const {
    return shell("\"$memo\" " + words);
}

std::string Folder::refusal(const std::string& words) const {
    constexpr std::string_view kProgram = "memo: ";
    const Answer answer = memo(words);
    INFO(words);
    CHECK(answer.code == 2);
    CHECK(answer.out.empty());
    CHECK(line_count(answer.err) == 1);
    REQUIRE(answer.err.starts_with(kProgram));
    REQUIRE(answer.err.ends_with('\n'));
    return answer.err.substr(kProgram.size(), answer.err.size() - kProgram.size() - 1);
}

std::string program(const std::string& name) {
    return std::string(MEMO_TEST_PROGRAMS "/") + name;
}

}  // namespace memo::test
