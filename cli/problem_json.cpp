// Reading is by field, each with its own type and bounds; what concerns the whole is for `validate`.
#include "cli/problem_json.h"

#include "cli/output.h"
#include "planner/mapped_file.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace memo::cli {
namespace {

using Parsed = nlohmann::ordered_json;
using planner::Gap;
using planner::Problem;
using planner::ProblemTable;

constexpr std::int64_t kMaxMoment = std::int64_t{1} << 62;

// A moment until the shift is known: signed, in an unsigned field.
EventIndex raw_moment(std::int64_t moment) {
    return {static_cast<std::uint64_t>(moment)};
}

// Names to numbers, in order of appearance.
struct Names {
    std::vector<std::string> names;
    std::unordered_map<std::string, std::uint32_t> numbers;

    std::uint32_t number(const std::string& name) {
        const auto [entry, is_new] = numbers.try_emplace(name, static_cast<std::uint32_t>(names.size()));
        if (is_new) names.push_back(name);
        return entry->second;
    }
};

class Reader {
  public:
    Result<ProblemTable> read(const Parsed& json) {
        const Parsed* blocks = json.is_object() && json.contains("blocks") ? &json["blocks"] : nullptr;
        if (blocks == nullptr || !blocks->is_array()) return Error{"no array 'blocks'"};
        if (blocks->empty()) return Error{"'blocks' is empty"};
        for (const Parsed& block : *blocks) {
            where_ = fmt::format("block {}", table_.problem.blocks.size());
            if (!read_block(block)) return Error{std::move(error_)};
        }
        finish();
        if (auto fault = planner::validate(table_.problem)) return *std::move(fault);
        return std::move(table_);
    }

  private:
    bool reject(std::string_view what) {
        error_ = fmt::format("{}: {}", where_, what);
        return false;
    }

    // Nothing where the field is absent or null.
    static const Parsed* find(const Parsed& object, const char* field) {
        const auto found = object.find(field);
        return found == object.end() || found->is_null() ? nullptr : &*found;
    }

    bool read_number(const Parsed& object, const char* field, std::optional<std::int64_t>& number) {
        const Parsed* const json = find(object, field);
        if (json == nullptr) return true;
        if (!json->is_number_integer()) return reject(fmt::format("'{}' is not a whole number", field));
        if (json->is_number_unsigned() && json->get<std::uint64_t>() > std::uint64_t{INT64_MAX}) {
            return reject(fmt::format("'{}' is too large", field));
        }
        number = json->get<std::int64_t>();
        return true;
    }

    bool read_amount(const Parsed& object, const char* field, std::optional<std::uint64_t>& amount) {
        std::optional<std::int64_t> number;
        if (!read_number(object, field, number)) return false;
        if (number && *number < 0) return reject(fmt::format("'{}' is negative", field));
        if (number) amount = static_cast<std::uint64_t>(*number);
        return true;
    }

    // Sets what must be there.
    bool read_size(const Parsed& object, Bytes& size) {
        std::optional<std::uint64_t> amount;
        if (!read_amount(object, "size", amount)) return false;
        if (!amount) return reject("no 'size'");
        size = {*amount};
        return true;
    }

    bool read_life(const Parsed& object, Lifetime& life) {
        const auto moment = [&](const char* field, std::int64_t& into) {
            std::optional<std::int64_t> number;
            if (!read_number(object, field, number)) return false;
            if (!number) return reject(fmt::format("no '{}'", field));
            if (*number < -kMaxMoment || *number > kMaxMoment) {
                return reject(fmt::format("'{}' is not within +-2^62", field));
            }
            into = *number;
            return true;
        };
        std::int64_t lower = 0;
        std::int64_t upper = 0;
        if (!moment("lower", lower) || !moment("upper", upper)) return false;
        if (lower >= upper) return reject(fmt::format("'lower' {} is not below 'upper' {}", lower, upper));
        earliest_ = std::min(earliest_, lower);
        life = {raw_moment(lower), raw_moment(upper)};
        return true;
    }

