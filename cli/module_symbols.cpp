// Asking elfutils (cli/module_symbols.h).
#include "cli/module_symbols.h"

#include "cli/demangle.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdwfl.h>

#include <algorithm>
#include <cstdlib>

namespace memo {
namespace {

[[nodiscard]] std::string hex(const unsigned char* bytes, int size) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (int i = 0; i < size; ++i) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

// The session keeps a pointer to the path, so it is a variable of the process.
[[nodiscard]] char** debug_path() {
    static char* path = std::getenv("MEMO_DEBUG_PATH");
    return &path;
}

[[nodiscard]] Dwfl* begin_session() {
    // Elfutils asks the servers in this variable by itself; a tool that reads a trace does not go online
    // unasked.
    if (std::getenv("MEMO_DEBUGINFOD") == nullptr) unsetenv("DEBUGINFOD_URLS");
    static const Dwfl_Callbacks callbacks = {nullptr, dwfl_standard_find_debuginfo,
                                             dwfl_offline_section_address, debug_path()};
    return dwfl_begin(&callbacks);
}

[[nodiscard]] std::string build_id_of(Dwfl_Module* module) {
    const unsigned char* bytes = nullptr;
    GElf_Addr place = 0;
    const int size = dwfl_module_build_id(module, &bytes, &place);
    return size > 0 ? hex(bytes, size) : std::string();
}

// The compilation unit of an address, by the index of ranges or, where the compiler wrote none (clang), one
// by one. `bias`: what the module's addresses are above those of the debug information.
[[nodiscard]] Dwarf_Die* unit_at(Dwfl_Module* module, std::uint64_t address, Dwarf_Addr& bias) {
    if (Dwarf_Die* unit = dwfl_module_addrdie(module, address, &bias)) return unit;
    for (Dwarf_Die* unit = nullptr; (unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr;) {
        if (dwarf_haspc(unit, address - bias) > 0) return unit;
    }
    return nullptr;
}

[[nodiscard]] std::string name_of(Dwarf_Die* function) {
    Dwarf_Attribute attribute;
    const char* linkage = dwarf_formstring(dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute));
    if (linkage != nullptr) return demangled(linkage);
    const char* name = dwarf_diename(function);
    return name == nullptr ? "" : name;
}

// Where an inlined function was called: in its caller.
void set_call_place(Dwarf_Die* unit, Dwarf_Die* inlined, SourceFrame& caller) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &value) == 0)
        caller.line = static_cast<std::uint32_t>(value);
    Dwarf_Files* files = nullptr;
    std::size_t count = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &value) != 0 ||
        dwarf_getsrcfiles(unit, &files, &count) != 0) {
        return;
    }
    const char* file = dwarf_filesrc(files, value, nullptr, nullptr);
    if (file != nullptr) caller.file = file;
}

// The scopes around an address as the code has them, innermost first: an inlined function is followed by what
// it was inlined into.
[[nodiscard]] std::vector<Dwarf_Die> scopes_at(Dwarf_Die* unit, Dwarf_Addr address) {
    Dwarf_Die* found = nullptr;
    const int count = dwarf_getscopes(unit, address, &found);
    const std::unique_ptr<Dwarf_Die, decltype(&std::free)> by_address(found, &std::free);
    if (count <= 0) return {};
    Dwarf_Die innermost = by_address.get()[0];
    found = nullptr;
    const int outer = dwarf_getscopes_die(&innermost, &found);
    const std::unique_ptr<Dwarf_Die, decltype(&std::free)> by_code(found, &std::free);
    if (outer <= 0) return {};
    return {by_code.get(), by_code.get() + outer};
}

}  // namespace

void ModuleSymbols::Close::operator()(Dwfl* session) const {
    dwfl_end(session);
}

Result<ModuleSymbols> ModuleSymbols::open(const Module& wanted) {
    std::unique_ptr<Dwfl, Close> session(begin_session());
    Dwfl_Module* module = nullptr;
    if (session != nullptr) {
        dwfl_report_begin(session.get());
        module = dwfl_report_elf(session.get(), wanted.path.c_str(), wanted.path.c_str(), -1, 0, true);
        dwfl_report_end(session.get(), nullptr, nullptr);
    }
    if (module == nullptr) return Error{wanted.path + ": cannot be read, its functions stay nameless"};
    if (!wanted.build_id.empty() && build_id_of(module) != wanted.build_id)
        return Error{wanted.path + ": is not the file that was traced (another build id)"};
    return ModuleSymbols(std::move(session), module);
}

void ModuleSymbols::load() {
    loaded_ = true;
    const int count = dwfl_module_getsymtab(module_);
    for (int i = 1; i < count; ++i) {
        GElf_Sym symbol;
        GElf_Addr address = 0;
        GElf_Word section = 0;
        const char* name = dwfl_module_getsym_info(module_, i, &symbol, &address, &section, nullptr, nullptr);
        const auto kind = GELF_ST_TYPE(symbol.st_info);
        if (name == nullptr || section == SHN_UNDEF || (kind != STT_FUNC && kind != STT_GNU_IFUNC)) continue;
        functions_.push_back({address, address + symbol.st_size, name});
    }
    std::ranges::stable_sort(functions_, {}, &Function::start);
}

bool ModuleSymbols::has_functions() {
    if (!loaded_) load();
    return !functions_.empty();
}

std::optional<std::string> ModuleSymbols::function_at(std::uint64_t offset) {
    if (!loaded_) load();
    auto after = std::ranges::upper_bound(functions_, offset, {}, &Function::start);
    // Aliases start at the same place, and a size may be missing (0): the nearest start before wins if it
    // reaches us.
    while (after != functions_.begin()) {
        --after;
        if (offset < after->end || after->start == after->end) return demangled(after->name);
        if (after == functions_.begin() || (after - 1)->start != after->start) break;
    }
    return std::nullopt;
}

std::optional<std::string> ModuleSymbols::unlisted_at(std::uint64_t offset) {
    if (!unlisted_) {
        GElf_Addr bias = 0;
        Elf* elf = dwfl_module_getelf(module_, &bias);
        unlisted_ = elf == nullptr ? Unlisted{} : Unlisted{VtableNames(elf), OrtApiNames(elf)};
    }
    auto method = unlisted_->methods.function_at(offset);
    return method ? method : unlisted_->ort_api.function_at(offset);
}

std::vector<SourceFrame> ModuleSymbols::source_at(std::uint64_t offset) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = unit_at(module_, offset, bias);
    if (unit == nullptr) return {};
    SourceFrame here;
    if (Dwfl_Line* line = dwfl_module_getsrc(module_, offset)) {
        int number = 0;
        const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
        if (file != nullptr) here.file = file;
        here.line = static_cast<std::uint32_t>(std::max(number, 0));
    }
    std::vector<SourceFrame> frames;
    for (Dwarf_Die& scope : scopes_at(unit, offset - bias)) {
        const int tag = dwarf_tag(&scope);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
        here.function = name_of(&scope);
        frames.push_back(here);
        if (tag == DW_TAG_subprogram) break;
        set_call_place(unit, &scope, here);
    }
    if (frames.empty() && !here.file.empty()) frames.push_back(here);
    return frames;
}

}  // namespace memo
