// focus score: a batch of files (commands.h).
#include "scientific/focus/commands.h"
#include "scientific/focus/journal.h"
#include "scientific/imaging/frames.h"
#include "scientific/imaging/latencies.h"
#include "scientific/imaging/write_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace memo::focus {

namespace {

// What a score depends on, for the journal.
[[nodiscard]] std::string fingerprint(const ScoreCommand& options) {
    const ScoreOptions& score = options.words.file.score;
    return fmt::format("{} {} {} {} {} {} {} {} {} {}", score.width, score.height, options.words.crop,
                       options.words.raw, score.threshold, score.saturation, score.scales.n_bin,
                       score.scales.min_sigma, score.scales.max_sigma, score.backend);
}

// Rows as they come: kept in order, journalled, and their cost noted.
class Gathering {
  public:
    Gathering(std::size_t count, Journal* journal, imaging::CostLog costs)
        : rows_(count), journal_(journal), costs_(std::move(costs)) {}

    [[nodiscard]] bool add(std::size_t index, Row row, bool journalled) {
        if (!row.ok()) say(row.error);
        if (journal_ != nullptr && !journalled) {
            if (const auto error = journal_->add(row)) {
                say(error->message);
                failed_ = true;
                return false;
            }
        }
        costs_.add();
        rows_[index] = std::move(row);
        return true;
    }
    [[nodiscard]] std::optional<Error> close_costs() { return costs_.close(); }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::vector<Row> take() { return std::move(rows_); }

  private:
    std::vector<Row> rows_;
    Journal* journal_;
    imaging::CostLog costs_;
    bool failed_ = false;
};

// To a file, to standard output for "-", or nowhere for "". False if it cannot be written.
[[nodiscard]] bool put(const std::string& path, const std::string& text) {
    if (path.empty()) return true;
    if (path == "-") {
        if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return true;
        say(std::string("standard output: ") + std::strerror(errno));
        return false;
    }
    if (const auto error = imaging::write_file(path, text)) return say(error->message), false;
    return true;
}

[[nodiscard]] std::string all_csv(const std::vector<Judged>& judged) {
    std::string text = kCsvHead;
    for (const Judged& one : judged) {
        if (one.row.ok()) text += csv_of(one);
    }
    return text;
}

void summarise(const std::vector<Judged>& judged, const Summary& summary) {
    std::size_t good = 0;
    std::string out;
    std::size_t out_count = 0;
    for (const Judged& one : judged) {
        good += one.row.ok() ? 1 : 0;
        if (!one.verdict || one.verdict->in_focus) continue;
        if (++out_count <= 8) out += (out_count == 1 ? ": " : ", ") + one.row.image;
    }
    if (out_count > 8) out += ", ...";
    if (!summary.usual.known()) {
        say(fmt::format("{} images scored; from {} on they are judged by each other", good, kLeast));
        return;
    }
    say(fmt::format("{} images, usually {:.0f} features; drift {:+.2f} % an image; {} out of focus{}", good,
                    std::exp(summary.usual.centre) - 1, 100 * std::expm1(summary.drift), out_count, out));
}

}  // namespace

void add_score(CLI::App& command, ScoreCommand& options) {
    command.add_option("INPUT", options.inputs, "Images and folders of images")->required();
    add_score_options(command, options.words);
    command.add_option("--limit", options.limit, "Out of focus below so many spreads under the usual score")
        ->capture_default_str();
    command.add_option("--csv", options.csv, "Write scores; -: to standard output, the default")
        ->type_name("FILE");
    command.add_option("--json", options.json, "Write scores with parameters and baseline")
        ->type_name("FILE");
    command.add_option("--baseline", options.baseline, "Judge by this baseline, not by these images")
        ->type_name("FILE");
    command.add_option("--save-baseline", options.save_baseline, "Write the baseline of these images")
        ->type_name("FILE");
    command
        .add_option("--journal", options.journal, "Keep scores as they come, and go on from those there are")
        ->type_name("FILE");
    command.add_option("--repeat", options.repeat, "Go through the images so many times")
        ->capture_default_str();
    command.add_option("--most", options.most, "End after so many images");
    command
        .add_option("--timings", options.timings,
                    "Append a line an image: wall ms, CPU ms, page faults, resident KiB")
        ->type_name("FILE");
    command
        .add_option("--patience", options.patience,
                    "Under mpirun: seconds that a rank may take for a file, before it is given up")
        ->capture_default_str();
    command.add_flag("-q,--quiet", options.quiet, "No summary");
}

