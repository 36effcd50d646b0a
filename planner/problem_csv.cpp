// The reader: walks one buffer, a line at a time, and keeps a row as the numbers it means; the shift is
// applied when all lines are read. The header row is read in csv_header.cpp, the writer is in
// problem_csv_writer.cpp.
//
// Moments are signed 64-bit numbers within +-2^62 until the shift is known, so that closed ends (+ 1) and the
// shift itself cannot overflow; they wait in the blocks as the unsigned numbers of the same bits. Lines are
// not remembered: an error about an earlier row counts them again.
#include "planner/problem_csv.h"

#include "planner/csv_header.h"
#include "planner/csv_line.h"
#include "planner/mapped_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

namespace memo::planner {
namespace {

constexpr std::int64_t kMaxMoment = std::int64_t{1} << 62;

using enum CsvColumn;

// A signed moment in an unsigned field, and back.
EventIndex raw_moment(std::int64_t moment) {
    return {static_cast<std::uint64_t>(moment)};
}

// A field in a message: short, and without anything that could upset a terminal.
std::string quoted(std::string_view text) {
    constexpr std::size_t kShown = 40;
    std::string shown(text.substr(0, kShown));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return "'" + shown + (text.size() > kShown ? "...'" : "'");
}

std::string range(std::int64_t first, std::int64_t last) {
    return "[" + std::to_string(first) + ", " + std::to_string(last) + ")";
}

// Sets entry `row` of a list that exists only if some row has something to say.
template <class T>
void set_entry(std::vector<T>& list, std::size_t row, T value, const T& none) {
    list.resize(row, none);
    list.push_back(std::move(value));
}

// Names to numbers, in order of appearance.
class Names {
  public:
    std::uint32_t number(std::string name) {
        const auto [entry, is_new] = numbers_.try_emplace(name, static_cast<std::uint32_t>(names.size()));
        if (is_new) names.push_back(std::move(name));
        return entry->second;
    }

    std::vector<std::string> names;

  private:
    std::unordered_map<std::string, std::uint32_t> numbers_;
};

class Parser {
  public:
    explicit Parser(std::string_view text) : whole_(text), text_(text) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
        whole_ = text_;
    }

    Result<ProblemTable> parse() {
        while (!text_.empty()) {
            const std::string_view line = next_line();
            if (line.size() > kMaxLine) return fail("longer than " + std::to_string(kMaxLine) + " bytes");
            if (!says_something(line)) continue;
            if (!split_csv_line(line, fields_))
                return fail("a quoted field is not closed, or goes on after its quote");
            if (!(header_ ? read_row() : read_header())) return Error{std::move(error_)};
        }
        if (!header_) return Error{"empty: no header row"};
        if (table_.problem.blocks.empty()) return fail("no rows after the header");
        if (!finish()) return Error{std::move(error_)};
        return std::move(table_);
    }

  private:
    Error fail(const std::string& what) const { return {"line " + std::to_string(line_) + ": " + what}; }

    // For the steps that say only whether to go on.
    bool reject(const std::string& what) {
        error_ = fail(what).message;
        return false;
    }
    bool reject(CsvColumn column, const std::string& what) {
        return reject("column '" + header_->spelling[static_cast<std::size_t>(column)] + "': " + what);
    }

    static bool says_something(std::string_view line) { return !line.empty() && line.front() != '#'; }

    // The next line, without its end and outer spaces.
    std::string_view next_line() {
        ++line_;
        const std::size_t length = std::min(text_.find('\n'), text_.size());
        const std::string_view line = text_.substr(0, length);
        text_.remove_prefix(std::min(length + 1, text_.size()));
        return trimmed(line);
    }

    // Goes back to the line that row `row` was read from, for a message about it.
    void return_to(std::size_t row) {
        text_ = whole_;
        line_ = 0;
        for (std::size_t left = row + 2; left != 0;) left -= says_something(next_line()) ? 1 : 0;
    }

    bool read_header() {
        auto header = read_csv_header(fields_);
        if (!header) return reject(header.error());
        has_options_ = header->has(hint) || header->has(gaps) || header->has(offset) || header->has(alias) ||
                       header->has(arena);
        header_ = *std::move(header);
        reserve_rows();
        return true;
    }

    // By the length of the first lines, and a little more: growing would touch every page twice.
    void reserve_rows() {
        const std::string_view sample = text_.substr(0, kMaxLine);
        const auto lines = static_cast<std::size_t>(std::count(sample.begin(), sample.end(), '\n')) + 1;
        const std::size_t rows = text_.size() / (sample.size() / lines + 1) * 17 / 16 + 16;
        table_.problem.blocks.reserve(rows);
        if (header_->has(id)) table_.problem.ids.reserve(rows);
        if (header_->has(offset)) table_.offsets.reserve(rows);
    }

