// Running traced programs (tests/tracer/traced.h).
#include "tests/tracer/traced.h"

#include "common/trace_reader.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unordered_set>

namespace memo::test {
namespace {

std::filesystem::path make_directory() {
    std::string path = (std::filesystem::temp_directory_path() / "memo-trace-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) FAIL("no temporary directory");
    return path;
}

}  // namespace

TracedRun::TracedRun(std::vector<std::string> arguments, const Variables& variables)
    : directory_(make_directory()) {
    if (arguments.front().front() != '/') arguments.insert(arguments.begin(), MEMO_TEST_SUBJECT);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::filesystem::current_path(directory_);
        const int errors = open("errors", O_WRONLY | O_CREAT, 0600);
        dup2(errors, STDERR_FILENO);
        close_range(3, ~0U, 0);  // whatever the test program itself was given
        setenv("LD_PRELOAD", MEMO_TEST_TRACER, 1);
        setenv("MEMO_TRACE_FILE", "trace", 1);
        for (const auto& [name, value] : variables) {
            if (value.empty()) {
                unsetenv(name.c_str());
            } else {
                setenv(name.c_str(), value.c_str(), 1);
            }
        }
        execv(argv[0], argv.data());
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::ifstream errors(directory_ / "errors");
    errors_.assign(std::istreambuf_iterator<char>(errors), {});
}

TracedRun::~TracedRun() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::map<std::string, Trace> TracedRun::traces() const {
    std::map<std::string, Trace> result;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("trace")) continue;
        auto trace = read_trace(entry.path());
        INFO(name);
        if (!trace.ok()) FAIL(trace.error());
        result.emplace(name, std::move(*trace));
    }
    return result;
}

Trace TracedRun::trace() const {
    auto all = traces();
    REQUIRE(all.contains("trace"));
    return std::move(all.at("trace"));
}

std::vector<Event> requests_of(const Trace& trace, std::uint64_t size) {
    std::vector<Event> result;
    for (const Event& event : trace.events) {
        if (event.kind == EventKind::allocate && event.size == size) result.push_back(event);
    }
    return result;
}

OpTags op_tags_of(const Trace& trace, SymbolLookup& symbols) {
    Requesters requesters;
    for (const Event& event : trace.events) {
        if (event.kind == EventKind::allocate)
            (void)requesters.index_of({event.site, event.context, event.thread});
    }
    return resolve_op_tags(trace, requesters.all(), symbols);
}

void check_addresses(const Trace& trace) {
    std::unordered_set<std::uint64_t> live;
    std::size_t allocated_twice = 0;
    for (const Event& event : trace.events) {
        if (event.kind == EventKind::free) {
            live.erase(event.address);
        } else if (!live.insert(event.address).second) {
            ++allocated_twice;
        }
    }
    CHECK(allocated_twice == 0);
}

std::string path_of_context(const Trace& trace, std::uint32_t context) {
    std::string path;
    for (std::uint32_t at = context; at != kNone; at = trace.contexts[at].parent) {
        const std::string& name = trace.contexts[at].name;
        path = path.empty() ? name : name + '/' + path;
    }
    return path;
}

}  // namespace memo::test
