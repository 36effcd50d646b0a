// Choosing between the symbol file and the modules (cli/symbols.h).
#include "cli/symbols.h"

#include <utility>

namespace memo {

ElfSymbols::ElfSymbols(const Trace& trace, const std::string& trace_path)
    : modules_(trace.modules), tables_(trace.modules.size()) {
    if (trace_path.empty()) return;
    auto file = read_symbol_file(symbol_file_of(trace_path));
    if (!file) {
        problems_.push_back(file.error());
        return;
    }
    known_ = std::move(*file);
    const TraceIdentity identity = identity_of(trace);
    for (std::size_t i = 0; i < tables_.size(); ++i)
        tables_[i].known = known_.frames_of(modules_[i], identity);
}

ModuleSymbols* ElfSymbols::opened(std::uint32_t module) {
    Table& table = tables_[module];
    if (!table.opened) {
        table.opened = true;
        auto file = ModuleSymbols::open(modules_[module]);
        if (file) table.file.emplace(std::move(*file));
        if (table.known != nullptr) return table.file ? &*table.file : nullptr;
        if (!file) {
            problems_.push_back(file.error());
        } else if (!table.file->has_functions()) {
            problems_.push_back(modules_[module].path + ": has no symbols");
        }
    }
    return table.file ? &*table.file : nullptr;
}

std::optional<std::string> ElfSymbols::function_at(std::uint32_t module, std::uint64_t offset) {
    if (module >= tables_.size()) return std::nullopt;
    if (tables_[module].known != nullptr) {
        const auto frames = tables_[module].known->find(offset);
        if (frames != tables_[module].known->end()) {
            const std::string& name = frames->second.back().function;
            return name.empty() ? std::nullopt : std::optional(name);
        }
    }
    ModuleSymbols* const file = opened(module);
    if (file == nullptr) return std::nullopt;
    auto name = file->function_at(offset);
    return name ? name : file->unlisted_at(offset);
}

std::vector<SourceFrame> ElfSymbols::source_at(std::uint32_t module, std::uint64_t offset) {
    if (module >= tables_.size()) return {};
    if (tables_[module].known != nullptr) {
        const auto frames = tables_[module].known->find(offset);
        if (frames != tables_[module].known->end()) return frames->second;
    }
    ModuleSymbols* const file = opened(module);
    if (file == nullptr) return {};
    std::vector<SourceFrame> frames = file->source_at(offset);
    // The symbol table knows the code's own function best: clones, and names of files without debug
    // information.
    auto function = file->function_at(offset);
    if (!function && (frames.empty() || frames.back().function.empty())) function = file->unlisted_at(offset);
    if (function && frames.empty()) frames.emplace_back();
    if (function) frames.back().function = *std::move(function);
    return frames;
}

}  // namespace memo
