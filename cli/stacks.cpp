// Naming frames (cli/stacks.h).
#include "cli/stacks.h"

#include "cli/function_names.h"
#include "cli/output.h"
#include "common/file_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kLineFrames = 4;
constexpr std::size_t kLongestName = 48;

// The end of a name says more than its namespaces.
[[nodiscard]] std::string shortened(const std::string& name) {
    if (name.size() <= kLongestName) return name;
    std::size_t begin = name.size() - kLongestName + 3;
    while (begin < name.size() && (static_cast<unsigned char>(name[begin]) & 0xC0U) == 0x80U)
        ++begin;  // whole characters
    const std::size_t scope = name.find("::", begin);
    if (scope != std::string::npos && scope + 2 < name.size() && scope < begin + kLongestName / 2)
        begin = scope + 2;
    return "..." + name.substr(begin);
}

}  // namespace

std::string source_line(const SourceFrame& frame) {
    if (frame.file.empty()) return {};
    const std::string file = printable(file_name(frame.file.c_str()));
    return frame.line == 0 ? file : fmt::format("{}:{}", file, frame.line);
}

std::string StackNames::shown(const std::string& function) const {
    return names_ == Names::full ? function : folded(function);
}

std::string StackNames::place(const Frame& frame) const {
    if (frame.module == kNone) return fmt::format("0x{:x}", frame.offset);
    return fmt::format("{}+0x{:x}", printable(file_name(trace_.modules[frame.module].path.c_str())),
                       frame.offset);
}

std::string StackNames::function(const Frame& frame) {
    if (frame.module == kNone || frame.offset == 0) return {};
    // A return address lies behind its call, which may be the last of the function.
    const auto name = symbols_.function_at(frame.module, frame.offset - 1);
    return name ? printable(without_parameters(*name)) : std::string();
}

std::vector<SourceFrame> StackNames::source(const Frame& frame) {
    if (frame.module == kNone || frame.offset == 0) return {};
    std::vector<SourceFrame> frames = symbols_.source_at(frame.module, frame.offset - 1);
    for (SourceFrame& one : frames) one.function = printable(without_parameters(one.function));
    return frames;
}

std::string StackNames::frame(const Frame& frame) {
    const std::string name = function(frame);
    return name.empty() ? place(frame) : shown(name) + " (" + place(frame) + ")";
}

std::vector<std::string> StackNames::frames(std::uint32_t site, std::size_t most) {
    std::vector<std::string> names;
    if (site == kNone) return names;
    for (const Frame frame : trace_.sites.frames(site)) {
        const std::vector<SourceFrame> source = this->source(frame);
        if (source.empty() && names.size() < most) names.push_back(place(frame));
        for (std::size_t i = 0; i < source.size() && names.size() < most; ++i) {
            const std::string line = source_line(source[i]);
            names.push_back(shown(source[i].function) + (line.empty() ? "" : " " + line) +
                            (i + 1 < source.size() ? " (inlined)" : " (" + place(frame) + ")"));
        }
        if (names.size() == most) break;
    }
    return names;
}

std::string StackNames::line(std::uint32_t site) {
    if (site == kNone || trace_.sites.frames(site).empty()) return "unknown";
    std::string text;
    std::size_t left = kLineFrames;
    for (const Frame frame : trace_.sites.frames(site)) {
        if (left-- == 0) break;
        text += text.empty() ? "" : " < ";
        const std::vector<SourceFrame> source = this->source(frame);
        if (source.empty() || source.back().function.empty()) {
            text += place(frame);
        } else {
            const std::string line = source_line(source.back());
            const std::string name = shown(source.back().function);
            text += (names_ == Names::full ? name : shortened(name)) + (line.empty() ? "" : " " + line);
        }
    }
    return text;
}

void say_problems(const Style& style, const ElfSymbols& symbols, const std::string& trace_path) {
    // A module without symbols is the rule for some; one that is not here, or is another, is worth a word.
    const auto& problems = symbols.problems();
    const auto is_missing = [](const std::string& line) { return !line.ends_with("has no symbols"); };
    const auto count = std::count_if(problems.begin(), problems.end(), is_missing);
    if (count == 0 || style.quiet || style.json) return;
    say(*std::find_if(problems.begin(), problems.end(), is_missing));
    if (count > 1)
        say(fmt::format("and {} more of that kind: see `memo info {}`", count - 1, shell_word(trace_path)));
}

}  // namespace memo::cli
