// Reading symbol tables with libelf (cli/symbols.h).
#include "cli/symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace memo {
namespace {

// An ELF file, open for as long as it is read.
class ElfFile {
  public:
    explicit ElfFile(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (file_ < 0 || elf_version(EV_CURRENT) == EV_NONE) return;
        elf_ = elf_begin(file_, ELF_C_READ_MMAP, nullptr);
        if (elf_ != nullptr && elf_kind(elf_) != ELF_K_ELF) {
            elf_end(elf_);
            elf_ = nullptr;
        }
    }
    ~ElfFile() {
        if (elf_ != nullptr) elf_end(elf_);
        if (file_ >= 0) close(file_);
    }
    ElfFile(const ElfFile&) = delete;
    ElfFile& operator=(const ElfFile&) = delete;

    [[nodiscard]] Elf* get() const { return elf_; }

  private:
    int file_;
    Elf* elf_ = nullptr;
};

std::string hex(const unsigned char* bytes, std::size_t size) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

// Calls `visit(section, header)` for every section of the wanted type.
template <class Visitor>
void for_each_section(Elf* elf, Elf64_Word type, Visitor visit) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type) visit(section, header);
    }
}

std::string build_id_of(Elf* elf) {
    std::string result;
    for_each_section(elf, SHT_NOTE, [&](Elf_Scn* section, const GElf_Shdr& /*header*/) {
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr) return;
        GElf_Nhdr note;
        std::size_t name = 0;
        std::size_t content = 0;
        for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &content)) > 0;) {
            const auto* bytes = static_cast<const unsigned char*>(data->d_buf);
            if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
                std::memcmp(bytes + name, "GNU", 4) == 0) {
                result = hex(bytes + content, note.n_descsz);
            }
        }
    });
    return result;
}

std::string demangled(const char* name) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(
        abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
    return status == 0 && text != nullptr ? text.get() : name;
}

}  // namespace

ElfSymbols::ElfSymbols(const Trace& trace) : modules_(trace.modules), tables_(trace.modules.size()) {}

void ElfSymbols::load(std::uint32_t module) {
    Table& table = tables_[module];
    table.loaded = true;
    const Module& wanted = modules_[module];
    const ElfFile file(wanted.path);
    if (file.get() == nullptr) {
        problems_.push_back(wanted.path + ": cannot be read, its functions stay nameless");
        return;
    }
    const std::string build_id = build_id_of(file.get());
    if (!wanted.build_id.empty() && build_id != wanted.build_id) {
        problems_.push_back(wanted.path + ": is not the file that was traced (another build id)");
        return;
    }
    for (const Elf64_Word type : {SHT_SYMTAB, SHT_DYNSYM}) {
        if (!table.functions.empty()) break;
        for_each_section(file.get(), type, [&](Elf_Scn* section, const GElf_Shdr& header) {
            Elf_Data* data = elf_getdata(section, nullptr);
            if (data == nullptr || header.sh_entsize == 0) return;
            const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
            for (int i = 0; i < count; ++i) {
                GElf_Sym symbol;
                if (gelf_getsym(data, i, &symbol) == nullptr) continue;
                const auto kind = GELF_ST_TYPE(symbol.st_info);
                if ((kind != STT_FUNC && kind != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) continue;
                const char* name = elf_strptr(file.get(), header.sh_link, symbol.st_name);
                if (name == nullptr) continue;
                table.functions.push_back(
                    {symbol.st_value, symbol.st_value + symbol.st_size, table.names.size()});
                table.names.append(name).push_back('\0');
            }
        });
    }
    if (table.functions.empty()) problems_.push_back(wanted.path + ": has no symbols");
    std::ranges::stable_sort(table.functions, {}, &Function::start);
    table.methods = VtableNames(file.get());
    table.ort_api = OrtApiNames(file.get());
}

std::optional<std::string> ElfSymbols::function_at(std::uint32_t module, std::uint64_t offset) {
    if (module >= tables_.size()) return std::nullopt;
    if (!tables_[module].loaded) load(module);
    const Table& table = tables_[module];
    auto after = std::ranges::upper_bound(table.functions, offset, {}, &Function::start);
    // Aliases start at the same place, and a size may be missing (0): the nearest start before wins if it
    // reaches us.
    while (after != table.functions.begin()) {
        --after;
        if (offset < after->end || after->start == after->end)
            return demangled(table.names.c_str() + after->name);
        if (after == table.functions.begin() || (after - 1)->start != after->start) break;
    }
    auto method = table.methods.function_at(offset);
    return method ? method : table.ort_api.function_at(offset);
}

}  // namespace memo
