// ligo scan: candidates in files (commands.h).
#include "scientific/imaging/latencies.h"
#include "scientific/ligo/commands.h"
#include "scientific/ligo/scan_page_of.h"
#include "scientific/ligo/search/journal.h"
#include "scientific/ligo/search/rates.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace memo::ligo {

namespace {

using Json = nlohmann::ordered_json;

// What a row depends on, for the journal.
[[nodiscard]] std::string fingerprint(const Calibration& calibration, const ScanCommand& options) {
    const FilterRules& filter = calibration.filter;
    std::string text = fmt::format("{} {} {} {} {} {}", filter.least_snr, filter.lowest_snr,
                                   filter.least_share, filter.enough, filter.window, options.slide_seconds);
    for (const KnownModel& model : calibration.models) text += " " + model.checksum;
    const PeakRules& rules = calibration.rules;
    return text + fmt::format(" {} {} {} {} {} {} {} {} {}", rules.least, rules.window, rules.least_width,
                              rules.greatest_width, rules.inside, rules.inside_share, rules.smooth,
                              rules.merge, rules.agree);
}

// A pair as a task's text, and back.
[[nodiscard]] std::string task_of(const FilePair& pair) {
    ScanRow row;
    row.pair = pair;
    return line_of(row);
}

// Rows as they come: journalled, and their cost noted.
class Gathering {
  public:
    Gathering(std::size_t count, Journal* journal, imaging::CostLog costs, bool quiet)
        : rows_(count), journal_(journal), costs_(std::move(costs)), bar_("scan", quiet) {}

    [[nodiscard]] bool add(std::size_t index, ScanRow row, bool journalled) {
        for (const std::string& note : row.notes) say(note);
        if (!row.ok()) say(row.error);
        if (journal_ != nullptr && !journalled) {
            if (const auto error = journal_->add(row)) {
                say(error->message);
                failed_ = true;
                return false;
            }
        }
        costs_.add();
        candidates_ += row.found.size();
        rows_[index] = std::move(row);
        ++done_;
        bar_.show(static_cast<double>(done_) / static_cast<double>(rows_.size()),
                  fmt::format("{} of {} pairs, {} candidates", done_, rows_.size(), candidates_));
        return !interrupted();
    }
    [[nodiscard]] std::optional<Error> close_costs() { return costs_.close(); }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool finished() const { return done_ == rows_.size(); }
    [[nodiscard]] std::vector<ScanRow> take() { return std::move(rows_); }

  private:
    std::vector<ScanRow> rows_;
    Journal* journal_;
    imaging::CostLog costs_;
    Progress bar_;
    std::size_t done_ = 0;
    std::size_t candidates_ = 0;
    bool failed_ = false;
};

[[nodiscard]] std::string matched_text(const FoundMerger& found) {
    if (!found.matched) return "the matched filter hears nothing";
    const Candidate& matched = *found.matched;
    return fmt::format("matched filter {:+.1f} ms: H1 {:.1f}, L1 {:.1f}, {:.0f} + {:.0f} solar masses",
                       1e3 * (0.5 * (matched.gps[0] + matched.gps[1]) - found.gps), matched.snr[0],
                       matched.snr[1], matched.binary.mass1, matched.binary.mass2);
}

[[nodiscard]] std::string table_of(const std::vector<ScanRow>& rows, const Calibration& calibration) {
    std::string text;
    double searched = 0;
    double slid = 0;
    std::size_t count = 0;
    std::uint64_t false_alarms = 0;
    std::size_t of_candidates = 0;
    for (const ScanRow& row : rows) {
        searched += row.searched;
        slid += row.slides.seconds;
        false_alarms += row.slides.ranks.size();
        of_candidates += row.slides.of_candidates.size();
        for (const FoundMerger& found : row.found) {
            ++count;
            double least = found.gps;
            double most = found.gps;
            for (const Peak& peak : found.models) {
                least = std::min(least, peak.time);
                most = std::max(most, peak.time);
            }
            text += fmt::format("GPS {:.3f}  rank {:.2f}  models within {:.0f} ms  {}\n", found.gps,
                                found.rank, 1e3 * (most - least), matched_text(found));
        }
    }
    text += fmt::format("{} candidates above SNR {:.2f} in {:.1f} s of both detectors\n", count,
                        calibration.filter.least_snr, searched);
    if (slid > 0)
        text += fmt::format(
            "{} in {:.0f} s of time slides: below {:.2f} an hour at 90 %; {} more are a candidate "
            "in one detector\n",
            false_alarms, slid, poisson_upper_limit(false_alarms) / (slid / 3600), of_candidates);
    return text;
}

[[nodiscard]] std::string json_of(const std::vector<ScanRow>& rows, const Calibration& calibration,
                                  const std::vector<std::string>& problems) {
    Json json = {{"proposal", calibration.rules.least},
                 {"least_snr", calibration.filter.least_snr},
                 {"pairs", Json::array()},
                 {"problems", problems}};
    for (const ScanRow& row : rows) json["pairs"].push_back(Json::parse(line_of(row)));
    return json.dump(1, '\t') + "\n";
}

}  // namespace

