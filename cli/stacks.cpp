// Naming frames (cli/stacks.h).
#include "cli/stacks.h"

#include "cli/output.h"
#include "common/file_name.h"

#include <fmt/core.h>

#include <algorithm>

namespace memo::cli {

namespace {

constexpr std::size_t kLineFrames = 4;
constexpr std::size_t kLongestName = 48;

// Where a function's parameters begin: C++ names are longer than anybody reads.
[[nodiscard]] std::string without_parameters(const std::string& name) {
    int depth = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '<') ++depth;
        if (name[i] == '>') --depth;
        if (name[i] == '(' && depth == 0 && i > 0 && !name.substr(i).starts_with("(anonymous"))
            return name.substr(0, i);
    }
    return name;
}

[[nodiscard]] std::string shortened(std::string name) {
    if (name.size() <= kLongestName) return name;
    return name.substr(0, kLongestName - 3) + "...";
}

}  // namespace

std::string StackNames::function(const Frame& frame) {
    if (frame.module == kNone || frame.offset == 0) return {};
    // A return address lies behind its call, which may be the last of the function.
    const auto name = symbols_.function_at(frame.module, frame.offset - 1);
    return name ? printable(without_parameters(*name)) : std::string();
}

std::string StackNames::frame(const Frame& frame) {
    if (frame.module == kNone) return fmt::format("0x{:x}", frame.offset);
    const std::string place = fmt::format(
        "{}+0x{:x}", printable(file_name(trace_.modules[frame.module].path.c_str())), frame.offset);
    const std::string name = function(frame);
    return name.empty() ? place : name + " (" + place + ")";
}

std::vector<std::string> StackNames::frames(std::uint32_t site, std::size_t most) {
    std::vector<std::string> names;
    if (site == kNone) return names;
    const auto& stack = trace_.sites[site].frames;
    for (std::size_t i = 0; i < std::min(most, stack.size()); ++i) names.push_back(frame(stack[i]));
    return names;
}

std::string StackNames::line(std::uint32_t site) {
    if (site == kNone || trace_.sites[site].frames.empty()) return "unknown";
    std::string text;
    const auto& stack = trace_.sites[site].frames;
    for (std::size_t i = 0; i < std::min(kLineFrames, stack.size()); ++i) {
        const std::string name = function(stack[i]);
        text += (i == 0 ? "" : " < ") + shortened(name.empty() ? frame(stack[i]) : name);
    }
    return text;
}

}  // namespace memo::cli