int run_score(ScoreCommand& options, Crew& crew) {
    if (const std::string wrong = understand(options.words); !wrong.empty()) return refuse(wrong);
    if (!(options.limit > 0 && options.limit < 1e6)) return refuse("the limit must be above 0");
    if (options.repeat == 0) return refuse("--repeat must be at least 1");
    if (options.repeat > 1 && !options.journal.empty())
        return refuse("--repeat and --journal exclude each other");
    if (!(options.patience > 0 && options.patience < 1e6)) return refuse("the patience must be above 0");
    FileScorer scorer(options.words.file);
    crew.be_patient(std::chrono::duration<double>(options.patience));
    const Crew::Work work = [&](const std::string& path) {
        Row row = scorer.score(path);
        row.worker = crew.rank();
        return line_of(row);
    };
    if (!crew.leads()) return crew.help(work), kDone;
    const auto given = read_baseline(options.baseline);
    if (!given) return refuse(given.error());
    const auto listed = imaging::list_images(options.inputs, options.words.file.raw.has_value());
    if (!listed) return refuse(listed.error());
    std::vector<std::string> paths;
    for (unsigned i = 0; i < options.repeat; ++i) paths.insert(paths.end(), listed->begin(), listed->end());
    if (options.most > 0 && paths.size() > options.most) paths.resize(options.most);

    std::optional<Journal> journal;
    if (!options.journal.empty()) {
        auto opened = Journal::open(options.journal, fingerprint(options));
        if (!opened) return refuse(opened.error());
        journal = *std::move(opened);
    }
    auto costs = imaging::CostLog::open(options.timings);
    if (!costs) return say(costs.error()), kFailed;

    Gathering gathering(paths.size(), journal ? &*journal : nullptr, *std::move(costs));
    std::vector<std::string> wanted;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const bool known = journal && journal->rows().contains(paths[i]);
        if (known && gathering.add(i, journal->rows().at(paths[i]), true)) continue;
        wanted.push_back(paths[i]);
        places.push_back(i);
    }
    crew.share(wanted, work, [&](std::size_t i, const std::string& line) {
        auto row = row_of_line(line);
        return gathering.add(places[i], row ? *std::move(row) : Row{wanted[i], row.error(), {}, 0, 0}, false);
    });
    if (const auto error = gathering.close_costs()) return say(error->message), kFailed;
    if (gathering.failed()) return kFailed;
    if (!scorer.scorer().remark().empty()) say(scorer.scorer().remark());

    Summary summary;
    summary.limit = options.limit;
    summary.backend = scorer.scorer().backend();
    const std::vector<Judged> judged = judged_together(gathering.take(), *given, summary);
    if (options.csv.empty() && options.json.empty() && !options.quiet) options.csv = "-";
    bool written = put(options.csv, all_csv(judged));
    written = put(options.json, json_of(judged, summary, options.words.file.score)) && written;
    if (!options.save_baseline.empty() && !summary.usual.known())
        return refuse(fmt::format("no baseline is saved: it wants {} images at least", kLeast));
    if (!options.save_baseline.empty())
        written = put(options.save_baseline, json_of(summary.usual)) && written;
    if (!options.quiet) summarise(judged, summary);
    if (!written) return kFailed;
    const bool all =
        std::all_of(judged.begin(), judged.end(), [](const Judged& one) { return one.row.ok(); });
    return all ? kDone : kBadUsage;
}

}  // namespace memo::focus
