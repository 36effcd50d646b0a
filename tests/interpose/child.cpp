// fork, exec, and two pipes read to their ends (tests/interpose/child.h).
#include "child.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace memo::test {

namespace {

// Reads both pipes until both are closed.
void read_both(int out, int err, Ending& ending) {
    pollfd files[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    std::string* texts[2] = {&ending.out, &ending.err};
    char bytes[65536];
    int open_files = 2;
    while (open_files > 0) {
        if (poll(files, 2, -1) < 0) continue;
        for (int i = 0; i < 2; ++i) {
            if (files[i].fd < 0 || files[i].revents == 0) continue;
            const ssize_t got = read(files[i].fd, bytes, sizeof bytes);
            if (got > 0) {
                texts[i]->append(bytes, static_cast<std::size_t>(got));
            } else {
                close(files[i].fd);
                files[i].fd = -1;
                --open_files;
            }
        }
    }
}

}  // namespace

std::vector<std::string> full_environment(const std::vector<std::string>& extra) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (text.rfind("LD_", 0) != 0 && text.rfind("MEMO_", 0) != 0) all.push_back(text);
    }
    all.insert(all.end(), extra.begin(), extra.end());
    return all;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
    result.push_back(nullptr);
    return result;
}

std::ostream& operator<<(std::ostream& stream, const Ending& ending) {
    return stream << "{code " << ending.code << ", out: \"" << ending.out << "\", err: \"" << ending.err
                  << "\"}";
}

Ending run(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    const std::vector<std::string> variables = full_environment(environment);
    const std::vector<char*> arguments = pointers(command);
    const std::vector<char*> entries = pointers(variables);
    int out[2];
    int err[2];
    REQUIRE(pipe2(out, O_CLOEXEC) == 0);
    REQUIRE(pipe2(err, O_CLOEXEC) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        alarm(kSecondsToRun);  // outlives the exec
        execve(arguments[0], arguments.data(), entries.data());
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    Ending ending;
    read_both(out[0], err[0], ending);
    int status = 0;
    waitpid(child, &status, 0);
    ending.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) ending.code = 124;
    return ending;
}

std::vector<std::string> probe(const std::string& program, const std::string& name) {
    return {MEMO_PROBES "/probe_" + program, name};
}

void require_same(const Ending& bare, const Ending& preloaded) {
    CHECK(preloaded.code == bare.code);
    CHECK(preloaded.out == bare.out);
    CHECK(preloaded.err == bare.err);
}

Scratch::Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "memo-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

Scratch::~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

long number_in(const std::string& path, const std::string& key) {
    const std::string text = read_file(path);
    const std::size_t at = text.find('"' + key + "\": ");
    return at == std::string::npos ? -1 : std::strtol(text.c_str() + at + key.size() + 4, nullptr, 10);
}

std::string plan_for(const std::vector<std::string>& command, const Scratch& scratch) {
    const std::string name = "record";
    const Ending recorded = run(command, {"LD_PRELOAD=" MEMO_RECORDER, "MEMO_RECORD=" + scratch.file(name)});
    REQUIRE(recorded.code == 0);
    std::vector<std::string> planner = {MEMO_PLAN_OF_RECORD};
    for (const auto& entry : std::filesystem::directory_iterator(scratch.file("."))) {
        if (entry.path().filename().string().rfind(name + ".", 0) == 0) planner.push_back(entry.path());
    }
    planner.push_back(scratch.file("plan"));
    const Ending planned = run(planner);
    INFO(planned.err);
    REQUIRE(planned.code == 0);
    return planner.back();
}

}  // namespace memo::test
