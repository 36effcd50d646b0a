// How memo speaks: tables and JSON on stdout, everything else on stderr; progress and bold type only where a
// person looks.
#pragma once

#include "cli/command.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace memo::cli {

class Json;

// "512 B", "3.00 KiB", "20.6 MiB": three digits, powers of 1024.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

// "12.3 %" of a share of 1.
[[nodiscard]] std::string format_share(double share);

// `text` as one word of a shell command.
[[nodiscard]] std::string shell_word(std::string_view text);
[[nodiscard]] std::string shell_words(const std::vector<std::string>& words);

// `text` with bytes that would upset a terminal or a table (control characters) as `?`. Names from files pass
// through this before they are printed.
[[nodiscard]] std::string printable(std::string_view text);

void print(std::string_view text);  // to stdout
void print_json(const Json& json);  // to stdout, indented
void say(std::string_view line);    // "memo: LINE" to stderr

// The "next: COMMAND" line that ends a command, unless the style forbids it.
void hint(const Style& style, std::string_view command);

// Whether bold type is wanted on stdout: a terminal, and NO_COLOR is not set.
[[nodiscard]] bool stdout_is_terminal();

// A line on stderr that is overwritten by the next one and gone at the end; nothing where stderr is not a
// terminal.
class Progress {
  public:
    explicit Progress(const Style& style);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void show(std::string_view line) const;

  private:
    bool shown_;
};

enum class Align : std::uint8_t { left, right };

struct Column {
    std::string title;
    Align align = Align::right;
};

struct Cell {
    Cell(std::string words)
        : text(std::move(words)) {}           // NOLINT(google-explicit-constructor): cells are words
    Cell(const char* words) : text(words) {}  // NOLINT(google-explicit-constructor)
    Cell(std::string words, bool strong) : text(std::move(words)), best(strong) {}

    std::string text;
    bool best = false;  // marked with an asterisk, and bold on a terminal
};

// Rows under titles, columns as wide as their widest cell, two spaces apart.
class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    // As many cells as there are columns.
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace memo::cli
