// memo symbols: names the frames of a trace once and for all, in a file beside it, so that the trace can be
// read where its modules are not, or after they were built anew.
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/stacks.h"
#include "cli/symbol_file.h"
#include "cli/symbols.h"

#include <fmt/core.h>

#include <memory>
#include <unordered_set>

namespace memo::cli {

namespace {

struct Options {
    Style style;
    std::string trace;
    std::string output;
};

struct Counts {
    std::uint64_t frames = 0;  // distinct ones in modules
    std::uint64_t named = 0;
    std::uint64_t with_lines = 0;
    std::uint64_t inlined = 0;  // functions inlined into those frames
};

[[nodiscard]] bool is_named(const std::vector<SourceFrame>& frames) {
    return !frames.empty() && !frames.back().function.empty();
}

// The names of every frame on the trace's stacks.
[[nodiscard]] SymbolFile symbols_of(const Trace& trace, ElfSymbols& symbols, Counts& counts) {
    SymbolFile file;
    file.trace = identity_of(trace);
    std::vector<std::unordered_set<std::uint64_t>> seen(trace.modules.size());
    const std::vector<bool> used = trace.sites.nodes_on_stacks();
    for (std::size_t i = 0; i < used.size(); ++i) {
        const Sites::Node& node = trace.sites.nodes()[i];
        if (!used[i] || node.module == kNone || node.offset == 0 ||
            !seen[node.module].insert(node.offset).second) {
            continue;
        }
        ++counts.frames;
        std::vector<SourceFrame> source = symbols.source_at(node.module, node.offset - 1);
        if (!is_named(source)) continue;
        ++counts.named;
        counts.inlined += source.size() - 1;
        if (source.back().line != 0) ++counts.with_lines;
        const Module& module = trace.modules[node.module];
        file.frames_of(module.build_id, module.path)[node.offset - 1] = std::move(source);
    }
    return file;
}

[[nodiscard]] int run(const Options& options) {
    const Progress progress(options.style);
    progress.show("reading " + options.trace);
    auto source = open_trace(options.trace);
    if (!source) return refuse(source.error());
    source->for_each([](std::span<const Event>) {});  // which numbers the stacks
    const Trace& trace = source->trace();
    progress.show("naming frames");
    // What an earlier call found stays: a trace that was moved and came back with its file loses nothing.
    ElfSymbols symbols(trace, options.trace);
    Counts counts;
    const SymbolFile file = symbols_of(trace, symbols, counts);
    progress.show("");
    const std::string output = options.output.empty() ? symbol_file_of(options.trace) : options.output;
    const std::string text = file.text();
    if (const auto problem = write_whole(output, text)) return refuse(problem->message);
    say_problems(options.style, symbols, options.trace);
    if (options.style.json) {
        print_json(Json{{"symbols", output},
                        {"bytes", text.size()},
                        {"frames", counts.frames},
                        {"named", counts.named},
                        {"with_lines", counts.with_lines},
                        {"inlined", counts.inlined},
                        {"problems", symbols.problems()}});
    } else {
        print(fmt::format("symbols    {}, {}\n", output, format_bytes(text.size())));
        print(fmt::format("frames     {}: {} named, {} with a source line, {} inlined functions in them\n",
                          counts.frames, counts.named, counts.with_lines, counts.inlined));
    }
    hint(options.style, "memo report " + shell_word(options.trace) + " --embed-symbols");
    return kDone;
}

}  // namespace

void add_symbols(CLI::App& app, Session& session) {
    auto options = std::make_shared<Options>();
    const Arguments command(app, "symbols", "Keep the names of a trace's functions beside it",
                            options->style);
    command.add("TRACE", options->trace, "A trace, made by `memo trace`").required();
    command
        .add("-o,--output", options->output,
             "Where to write; default: TRACE.symbols, where every command looks for it")
        .shown_as("FILE");
    command.when_chosen([options, &session] { session.run = [options] { return run(*options); }; });
}

}  // namespace memo::cli