    bool read_block(const Parsed& json) {
        if (!json.is_object()) return reject("is not an object");
        Problem& problem = table_.problem;
        if (!read_id(json)) return false;
        planner::Block block;
        std::optional<std::uint64_t> alignment;
        std::optional<std::uint64_t> offset;
        std::optional<std::int64_t> hint;
        if (!read_life(json, block.life) || !read_size(json, block.size)) return false;
        if (!read_amount(json, "alignment", alignment) || !read_amount(json, "offset", offset) ||
            !read_number(json, "hint", hint)) {
            return false;
        }
        if (alignment) block.alignment = {*alignment};
        problem.blocks.push_back(block);
        table_.offsets.push_back(offset ? std::optional<Offset>{{*offset}} : std::nullopt);
        problem.hints.push_back(
            hint && *hint >= 0 ? std::optional<Offset>{{static_cast<std::uint64_t>(*hint)}} : std::nullopt);
        return read_gaps(json) && read_names(json);
    }

    bool read_id(const Parsed& json) {
        const Parsed* const id = find(json, "id");
        const std::size_t before = table_.problem.blocks.size();
        if (before != 0 && (id == nullptr) != table_.problem.ids.empty()) {
            return reject(id == nullptr ? "no 'id', but the blocks before it have one"
                                        : "has an 'id', but the blocks before it have none");
        }
        if (id == nullptr) return true;
        if (id->is_string()) {
            table_.problem.ids.push_back(id->get<std::string>());
        } else if (id->is_number_integer()) {
            table_.problem.ids.push_back(id->dump());
        } else {
            return reject("'id' is neither a string nor a whole number");
        }
        where_ += fmt::format(" \"{}\"", printable(table_.problem.ids.back()));
        return true;
    }

    bool read_gaps(const Parsed& json) {
        std::vector<Gap>& own = table_.problem.gaps.emplace_back();
        const Parsed* const gaps = find(json, "gaps");
        if (gaps == nullptr) return true;
        if (!gaps->is_array()) return reject("'gaps' is not an array");
        const std::string block = where_;
        for (const Parsed& json_gap : *gaps) {
            where_ = fmt::format("{}: gap {}", block, own.size());
            if (!json_gap.is_object()) return reject("is not an object");
            Gap& gap = own.emplace_back();
            std::optional<std::uint64_t> begin;
            std::optional<std::uint64_t> end;
            if (!read_life(json_gap, gap.life) || !read_amount(json_gap, "begin", begin) ||
                !read_amount(json_gap, "end", end)) {
                return false;
            }
            gap.begin = {begin.value_or(0)};
            gap.end = {end.value_or(0)};
        }
        return true;
    }

    bool read_name(const Parsed& json, const char* field, std::string& name) {
        const Parsed* const found = find(json, field);
        if (found == nullptr) return true;
        if (!found->is_string()) return reject(fmt::format("'{}' is not a string", field));
        name = found->get<std::string>();
        return true;
    }

    bool read_names(const Parsed& json) {
        std::string alias;
        std::string arena;
        if (!read_name(json, "alias", alias) || !read_name(json, "arena", arena)) return false;
        table_.problem.aliases.push_back(alias.empty() ? planner::kNoAlias : aliases_.number(alias));
        table_.problem.arena_of.push_back(arenas_.number(arena));
        return true;
    }

