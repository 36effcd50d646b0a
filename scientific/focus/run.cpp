// The command line of `focus` (commands.h).
#include "common/version.h"
#include "scientific/focus/commands.h"

#include <cstdio>

namespace memo::focus {

int run(int count, char** arguments, Crew& crew) {
    CLI::App app("How well micrographs are in focus, by the number of their features.", "focus");
    app.set_version_flag("--version", std::string("focus ") + kVersion);
    app.require_subcommand(1);
    app.footer(
        "Exit codes: 0 done, 1 an output cannot be written, 2 wrong usage, or an image that cannot be used.\n"
        "Several processes: mpirun -n N focus score ...");
    ScoreCommand score;
    WatchCommand watch;
    CalibrateCommand calibrate;
    GenerateCommand generate;
    CheckCommand check;
    CLI::App* score_app = app.add_subcommand("score", "Score images, and judge them by each other");
    CLI::App* watch_app =
        app.add_subcommand("watch", "Score each image that appears in a folder, until Ctrl-C");
    CLI::App* calibrate_app =
        app.add_subcommand("calibrate", "Fit scores to known defocus, and draw the curve");
    CLI::App* generate_app = app.add_subcommand("generate", "Make synthetic micrographs of known defocus");
    CLI::App* check_app =
        app.add_subcommand("check", "Compare back ends on synthetic micrographs, and time them");
    add_score(*score_app, score);
    add_watch(*watch_app, watch);
    add_calibrate(*calibrate_app, calibrate);
    add_generate(*generate_app, generate);
    add_check(*check_app, check);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        const auto chosen = app.get_subcommands();
        return std::fputs((chosen.empty() ? &app : chosen.front())->help().c_str(), stdout), kDone;
    } catch (const CLI::CallForVersion& version) {
        return std::fputs((std::string(version.what()) + "\n").c_str(), stdout), kDone;
    } catch (const CLI::ParseError& error) {
        return refuse(std::string(error.what()) + "; see focus --help");
    }
    if (score_app->parsed()) return run_score(score, crew);
    if (watch_app->parsed()) return run_watch(watch);
    if (calibrate_app->parsed()) return run_calibrate(calibrate);
    if (generate_app->parsed()) return run_generate(generate);
    return run_check(check);
}

}  // namespace memo::focus
