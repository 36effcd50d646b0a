// Reading and writing symbol files (cli/symbol_file.h).
#include "cli/symbol_file.h"

#include "planner/mapped_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

namespace memo {
namespace {

constexpr std::string_view kFirstLine = "memo-symbols 1";

[[nodiscard]] std::pair<std::string, std::string> key_of(const std::string& build_id,
                                                         const std::string& path) {
    return build_id.empty() ? std::pair(std::string(), path) : std::pair(build_id, std::string());
}

void add_field(std::string& text, std::string_view field) {
    for (const char c : field) {
        if (c == '\t') {
            text += "\\t";
        } else if (c == '\n') {
            text += "\\n";
        } else if (c == '\\') {
            text += "\\\\";
        } else {
            text += c;
        }
    }
}

[[nodiscard]] std::optional<std::string> unescaped(std::string_view field) {
    std::string text;
    for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] != '\\') {
            text += field[i];
            continue;
        }
        if (++i == field.size()) return std::nullopt;
        if (field[i] == 't') {
            text += '\t';
        } else if (field[i] == 'n') {
            text += '\n';
        } else if (field[i] == '\\') {
            text += '\\';
        } else {
            return std::nullopt;
        }
    }
    return text;
}

template <class Number>
[[nodiscard]] std::optional<Number> number_in(std::string_view text, int base) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Exactly `Count` fields between tabs.
template <std::size_t Count>
[[nodiscard]] std::optional<std::array<std::string_view, Count>> fields_of(std::string_view line) {
    std::array<std::string_view, Count> fields;
    for (std::size_t i = 0; i < Count; ++i) {
        const std::size_t end = line.find('\t');
        if ((end == std::string_view::npos) != (i + 1 == Count)) return std::nullopt;
        fields[i] = line.substr(0, end);
        if (end != std::string_view::npos) line.remove_prefix(end + 1);
    }
    return fields;
}

[[nodiscard]] std::optional<SourceFrame> frame_of(std::string_view function, std::string_view file,
                                                  std::string_view line) {
    const auto name = unescaped(function);
    const auto path = unescaped(file);
    const auto number = number_in<std::uint32_t>(line, 10);
    if (!name || !path || !number) return std::nullopt;
    return SourceFrame{*name, *path, *number};
}

// Takes lines one after the other; each answers what is wrong with it, or null.
class Parser {
  public:
    const char* take(std::string_view line) {
        if (std::exchange(first_, false))
            return line == kFirstLine ? nullptr : "is not a symbol file of this version";
        if (line.starts_with("trace\t")) return take_trace(line);
        if (line.starts_with("module\t")) return take_module(line);
        return module_ == nullptr ? "comes before any module" : take_frame(line);
    }
    SymbolFile file;

  private:
    const char* take_trace(std::string_view line) {
        const auto fields = fields_of<3>(line);
        if (!fields) return "has not the fields of a trace";
        const auto process = number_in<std::uint64_t>((*fields)[1], 10);
        const auto start = number_in<std::uint64_t>((*fields)[2], 10);
        if (!process || !start) return "holds something else where a number is wanted";
        file.trace = {*process, *start};
        return nullptr;
    }

    const char* take_module(std::string_view line) {
        const auto fields = fields_of<3>(line);
        if (!fields) return "has not the fields of a module";
        const auto path = unescaped((*fields)[2]);
        if (!path) return "has a backslash that escapes nothing";
        module_ = &file.frames_of(std::string((*fields)[1]), *path);
        frames_ = nullptr;
        return nullptr;
    }

    const char* take_frame(std::string_view line) {
        const auto fields = fields_of<4>(line);
        if (!fields) return "has not the fields of a frame";
        const auto frame = frame_of((*fields)[1], (*fields)[2], (*fields)[3]);
        if (!frame) return "has not the fields of a frame";
        if (!(*fields)[0].empty()) {
            const auto offset = number_in<std::uint64_t>((*fields)[0], 16);
            if (!offset) return "holds something else where an offset is wanted";
            frames_ = &(*module_)[*offset];
            frames_->clear();
        } else if (frames_ == nullptr) {
            return "was inlined into nothing";
        }
        frames_->push_back(*frame);
        return nullptr;
    }

    bool first_ = true;
    ModuleFrames* module_ = nullptr;
    std::vector<SourceFrame>* frames_ = nullptr;
};

}  // namespace

TraceIdentity identity_of(const Trace& trace) {
    return {trace.process_id, trace.start_unix_ns};
}

const ModuleFrames* SymbolFile::frames_of(const Module& module, const TraceIdentity& identity) const {
    if (module.build_id.empty() && identity != trace) return nullptr;
    const auto found = modules_.find(key_of(module.build_id, module.path));
    return found == modules_.end() ? nullptr : &found->second;
}

ModuleFrames& SymbolFile::frames_of(const std::string& build_id, const std::string& path) {
    paths_[key_of(build_id, path)] = path;
    return modules_[key_of(build_id, path)];
}

std::string SymbolFile::text() const {
    std::string text(kFirstLine);
    text += fmt::format("\ntrace\t{}\t{}\n", trace.process_id, trace.start_unix_ns);
    for (const auto& [key, frames] : modules_) {
        text += "module\t" + key.first + "\t";
        add_field(text, paths_.at(key));
        text += '\n';
        std::vector<std::uint64_t> offsets;
        offsets.reserve(frames.size());
        for (const auto& [offset, stack] : frames) offsets.push_back(offset);
        std::sort(offsets.begin(), offsets.end());
        for (const std::uint64_t offset : offsets) {
            bool innermost = true;
            for (const SourceFrame& frame : frames.at(offset)) {
                if (std::exchange(innermost, false)) text += fmt::format("{:x}", offset);
                text += '\t';
                add_field(text, frame.function);
                text += '\t';
                add_field(text, frame.file);
                text += fmt::format("\t{}\n", frame.line);
            }
        }
    }
    return text;
}

std::string symbol_file_of(const std::string& trace_path) {
    return trace_path + ".symbols";
}

Result<SymbolFile> parse_symbol_file(std::string_view text) {
    Parser parser;
    if (text.empty()) return Error{"the file is empty"};
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return Error{fmt::format("line {} is cut short", number)};
        if (const char* wrong = parser.take(text.substr(0, end)))
            return Error{fmt::format("line {} {}", number, wrong)};
        text.remove_prefix(end + 1);
    }
    return std::move(parser.file);
}

Result<SymbolFile> read_symbol_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return SymbolFile{};
    const auto file = planner::MappedFile::open(path);
    if (!file) return Error{file.error()};
    auto parsed = parse_symbol_file(file->bytes());
    if (!parsed) return Error{path + ": " + parsed.error() + "; the names in it are not used"};
    return parsed;
}

}  // namespace memo