    bool read_row() {
        if (fields_.size() != header_->fields) {
            return reject(std::to_string(fields_.size()) + " fields, but the header has " +
                          std::to_string(header_->fields));
        }
        Problem& problem = table_.problem;
        const std::size_t row = problem.blocks.size();
        if (row == kMaxBlocks) return reject("more than " + std::to_string(kMaxBlocks) + " rows");
        Block block;
        if (!read_life(block.life) || !read_amount(size, block.size.value)) return false;
        if (block.size.value == 0) return reject(size, "must not be 0");
        if (filled(alignment)) {
            if (!read_amount(alignment, block.alignment.value)) return false;
            if (block.alignment.value == 0) return reject(alignment, "must not be 0");
        }
        // The same sum as `validate`; both amounts are below 2^63, so it does not wrap.
        if (block.size.value + (block.alignment.value - 1) > budget_) {
            return reject(size, "the sizes so far add up to more than 2^63 - 1 bytes");
        }
        budget_ -= block.size.value + (block.alignment.value - 1);
        if (header_->has(id)) problem.ids.push_back(field(id).text());
        problem.blocks.push_back(block);
        return !has_options_ || read_options(row);
    }

    // What few files have.
    bool read_options(std::size_t row) {
        Problem& problem = table_.problem;
        if (filled(hint)) {
            std::int64_t number = 0;
            if (!read_number(hint, field(hint).raw, number)) return false;
            if (number >= 0) {
                const std::optional<Offset> place{{static_cast<std::uint64_t>(number)}};
                set_entry(problem.hints, row, place, {});
            }
        }
        if (filled(offset)) {
            std::uint64_t place = 0;
            if (!read_amount(offset, place)) return false;
            set_entry(table_.offsets, row, std::optional<Offset>{{place}}, {});
        }
        if (filled(gaps) && !read_gaps(row)) return false;
        if (filled(alias)) {
            set_entry(problem.aliases, row, aliases_.number(field(alias).text()), kNoAlias);
        }
        if (header_->has(arena)) {
            problem.arena_of.push_back(arenas_.number(field(arena).text()));
        }
        return true;
    }

    bool read_life(Lifetime& life) {
        std::int64_t first = 0;
        std::int64_t last = 0;
        if (!read_moment(lower, field(lower).raw, first) || !read_upper(upper, field(upper).raw, last))
            return false;
        if (first >= last) return reject(upper, "the lifetime " + range(first, last) + " is empty");
        earliest_ = std::min(earliest_, first);
        life = {raw_moment(first), raw_moment(last)};
        return true;
    }

    [[nodiscard]] const CsvField& field(CsvColumn column) const { return fields_[header_->place(column)]; }
    [[nodiscard]] bool filled(CsvColumn column) const {
        return header_->has(column) && !field(column).raw.empty();
    }

    bool read_number(CsvColumn column, std::string_view text, std::int64_t& number) {
        if (text.empty()) return reject(column, "is empty");
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (code == std::errc::result_out_of_range) return reject(column, quoted(text) + " is too large");
        if (code != std::errc{} || end != text.data() + text.size()) {
            return reject(column, quoted(text) + " is not a whole number");
        }
        return true;
    }

    bool read_moment(CsvColumn column, std::string_view text, std::int64_t& moment) {
        if (!read_number(column, text, moment)) return false;
        if (moment < -kMaxMoment || moment > kMaxMoment) {
            return reject(column, std::to_string(moment) + " is not within +-2^62");
        }
        return true;
    }

    // The first moment after a stretch, whether the file has that or the last one of it.
    bool read_upper(CsvColumn column, std::string_view text, std::int64_t& moment) {
        if (!read_moment(column, text, moment)) return false;
        if (header_->closed_upper && moment++ == kMaxMoment) {
            return reject(column, "must be below 2^62, as the last moment of a " +
                                      std::string(column == gaps ? "gap" : "lifetime"));
        }
        return true;
    }

    bool read_amount(CsvColumn column, std::uint64_t& amount) {
        std::int64_t number = 0;
        if (!read_number(column, field(column).raw, number)) return false;
        if (number < 0) return reject(column, std::to_string(number) + " is negative");
        amount = static_cast<std::uint64_t>(number);
        return true;
    }

    bool read_gaps(std::size_t row) {
        std::vector<Gap> own;
        std::string_view rest = field(gaps).raw;
        while (!(rest = trimmed(rest)).empty()) {
            const std::size_t length = std::min(rest.find_first_of(" \t\r"), rest.size());
            if (!read_gap(rest.substr(0, length), table_.problem.blocks[row], own.emplace_back()))
                return false;
            rest.remove_prefix(length);
        }
        if (own.empty()) return true;
        // In any order, as MiniMalloc has it; raw moments are signed.
        const auto first = [](const Gap& gap) { return static_cast<std::int64_t>(gap.life.lower.value); };
        std::sort(own.begin(), own.end(), [&](const Gap& a, const Gap& b) { return first(a) < first(b); });
        for (std::size_t k = 1; k < own.size(); ++k) {
            if (static_cast<std::int64_t>(own[k - 1].life.upper.value) > first(own[k]))
                return reject(gaps, "two gaps overlap at moment " + std::to_string(first(own[k])));
        }
        set_entry(table_.problem.gaps, row, std::move(own), {});
        return true;
    }

