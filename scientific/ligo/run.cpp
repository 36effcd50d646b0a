// The command line of `ligo` (commands.h).
#include "common/version.h"
#include "scientific/ligo/commands.h"

#include <cstdio>

namespace memo::ligo {

int run(int count, char** arguments, Crew& crew) {
    CLI::App app("Finds mergers of black holes in the strain of two detectors, by an ensemble of networks.",
                 "ligo");
    app.set_version_flag("--version", std::string("ligo ") + kVersion);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 an output cannot be written, 2 wrong usage, or a file that cannot be used.\n"
        "Several processes: mpirun -n N ligo scan ...");
    TrainCommand train;
    CalibrateCommand calibrate;
    EfficiencyCommand efficiency;
    SimulateCommand simulate;
    ScanCommand scan;
    CLI::App* train_app = app.add_subcommand("train", "Train the networks on simulated signals");
    CLI::App* calibrate_app = app.add_subcommand("calibrate", "Fix the threshold on noise without events");
    CLI::App* efficiency_app =
        app.add_subcommand("efficiency", "Count simulated mergers found, and false alarms in noise");
    CLI::App* simulate_app = app.add_subcommand("simulate", "Make strain files with mergers in them");
    CLI::App* scan_app = app.add_subcommand("scan", "Find mergers in strain files");
    add_train(*train_app, train);
    add_calibrate(*calibrate_app, calibrate);
    add_efficiency(*efficiency_app, efficiency);
    add_simulate(*simulate_app, simulate);
    add_scan(*scan_app, scan);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return std::fputs((chosen.empty() ? app.help() : chosen.front()->help("ligo")).c_str(), stdout),
               kDone;
    } catch (const CLI::CallForVersion& version) {
        return std::fputs((std::string(version.what()) + "\n").c_str(), stdout), kDone;
    } catch (const CLI::ParseError& error) {
        return refuse(std::string(error.what()) + "; see ligo --help");
    }
    if (train_app->parsed()) return run_train(train);
    if (calibrate_app->parsed()) return run_calibrate(calibrate);
    if (efficiency_app->parsed()) return run_efficiency(efficiency);
    if (simulate_app->parsed()) return run_simulate(simulate);
    return run_scan(scan, crew);
}

}  // namespace memo::ligo
