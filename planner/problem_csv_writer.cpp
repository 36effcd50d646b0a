// The writer of problem_csv.h, the reader's mirror, and what a table's offsets mean: a plan, or fixed places.
#include "planner/csv_line.h"
#include "planner/problem_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace memo::planner {
namespace {

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

void append_gaps(std::string& out, const std::vector<Gap>& gaps, std::uint64_t shift) {
    bool first = true;
    for (const Gap& gap : gaps) {
        if (!std::exchange(first, false)) out += ' ';
        append_moment(out, gap.life.lower, shift);
        append_moment(out += '-', gap.life.upper, shift);
        if (gap.end == Offset{}) continue;
        append_number(out += '@', gap.begin.value);
        append_number(out += ':', gap.end.value);
    }
}

// Which columns say anything.
struct Columns {
    explicit Columns(const ProblemTable& table) {
        const Problem& problem = table.problem;
        const auto given = [](const auto& entry) { return entry.has_value(); };
        const auto any = [](const auto& list, auto test) {
            return std::any_of(list.begin(), list.end(), test);
        };
        alignment = any(problem.blocks, [](const Block& block) { return block.alignment != Bytes{1}; });
        hint = any(problem.hints, given);
        gaps = any(problem.gaps, [](const auto& own) { return !own.empty(); });
        if (any(table.offsets, given)) {
            offsets = &table.offsets;
        } else if (any(problem.fixed, given)) {
            offsets = &problem.fixed;
        }
        alias = any(problem.aliases, [](std::uint32_t number) { return number != kNoAlias; });
        arena = !problem.arenas.empty() &&
                any(problem.arena_of, [&](std::uint32_t number) { return !problem.arenas[number].empty(); });
    }

    [[nodiscard]] std::string header() const {
        std::string out = "id,lower,upper,size";
        if (alignment) out += ",alignment";
        if (hint) out += ",hint";
        if (gaps) out += ",gaps";
        if (offsets != nullptr) out += ",offset";
        if (alias) out += ",alias";
        if (arena) out += ",arena";
        return out += '\n';
    }

    bool alignment = false;
    bool hint = false;
    bool gaps = false;
    const std::vector<std::optional<Offset>>* offsets = nullptr;
    bool alias = false;
    bool arena = false;
};

void append_alias(std::string& out, const ProblemTable& table, std::uint32_t alias) {
    if (alias == kNoAlias) return;
    if (alias < table.alias_names.size()) return append_csv_field(out, table.alias_names[alias]);
    append_number(out, alias);
}

void append_row(std::string& out, const ProblemTable& table, const Columns& columns, std::size_t row) {
    const Problem& problem = table.problem;
    const Block& block = problem.blocks[row];
    if (problem.ids.empty()) {
        append_number(out, row);
    } else {
        append_csv_field(out, problem.ids[row]);
    }
    append_moment(out += ',', block.life.lower, table.shift);
    append_moment(out += ',', block.life.upper, table.shift);
    append_number(out += ',', block.size.value);
    if (columns.alignment) append_number(out += ',', block.alignment.value);
    if (columns.hint) {
        out += ',';
        if (problem.hints[row]) {
            append_number(out, problem.hints[row]->value);
        } else {
            out += "-1";
        }
    }
    if (columns.gaps) append_gaps(out += ',', problem.gaps[row], table.shift);
    if (columns.offsets != nullptr) {
        out += ',';
        if ((*columns.offsets)[row]) append_number(out, (*columns.offsets)[row]->value);
    }
    if (columns.alias) append_alias(out += ',', table, problem.aliases[row]);
    if (columns.arena) {
        const std::string& name = problem.arenas[problem.arena_of[row]];
        out += ',';
        if (!name.empty()) append_csv_field(out, name);
    }
    out += '\n';
}

}  // namespace

std::string format_problem_csv(const ProblemTable& table) {
    const Columns columns(table);
    std::string out = columns.header();
    for (std::size_t row = 0; row < table.problem.blocks.size(); ++row) append_row(out, table, columns, row);
    return out;
}

void fix_offsets(ProblemTable& table) {
    table.problem.fixed = std::exchange(table.offsets, {});
}

Result<Packing> plan_of(const ProblemTable& table) {
    if (table.offsets.empty()) return Error{"has no offsets, so there is no plan"};
    Packing plan;
    plan.offsets.reserve(table.offsets.size());
    for (std::size_t block = 0; block < table.offsets.size(); ++block) {
        const auto& offset = table.offsets[block];
        if (!offset) return Error{describe_block(table.problem, block) + " has no offset"};
        plan.offsets.push_back(*offset);
        const std::uint64_t room = UINT64_MAX - offset->value;  // a plan may claim anything
        const std::uint64_t end = offset->value + std::min(room, table.problem.blocks[block].size.value);
        plan.height = std::max(plan.height, Bytes{end});
    }
    return plan;
}

void set_plan(ProblemTable& table, const Packing& plan) {
    table.offsets.assign(plan.offsets.begin(), plan.offsets.end());
}

}  // namespace memo::planner
