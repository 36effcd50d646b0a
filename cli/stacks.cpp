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
    for (const Frame one : trace_.sites.frames(site)) {
        if (names.size() == most) break;
        names.push_back(frame(one));
    }
    return names;
}

std::string StackNames::line(std::uint32_t site) {
    if (site == kNone || trace_.sites.frames(site).empty()) return "unknown";
    std::string text;
    std::size_t left = kLineFrames;
    for (const Frame one : trace_.sites.frames(site)) {
        if (left-- == 0) break;
        const std::string name = function(one);
        text += (text.empty() ? "" : " < ") + shortened(name.empty() ? frame(one) : name);
    }
    return text;
}

}  // namespace memo::cli
