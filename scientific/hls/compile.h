// The compiler from a network to a schedule with addresses, phase by phase, and what a design folder keeps to
// do it again: the same network and options give the same schedule. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/hls/arithmetic/arithmetic.h"
#include "scientific/hls/buffers/buffers.h"
#include "scientific/hls/front/lower.h"
#include "scientific/hls/schedule/bounds.h"
#include "scientific/hls/schedule/scheduler.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace memo::hls {

struct CompileOptions {
    Format format;
    LowerOptions lower;
    ScheduleOptions schedule;  // its latencies are those of the format
    double clock_ns = 10;
};

struct Phase {
    std::string_view name;
    double seconds = 0;
    std::uint64_t resident = 0;  // bytes of the process when it ended
};

struct Compiled {
    Network network;
    CompileOptions options;
    Graph graph;
    Schedule schedule;
    Bounds bounds;
    Work work;
    std::int64_t macs = 0;
    BufferProblem buffers;
    BufferPlan plan;
    std::vector<Phase> phases;

    [[nodiscard]] double microseconds(std::uint32_t cycles) const { return cycles * options.clock_ns / 1000; }
};

// The schedule has been validated. The error is one line, with the layer's name where one is to blame.
[[nodiscard]] Result<Compiled> compile(const Network& network, const CompileOptions& options);

// What `hls compile` has on its command line, in design.json; the network is beside it, in source.json.
[[nodiscard]] std::string format_options(const CompileOptions& options);
[[nodiscard]] Result<CompileOptions> parse_options(std::string_view json);

// Both files of a folder, compiled again. The error begins with the file it is about.
[[nodiscard]] Result<Compiled> compile_folder(const std::filesystem::path& folder);

// Whole text files. Empty, or what went wrong: a full disk leaves no file that looks whole.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& file);
[[nodiscard]] std::string write_text_file(const std::filesystem::path& file, std::string_view text);

}  // namespace memo::hls