void add_scan(CLI::App& command, ScanCommand& options) {
    command
        .add_option("INPUT", options.inputs,
                    "Strain files of H1 and L1, and folders of them; paired by their times")
        ->required();
    add_models(command, options.models);
    command
        .add_option("--record", options.record,
                    "The record of ligo calibrate [calibration.json in the models' folder]")
        ->type_name("FILE");
    command
        .add_option("--slides", options.slide_seconds,
                    "Also search so many seconds of time slides of each pair")
        ->capture_default_str();
    command.add_option("--json", options.json, "Write the results; -: to standard output")->type_name("FILE");
    command.add_option("--html", options.html, "Write a page with pictures")->type_name("FILE");
    command
        .add_option("--journal", options.journal, "Keep results as they come, and go on from those there are")
        ->type_name("FILE");
    command.add_option("--repeat", options.repeat, "Go through the pairs so many times")
        ->capture_default_str();
    command.add_option("--most", options.most, "End after so many pairs");
    command
        .add_option("--timings", options.timings,
                    "Append a line a pair: wall ms, CPU ms, page faults, resident KiB")
        ->type_name("FILE");
    command
        .add_option("--patience", options.patience,
                    "Under mpirun: seconds that a rank may take for a pair, before it is given up")
        ->capture_default_str();
    command.add_flag("-q,--quiet", options.quiet, "No progress, no table");
}

int run_scan(ScanCommand& options, Crew& crew) {
    if (!(options.slide_seconds >= 0 && options.slide_seconds < 1e9))
        return refuse("--slides must be 0 or more");
    if (options.repeat == 0) return refuse("--repeat must be at least 1");
    if (options.repeat > 1 && !options.journal.empty())
        return refuse("--repeat and --journal exclude each other");
    if (!(options.patience > 0 && options.patience < 1e6)) return refuse("the patience must be above 0");
    auto models = load_models(options.models.folder, options.models.device);
    if (!models) return refuse(models.error());
    const auto calibration = read_calibration(options.models, options.record, *models);
    if (!calibration) return refuse(calibration.error());
    ScanOptions scan = scan_options(options.models);
    scan.rules = calibration->rules;
    scan.filter = calibration->filter;
    scan.slide_seconds = options.slide_seconds;
    Scanner scanner(*std::move(models), scan);
    const Crew::Work work = [&](const std::string& task) {
        const auto asked = row_of_line(task);
        ScanRow row;
        if (asked)
            row = scanner.scan(asked->pair);
        else
            row.error = asked.error();
        row.worker = crew.rank();
        return line_of(row);
    };
    crew.be_patient(std::chrono::duration<double>(options.patience));
    if (!crew.leads()) return crew.help(work), kDone;

    const auto pairing = find_pairs(options.inputs, scan.conditioning.shortest);
    if (!pairing) return refuse(pairing.error());
    for (const std::string& problem : pairing->problems) say(problem);
    std::vector<FilePair> pairs;
    for (unsigned i = 0; i < options.repeat; ++i)
        pairs.insert(pairs.end(), pairing->pairs.begin(), pairing->pairs.end());
    if (options.most > 0 && pairs.size() > options.most) pairs.resize(options.most);
    if (pairs.empty()) return refuse("there is no pair of files to scan");

    std::optional<Journal> journal;
    if (!options.journal.empty()) {
        auto opened = Journal::open(options.journal, fingerprint(*calibration, options));
        if (!opened) return refuse(opened.error());
        journal = *std::move(opened);
    }
    auto costs = imaging::CostLog::open(options.timings);
    if (!costs) return say(costs.error()), kFailed;
    listen_to_signals();
    Gathering gathering(pairs.size(), journal ? &*journal : nullptr, *std::move(costs), options.quiet);
    std::vector<std::string> tasks;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (journal) {
            const auto known = journal->rows().find({pairs[i].first, pairs[i].second});
            if (known != journal->rows().end() && gathering.add(i, known->second, true)) continue;
        }
        tasks.push_back(task_of(pairs[i]));
        places.push_back(i);
    }
    crew.share(tasks, work, [&](std::size_t i, const std::string& line) {
        auto row = row_of_line(line);
        if (!row) {
            row = ScanRow();
            row->pair = pairs[places[i]];
            row->error = row->pair.first + ": the answer was lost";
        }
        return gathering.add(places[i], *std::move(row), false);
    });
    if (const auto error = gathering.close_costs()) return say(error->message), kFailed;
    if (gathering.failed()) return kFailed;
    if (!gathering.finished())
        return refuse(options.journal.empty()
                          ? "interrupted"
                          : "interrupted: the same command goes on from " + options.journal);
    const std::vector<ScanRow> rows = gathering.take();
    bool written = put(options.json, json_of(rows, *calibration, pairing->problems));
    if (!options.html.empty())
        written = put(options.html, page_of(rows, pairing->problems, scanner)) && written;
    if (!options.quiet && options.json != "-") written = put("-", table_of(rows, *calibration)) && written;
    if (!written) return kFailed;
    const bool all = std::all_of(rows.begin(), rows.end(), [](const ScanRow& row) { return row.ok(); });
    return all && pairing->problems.empty() ? kDone : kBadUsage;
}

}  // namespace memo::ligo
