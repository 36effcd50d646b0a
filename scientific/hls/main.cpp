// The program `hls` (commands.h).
#include "common/version.h"
#include "scientific/hls/commands.h"

#include <cstdio>
#include <exception>
#include <new>

namespace memo::hls {

namespace {

int run(int count, char** arguments) {
    CLI::App app(
        "From a trained network to a schedule for hardware, with memory planned and every step checked.",
        "hls");
    app.set_version_flag("--version", std::string("hls ") + kVersion);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 a check failed or an output cannot be written, 2 wrong usage, or a network "
        "that "
        "cannot be used.\nA network is a name (hls net --list), or a .json file (hls import makes one of a "
        "TorchScript file).");
    Run chosen;
    for (const auto add : {add_net, add_import, add_compile, add_curve, add_verify, add_accuracy, add_samples,
                           add_openhls, add_build, add_check, add_bench, add_operators})
        add(app, chosen);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        const auto commands = app.get_subcommands();
        return std::fputs((commands.empty() ? &app : commands.front())->help().c_str(), stdout), kDone;
    } catch (const CLI::CallForVersion& version) {
        return std::fputs((std::string(version.what()) + "\n").c_str(), stdout), kDone;
    } catch (const CLI::ParseError& error) {
        return refuse(std::string(error.what()) + "; see hls --help");
    }
    return chosen();
}

}  // namespace

}  // namespace memo::hls

int main(int count, char** arguments) {
    try {
        return memo::hls::run(count, arguments);
    } catch (const std::bad_alloc&) {
        memo::hls::say("out of memory");
    } catch (const std::exception& error) {
        memo::hls::say(error.what());
    }
    return memo::hls::kBadUsage;
}
