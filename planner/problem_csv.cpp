// The reader walks one buffer, a line at a time, and keeps a row as the numbers it means; the shift is
// applied when all lines are read. The writer is its mirror.
//
// Moments are kept as signed 64-bit numbers within +-2^62 until the shift is known, so that closed ends (+ 1)
// and the shift itself cannot overflow.
#include "planner/problem_csv.h"

#include "planner/csv_line.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace memo::planner {
namespace {

constexpr std::int64_t kMaxMoment = std::int64_t{1} << 62;

enum Column : std::uint8_t { id, lower, upper, size, alignment, offset };
constexpr std::size_t kColumns = 6;

struct ColumnName {
    std::string_view name;
    Column column;
    bool closed = false;  // the moment named belongs to the lifetime
};
constexpr std::array kNames{
    ColumnName{"id", id},       ColumnName{"buffer", id},           ColumnName{"buffer_id", id},
    ColumnName{"value", id},    ColumnName{"lower", lower},         ColumnName{"start", lower},
    ColumnName{"begin", lower}, ColumnName{"upper", upper},         ColumnName{"end", upper, true},
    ColumnName{"size", size},   ColumnName{"alignment", alignment}, ColumnName{"offset", offset},
};

// Where the header put each column that we know.
struct Header {
    struct Place {
        std::size_t field = 0;
        std::string name;  // as we spell it, for messages
    };
    std::array<std::optional<Place>, kColumns> places;
    bool closed_upper = false;
    std::size_t fields = 0;

    [[nodiscard]] bool has(Column column) const { return places.at(column).has_value(); }
};

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<ProblemTable> parse() {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
        while (!text_.empty()) {
            const std::string_view line = next_line();
            if (line.size() > kMaxLine) return fail("longer than " + std::to_string(kMaxLine) + " bytes");
            if (line.empty() || line.front() == '#') continue;
            if (!split_csv_line(line, fields_))
                return fail("a quoted field is not closed, or goes on after its quote");
            if (!(header_ ? read_row() : read_header())) return Error{std::move(error_)};
        }
        if (!header_) return Error{"empty: no header row"};
        if (lives_.empty()) return fail("no rows after the header");
        if (const auto twice = find_duplicate(table_.problem.ids)) {
            line_ = lines_[twice->second];
            return fail("column 'id': '" + table_.problem.ids[twice->second] + "' is the id of line " +
                        std::to_string(lines_[twice->first]) + " too");
        }
        apply_shift();
        return std::move(table_);
    }

  private:
    struct Life {
        std::int64_t lower;
        std::int64_t upper;
    };

    Error fail(const std::string& what) const { return {"line " + std::to_string(line_) + ": " + what}; }

    // For the steps that say only whether to go on.
    bool reject(const std::string& what) {
        error_ = fail(what).message;
        return false;
    }
    bool reject(Column column, const std::string& what) {
        return reject("column '" + header_->places.at(column)->name + "': " + what);
    }

    // The next line, without its end and outer spaces.
    std::string_view next_line() {
        ++line_;
        const std::size_t length = std::min(text_.find('\n'), text_.size());
        const std::string_view line = text_.substr(0, length);
        text_.remove_prefix(std::min(length + 1, text_.size()));
        return trimmed(line);
    }

