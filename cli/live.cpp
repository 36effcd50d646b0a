// memo live: what a running process under libmemomalloc.so has been served, without its taking any part in
// it.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/live_reader.h"
#include "cli/output.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::uint32_t process = 0;
    double watch = 0;  // seconds; 0: once
};

// False if standard output takes no more.
[[nodiscard]] bool show(const Statistics& statistics, const Style& style) {
    if (std::fflush(stdout) != 0) return false;
    return style.json ? write_statistics_json(statistics, STDOUT_FILENO)
                      : write_statistics_text(statistics, STDOUT_FILENO);
}

[[nodiscard]] int run(const Options& options) {
    if (options.watch < 0 || options.watch > 1e6) return refuse("live: --watch wants a number of seconds");
    auto reader = LiveReader::open(static_cast<pid_t>(options.process));
    if (!reader) return refuse(reader.error());
    for (bool first = true;; first = false) {
        const Statistics* statistics = reader->read();
        if (statistics == nullptr) {
            if (first) return refuse("process " + std::to_string(options.process) + ": has ended");
            return kDone;
        }
        if (!show(*statistics, options.style))
            return refuse(std::string("standard output: ") + std::strerror(errno));
        if (options.watch == 0) break;
        std::this_thread::sleep_for(std::chrono::duration<double>(options.watch));
    }
    hint(options.style, "memo live " + std::to_string(options.process) + " --watch 1");
    return kDone;
}

}  // namespace

void add_live(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "live", "Say what a running program has been served", options->style);
    command.add("PID", options->process, "A process under libmemomalloc.so").required().shown_as("PID");
    command.add("--watch", options->watch, "Again and again, this many seconds apart, until it ends")
        .shown_as("SECONDS");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
