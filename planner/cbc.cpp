// The folder, the child, and its answer.
#include "planner/cbc.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace memo::planner {
namespace {

using Clock = std::chrono::steady_clock;
using Values = std::vector<std::pair<std::size_t, double>>;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

Error failed(const std::string& doing) {
    return {"mip cannot " + doing + ": " + std::strerror(errno)};
}

// A fresh folder for the model and the answer; both go with it.
class Folder {
  public:
    Folder() {
        const char* parent = std::getenv("TMPDIR");
        path_ = parent == nullptr || *parent == '\0' ? "/tmp" : parent;
        path_ += "/memo-mip-XXXXXX";
        made_ = mkdtemp(path_.data()) != nullptr;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        if (!made_) return;
        unlink(model().c_str());
        unlink(answer().c_str());
        rmdir(path_.c_str());
    }

    [[nodiscard]] bool made() const { return made_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string model() const { return path_ + "/model.lp"; }
    [[nodiscard]] std::string answer() const { return path_ + "/answer"; }

  private:
    std::string path_;
    bool made_ = false;
};

bool write_file(const std::string& path, std::string_view text) {
    const File file(std::fopen(path.c_str(), "we"));
    return file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
           std::fflush(file.get()) == 0;
}

// Seconds to search for: what is left, but for a tenth to stop and write the answer in.
std::optional<double> search_time(const Budget& budget) {
    if (budget.deadline == Clock::time_point::max()) return std::nullopt;
    constexpr double kShare = 0.9;
    return kShare * std::max(0.0, std::chrono::duration<double>(budget.deadline - Clock::now()).count());
}

// Without a word to our own output. The error is an errno.
std::pair<pid_t, int> start(const Folder& folder, const Budget& budget) {
    std::vector<std::string> words{"cbc", folder.model()};
    if (const auto seconds = search_time(budget)) {
        words.insert(words.end(), {"timeMode", "elapsed", "sec", std::to_string(*seconds)});
    }
    words.insert(words.end(), {"solve", "solution", folder.answer(), "quit"});
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int error = posix_spawnp(&child, "cbc", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return {child, error};
}

// Returns when the child is gone, by itself or by our hand.
void wait_for(pid_t child, const Budget& budget) {
    // Short at first: small models are solved in milliseconds.
    std::chrono::milliseconds pause{1};
    constexpr std::chrono::milliseconds kLongest{20};
    for (;;) {
        const pid_t gone = waitpid(child, nullptr, WNOHANG);
        if (gone == child || (gone < 0 && errno != EINTR)) return;
        if (budget.expired()) break;
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, kLongest);
    }
    kill(child, SIGKILL);
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

// A line of the answer is "[**] column name value reduced-cost"; the first is a status that has no such
// shape.
std::optional<Values::value_type> parse_line(std::string_view line) {
    std::array<std::string_view, 3> words;
    std::size_t count = 0;
    while (count < words.size()) {
        line.remove_prefix(std::min(line.find_first_not_of(" *"), line.size()));
        if (line.empty()) return std::nullopt;
        words[count++] = line.substr(0, line.find(' '));
        line.remove_prefix(words[count - 1].size());
    }
    const auto whole = [](std::string_view text, auto& number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size();
    };
    Values::value_type result;
    if (!words[1].starts_with('x') || !whole(words[1].substr(1), result.first)) return std::nullopt;
    if (!whole(words[2], result.second) || !std::isfinite(result.second)) return std::nullopt;
    return result;
}

Values read_answer(const std::string& path) {
    Values values;
    const File file(std::fopen(path.c_str(), "re"));
    std::array<char, 512> line{};
    while (file && std::fgets(line.data(), static_cast<int>(line.size()), file.get()) != nullptr) {
        std::string_view text(line.data());
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (const auto value = parse_line(text)) values.push_back(*value);
    }
    return values;
}

}  // namespace

Result<Values> run_cbc(std::string_view model, const Budget& budget) {
    const Folder folder;
    if (!folder.made()) return failed("make the folder " + folder.path());
    if (!write_file(folder.model(), model)) return failed("write " + folder.model());
    const auto [child, error] = start(folder, budget);
    if (error == ENOENT) return Error{"mip needs the COIN-OR solver cbc; install coinor-cbc"};
    if (error != 0) {
        errno = error;
        return failed("start cbc");
    }
    wait_for(child, budget);
    return read_answer(folder.answer());
}

}  // namespace memo::planner
