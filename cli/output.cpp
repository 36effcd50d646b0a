// Formatting and printing (cli/output.h).
#include "cli/output.h"

#include "cli/json.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace memo::cli {

namespace {

// Columns on a terminal, one a code point: names are rarely anything else.
[[nodiscard]] std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

[[nodiscard]] std::string cell_text(const Cell& cell) {
    return cell.best ? cell.text + "*" : cell.text;
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    static constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto amount = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    while (amount >= 999.5 && unit + 1 < std::size(kUnits)) {
        amount /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", amount, amount < 9.995 ? 2 : amount < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string format_share(double share) {
    return fmt::format("{:.1f} %", 100 * share);
}

std::string shell_word(std::string_view text) {
    static constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
    std::string word = "'";
    for (const char c : text) {
        if (c == '\'') {
            word += "'\\''";
        } else {
            word += c;
        }
    }
    return word + "'";
}

std::string shell_words(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
    return line;
}

std::string printable(std::string_view text) {
    std::string clean(text);
    std::replace_if(
        clean.begin(), clean.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return clean;
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_json(const Json& json) {
    print(json.dump(2));
    print("\n");
}

void say(std::string_view line) {
    (void)std::fflush(stdout);
    std::string text = "memo: ";
    text.append(line).push_back('\n');
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void hint(const Style& style, std::string_view command) {
    if (style.json || style.quiet) return;
    (void)std::fflush(stdout);
    std::string text = "next: ";
    text.append(command).push_back('\n');
    std::fwrite(text.data(), 1, text.size(), stderr);
}

bool stdout_is_terminal() {
    const char* no_color = std::getenv("NO_COLOR");
    return (no_color == nullptr || *no_color == '\0') && isatty(STDOUT_FILENO) == 1;
}

Progress::Progress(const Style& style) : shown_(!style.quiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    show("");
}

void Progress::show(std::string_view line) const {
    if (!shown_) return;
    static constexpr std::string_view kClearLine = "\r\x1b[K";
    (void)std::fflush(stdout);
    std::fwrite(kClearLine.data(), 1, kClearLine.size(), stderr);
    std::fwrite(line.data(), 1, line.size(), stderr);
    (void)std::fflush(stderr);
}

std::string Table::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        widths.push_back(width(columns_[c].title));
        for (const auto& row : rows_) widths[c] = std::max(widths[c], width(cell_text(row[c])));
    }
    const bool bold = stdout_is_terminal();
    std::string text;
    const auto add_row = [&](auto&& cell_at) {
        std::string line;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const Cell cell = cell_at(c);
            const std::string words = cell_text(cell);
            const std::string padding(widths[c] - width(words), ' ');
            if (c > 0) line += "  ";
            if (columns_[c].align == Align::right) line += padding;
            line += bold && cell.best ? "\x1b[1m" + words + "\x1b[0m" : words;
            if (columns_[c].align == Align::left) line += padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    };
    add_row([&](std::size_t c) { return Cell(columns_[c].title); });
    for (const auto& row : rows_) {
        add_row([&](std::size_t c) { return row[c]; });
    }
    return text;
}

}  // namespace memo::cli