    bool read_gap(std::string_view text, const Block& block, Gap& gap) {
        const auto malformed = [&] {
            return reject(gaps, quoted(text) + " is not LOWER-UPPER or LOWER-UPPER@BEGIN:END");
        };
        const std::size_t at = std::min(text.find('@'), text.size());
        const std::string_view life = text.substr(0, at);
        const std::size_t dash = life.find('-', 1);  // a first one would be a sign
        if (life.size() < 3 || dash == std::string_view::npos) return malformed();
        std::int64_t first = 0;
        std::int64_t last = 0;
        if (!read_moment(gaps, life.substr(0, dash), first) || !read_upper(gaps, life.substr(dash + 1), last))
            return false;
        if (first >= last) return reject(gaps, "the gap " + range(first, last) + " is empty");
        const auto begin = static_cast<std::int64_t>(block.life.lower.value);
        const auto end = static_cast<std::int64_t>(block.life.upper.value);
        if (first < begin || last > end) {
            return reject(
                gaps, "the gap " + range(first, last) + " is not within the lifetime " + range(begin, end));
        }
        gap.life = {raw_moment(first), raw_moment(last)};
        if (at == text.size()) return true;

        const std::string_view kept = text.substr(at + 1);
        const std::size_t colon = kept.find(':');
        if (colon == std::string_view::npos) return malformed();
        std::int64_t low = 0;
        std::int64_t high = 0;
        if (!read_number(gaps, kept.substr(0, colon), low) ||
            !read_number(gaps, kept.substr(colon + 1), high))
            return false;
        if (low < 0 || low > high || static_cast<std::uint64_t>(high) > block.size.value) {
            return reject(gaps, "bytes " + range(low, high) + " are not within the size " +
                                    std::to_string(block.size.value));
        }
        gap.begin = {static_cast<std::uint64_t>(low)};
        gap.end = {static_cast<std::uint64_t>(high)};
        return true;
    }

    // What takes all rows: different ids, full lists, aliases that hold together, and the shift.
    bool finish() {
        Problem& problem = table_.problem;
        const std::size_t rows = problem.blocks.size();
        if (const auto twice = find_duplicate(problem.ids)) {
            return_to(twice->first);
            const std::size_t first = line_;
            return_to(twice->second);
            return reject(id, quoted(problem.ids[twice->second]) + " is the id of line " +
                                  std::to_string(first) + " too");
        }
        if (!problem.hints.empty()) problem.hints.resize(rows);
        if (!problem.gaps.empty()) problem.gaps.resize(rows);
        if (!table_.offsets.empty()) table_.offsets.resize(rows);
        if (!problem.aliases.empty()) problem.aliases.resize(rows, kNoAlias);
        table_.alias_names = std::move(aliases_.names);
        problem.arenas = std::move(arenas_.names);
        if (problem.arenas == std::vector<std::string>{""}) {
            problem.arenas.clear();
            problem.arena_of.clear();
        }
        apply_shift();
        if (problem.aliases.empty()) return true;
        const auto fault = validate(problem);
        return !fault || reject(fault->message);
    }

    // Differences are taken in unsigned numbers: the widest one, 2^63, does not fit in a signed one.
    void apply_shift() {
        table_.shift = -static_cast<std::uint64_t>(earliest_);
        if (table_.shift == 0) return;
        const auto shift = [&](Lifetime& life) {
            life.lower.value += table_.shift;
            life.upper.value += table_.shift;
        };
        for (Block& block : table_.problem.blocks) shift(block.life);
        for (auto& own : table_.problem.gaps) {
            for (Gap& gap : own) shift(gap.life);
        }
    }

    std::string_view whole_;
    std::string_view text_;  // what is left
    std::size_t line_ = 0;   // of the line being read, from 1
    std::vector<CsvField> fields_;
    std::optional<CsvHeader> header_;
    bool has_options_ = false;  // any column that few files have
    ProblemTable table_;
    Names aliases_;
    Names arenas_;
    std::int64_t earliest_ = 0;  // or 0, if that is earlier
    std::uint64_t budget_ = kMaxTotal.value;
    std::string error_;
};

}  // namespace

Result<ProblemTable> parse_problem_csv(std::string_view text) {
    return Parser(text).parse();
}

Result<ProblemTable> read_problem_csv(const std::string& path) {
    const auto file = MappedFile::open(path);
    if (!file) return Error{file.error()};
    auto table = parse_problem_csv(file->bytes());
    if (!table) return Error{path + ": " + table.error()};
    return table;
}

}  // namespace memo::planner