    bool read_header() {
        Header header;
        header.fields = fields_.size();
        for (std::size_t field = 0; field < fields_.size(); ++field) {
            std::string name = fields_[field].text();
            std::transform(name.begin(), name.end(), name.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            });
            const auto known = std::find_if(kNames.begin(), kNames.end(),
                                            [&](const ColumnName& column) { return column.name == name; });
            if (known == kNames.end()) continue;
            auto& place = header.places.at(known->column);
            if (place) return reject("columns '" + place->name + "' and '" + name + "' mean the same");
            place = Header::Place{field, name};
            if (known->closed) header.closed_upper = true;
        }
        if (!header.has(lower)) return reject("no column 'lower' (or 'start', 'begin') in the header");
        if (!header.has(upper)) return reject("no column 'upper' (or 'end') in the header");
        if (!header.has(size)) return reject("no column 'size' in the header");
        header_ = std::move(header);
        return true;
    }

    bool read_row() {
        if (fields_.size() != header_->fields) {
            return reject(std::to_string(fields_.size()) + " fields, but the header has " +
                          std::to_string(header_->fields));
        }
        Life life{};
        Block block;
        if (!read_life(life) || !read_amount(size, block.size.value)) return false;
        if (block.size.value == 0) return reject(size, "must not be 0");
        if (header_->has(alignment) && !field(alignment).raw.empty()) {
            if (!read_amount(alignment, block.alignment.value)) return false;
            if (block.alignment.value == 0) return reject(alignment, "must not be 0");
        }
        // The same sum as `validate`; both amounts are below 2^63, so it does not wrap.
        if (block.size.value + (block.alignment.value - 1) > budget_) {
            return reject(size, "the sizes so far add up to more than 2^63 - 1 bytes");
        }
        budget_ -= block.size.value + (block.alignment.value - 1);
        if (header_->has(offset)) {
            std::uint64_t place = 0;
            if (!read_amount(offset, place)) return false;
            table_.offsets.push_back({place});
        }
        if (header_->has(id)) table_.problem.ids.push_back(field(id).text());
        if (lives_.size() == kMaxBlocks) return reject("more than " + std::to_string(kMaxBlocks) + " rows");
        table_.problem.blocks.push_back(block);
        lives_.push_back(life);
        lines_.push_back(line_);
        return true;
    }

    bool read_life(Life& life) {
        if (!read_moment(lower, life.lower) || !read_moment(upper, life.upper)) return false;
        if (header_->closed_upper && life.upper++ == kMaxMoment) {
            return reject(upper, "must be below 2^62, as the last moment of a lifetime");
        }
        if (life.lower >= life.upper) {
            return reject(upper, "the lifetime [" + std::to_string(life.lower) + ", " +
                                     std::to_string(life.upper) + ") is empty");
        }
        return true;
    }

    [[nodiscard]] const CsvField& field(Column column) const {
        return fields_[header_->places.at(column)->field];
    }

    bool read_number(Column column, std::int64_t& number) {
        const std::string_view text = field(column).raw;
        if (text.empty()) return reject(column, "is empty");
        const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (code == std::errc::result_out_of_range) return reject(column, quoted(text) + " is too large");
        if (code != std::errc{} || end != text.data() + text.size()) {
            return reject(column, quoted(text) + " is not a whole number");
        }
        return true;
    }

    bool read_moment(Column column, std::int64_t& moment) {
        if (!read_number(column, moment)) return false;
        if (moment < -kMaxMoment || moment > kMaxMoment) {
            return reject(column, std::to_string(moment) + " is not within +-2^62");
        }
        return true;
    }

    bool read_amount(Column column, std::uint64_t& amount) {
        std::int64_t number = 0;
        if (!read_number(column, number)) return false;
        if (number < 0) return reject(column, std::to_string(number) + " is negative");
        amount = static_cast<std::uint64_t>(number);
        return true;
    }

    // A field in a message: short, and without anything that could upset a terminal.
    static std::string quoted(std::string_view text) {
        constexpr std::size_t kShown = 40;
        std::string shown(text.substr(0, kShown));
        std::replace_if(
            shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
        return "'" + shown + (text.size() > kShown ? "...'" : "'");
    }

    // Differences are taken in unsigned numbers: the widest one, 2^63, does not fit in a signed one.
    void apply_shift() {
        std::int64_t first = 0;
        for (const Life& life : lives_) first = std::min(first, life.lower);
        table_.shift = -static_cast<std::uint64_t>(first);
        for (std::size_t row = 0; row < lives_.size(); ++row) {
            table_.problem.blocks[row].life = {
                {static_cast<std::uint64_t>(lives_[row].lower) + table_.shift},
                {static_cast<std::uint64_t>(lives_[row].upper) + table_.shift}};
        }
    }

    std::string_view text_;  // what is left
    std::size_t line_ = 0;   // of the line being read, from 1
    std::vector<CsvField> fields_;
    std::optional<Header> header_;
    ProblemTable table_;
    std::vector<Life> lives_;         // parallel to the blocks
    std::vector<std::size_t> lines_;  // parallel to the blocks
    std::uint64_t budget_ = kMaxTotal.value;
    std::string error_;
};

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
    const auto [end, code] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

void append_moment(std::string& out, EventIndex moment, std::uint64_t shift) {
    if (moment.value >= shift) return append_number(out, moment.value - shift);
    out += '-';
    append_number(out, shift - moment.value);
}

}  // namespace

Result<ProblemTable> parse_problem_csv(std::string_view text) {
    return Parser(text).parse();
}

Result<ProblemTable> read_problem_csv(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{path + ": " + std::strerror(errno)};
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) return Error{path + ": cannot be read"};
    auto table = parse_problem_csv(text);
    if (!table) return Error{path + ": " + table.error()};
    return table;
}

std::string format_problem_csv(const ProblemTable& table) {
    const auto& [blocks, ids] = table.problem;
    const bool aligned =
        std::any_of(blocks.begin(), blocks.end(), [](const Block& b) { return b.alignment != Bytes{1}; });
    std::string out = "id,lower,upper,size";
    if (aligned) out += ",alignment";
    if (!table.offsets.empty()) out += ",offset";
    out += '\n';
    for (std::size_t row = 0; row < blocks.size(); ++row) {
        const Block& block = blocks[row];
        if (ids.empty()) {
            append_number(out, row);
        } else {
            append_csv_field(out, ids[row]);
        }
        append_moment(out += ',', block.life.lower, table.shift);
        append_moment(out += ',', block.life.upper, table.shift);
        append_number(out += ',', block.size.value);
        if (aligned) append_number(out += ',', block.alignment.value);
        if (!table.offsets.empty()) append_number(out += ',', table.offsets[row].value);
        out += '\n';
    }
    return out;
}

}  // namespace memo::planner
