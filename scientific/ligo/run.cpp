// The command line of `ligo` (commands.h).
#include "common/version.h"
#include "scientific/ligo/commands.h"

#include <cstdio>

namespace memo::ligo {

int run(int count, char** arguments) {
    CLI::App app("Finds mergers of black holes in the strain of two detectors, by an ensemble of networks.", "ligo");
    app.set_version_flag("--version", std::string("ligo ") + kVersion);
    app.require_subcommand(1);
    app.footer("Exit codes: 0 done, 1 an output cannot be written, 2 wrong usage, or a file that cannot be used.");
    TrainCommand train;
    CLI::App* train_app = app.add_subcommand("train", "Train the networks on simulated signals");
    add_train(*train_app, train);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return std::fputs((chosen.empty() ? &app : chosen.front())->help().c_str(), stdout), kDone;
    } catch (const CLI::CallForVersion& version) {
        return std::fputs((std::string(version.what()) + "\n").c_str(), stdout), kDone;
    } catch (const CLI::ParseError& error) {
        return refuse(std::string(error.what()) + "; see ligo --help");
    }
    return run_train(train);
}

}  // namespace memo::ligo