    // Lists that say nothing go, and moments start at 0 or later.
    void finish() {
        Problem& problem = table_.problem;
        const auto drop_if_all = [](auto& list, auto says_nothing) {
            if (std::all_of(list.begin(), list.end(), says_nothing)) list.clear();
        };
        const auto none = [](const auto& entry) { return !entry.has_value(); };
        drop_if_all(table_.offsets, none);
        drop_if_all(problem.hints, none);
        drop_if_all(problem.gaps, [](const auto& own) { return own.empty(); });
        drop_if_all(problem.aliases, [](std::uint32_t alias) { return alias == planner::kNoAlias; });
        table_.alias_names = std::move(aliases_.names);
        if (arenas_.names == std::vector<std::string>{""}) {
            problem.arena_of.clear();
        } else {
            problem.arenas = std::move(arenas_.names);
        }
        table_.shift = -static_cast<std::uint64_t>(earliest_);
        const auto shift = [&](Lifetime& life) {
            life.lower.value += table_.shift;
            life.upper.value += table_.shift;
        };
        for (planner::Block& block : problem.blocks) shift(block.life);
        for (auto& own : problem.gaps) {
            // In any order, like the columns of a CSV.
            for (Gap& gap : own) shift(gap.life);
            std::sort(own.begin(), own.end(), [](const Gap& a, const Gap& b) { return a.life < b.life; });
        }
    }

    ProblemTable table_;
    Names aliases_;
    Names arenas_;
    std::int64_t earliest_ = 0;  // or 0, if that is earlier
    std::string where_;          // the block or gap being read
    std::string error_;
};

Json moment_json(EventIndex moment, std::uint64_t shift) {
    if (moment.value >= shift) return moment.value - shift;
    return -static_cast<std::int64_t>(shift - moment.value);
}

Json gaps_json(const std::vector<Gap>& gaps, std::uint64_t shift) {
    Json list = Json::array();
    for (const Gap& gap : gaps) {
        list.push_back({{"lower", moment_json(gap.life.lower, shift)},
                        {"upper", moment_json(gap.life.upper, shift)},
                        {"begin", gap.begin.value},
                        {"end", gap.end.value}});
    }
    return list;
}

std::string alias_name(const ProblemTable& table, std::uint32_t alias) {
    return alias < table.alias_names.size() ? table.alias_names[alias] : std::to_string(alias);
}

}  // namespace

Result<ProblemTable> parse_problem_json(std::string_view text) {
    try {
        return Reader().read(Parsed::parse(text));
    } catch (const Parsed::exception& error) {
        // nlohmann-json has no other way to say where it stopped.
        std::string_view what = error.what();
        what.remove_prefix(std::min(what.find("] ") + 2, what.size()));  // the exception's own name
        return Error{"not JSON: " + printable(what)};
    }
}

Result<ProblemTable> read_problem_json(const std::string& path) {
    const auto file = planner::MappedFile::open(path);
    if (!file) return Error{file.error()};
    auto table = parse_problem_json(file->bytes());
    if (!table) return Error{path + ": " + table.error()};
    return table;
}

Json blocks_json(const ProblemTable& table) {
    const Problem& problem = table.problem;
    const auto& offsets = table.offsets.empty() ? problem.fixed : table.offsets;
    Json blocks = Json::array();
    for (std::size_t index = 0; index < problem.blocks.size(); ++index) {
        const planner::Block& block = problem.blocks[index];
        Json json;
        if (!problem.ids.empty()) json["id"] = problem.ids[index];
        json["lower"] = moment_json(block.life.lower, table.shift);
        json["upper"] = moment_json(block.life.upper, table.shift);
        json["size"] = block.size.value;
        if (block.alignment != Bytes{1}) json["alignment"] = block.alignment.value;
        if (!offsets.empty()) json["offset"] = offsets[index] ? Json(offsets[index]->value) : Json(nullptr);
        if (!problem.hints.empty() && problem.hints[index]) json["hint"] = problem.hints[index]->value;
        if (!problem.gaps.empty() && !problem.gaps[index].empty()) {
            json["gaps"] = gaps_json(problem.gaps[index], table.shift);
        }
        if (!problem.aliases.empty() && problem.aliases[index] != planner::kNoAlias) {
            json["alias"] = alias_name(table, problem.aliases[index]);
        }
        if (!problem.arena_of.empty() && !problem.arenas.empty()) {
            json["arena"] = problem.arenas[problem.arena_of[index]];
        }
        blocks.push_back(std::move(json));
    }
    return blocks;
}

}  // namespace memo::cli
