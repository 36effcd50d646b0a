// memo compact: a trace rewritten for keeping, a fraction of its size.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/whole_file.h"
#include "common/trace_compact.h"

#include <fmt/core.h>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string trace;
    std::string output;
    bool keep_addresses = false;
};

[[nodiscard]] double per_event(std::uint64_t bytes, std::uint64_t events) {
    return events == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(events);
}

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    auto source = open_trace(options.trace);
    if (!source) return refuse(source.error());
    const std::string output =
        options.output.empty() ? with_extension(options.trace, ".compact.memo") : options.output;
    auto out = WholeFile::create(output);
    if (!out) return refuse(out.error());
    const std::uint64_t before = file_size(options.trace);
    progress.show("writing " + output);
    const CompactCounts counts = write_compact(
        *source, {.keep_addresses = options.keep_addresses}, [&](std::span<const std::uint8_t> bytes) {
            out->write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        });
    if (const auto problem = out->finish()) return refuse(problem->message);
    progress.show("");
    if (source->trace().damaged_chunks > 0)
        say(fmt::format("{}: {} damaged chunks were left out", options.trace,
                        source->trace().damaged_chunks));
    if (options.style.json) {
        print_json(Json{{"trace", output},
                        {"events", counts.events},
                        {"bytes_before", before},
                        {"bytes", counts.bytes},
                        {"bytes_per_event", per_event(counts.bytes, counts.events)},
                        {"addresses", options.keep_addresses}});
    } else {
        print(fmt::format("trace      {}\nsize       {}, {:.2f} bytes an event; it was {}, {:.2f}\n", output,
                          format_bytes(counts.bytes), per_event(counts.bytes, counts.events),
                          format_bytes(before), per_event(before, counts.events)));
    }
    hint(options.style, "memo info " + shell_word(output));
    return kDone;
}

}  // namespace

void add_compact(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "compact", "Rewrite a trace for keeping, a fraction of its size",
                            options->style);
    command.add("TRACE", options->trace, "A trace, made by `memo trace`").required();
    command
        .add("-o,--output", options->output,
             "Where to write; default: the trace's name with .compact.memo. Every command reads it as any "
             "trace")
        .shown_as("FILE");
    command.add_flag("--keep-addresses", options->keep_addresses,
                     "Keep where blocks lay, too: the report's map of the traced run needs it");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
