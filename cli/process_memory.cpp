// process_vm_readv, and symbols by the GNU hash table of a loaded module (cli/process_memory.h).
#include "cli/process_memory.h"

#include <elf.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace memo::cli {

namespace {

// Bounds on what a sound module has, so that a damaged one ends the search.
constexpr unsigned kMostSegments = 128;
constexpr unsigned kMostDynamic = 1024;
constexpr unsigned kMostChain = 1U << 16;

[[nodiscard]] std::uint32_t gnu_hash(const std::string& name) {
    std::uint32_t hash = 5381;
    for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
    return hash;
}

// Where the loader found a module's tables; 0: not there.
struct Tables {
    std::uint64_t symbols = 0;
    std::uint64_t strings = 0;
    std::uint64_t hash = 0;
};

[[nodiscard]] Tables tables_of(const ProcessMemory& memory, std::uint64_t base) {
    const auto header = memory.read<Elf64_Ehdr>(base);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return {};
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_phentsize != sizeof(Elf64_Phdr)) return {};
    std::uint64_t dynamic = 0;
    std::uint64_t bias = base;
    for (unsigned k = 0; k < std::min<unsigned>(header->e_phnum, kMostSegments); ++k) {
        const auto segment = memory.read<Elf64_Phdr>(base + header->e_phoff + k * sizeof(Elf64_Phdr));
        if (!segment) return {};
        if (segment->p_type == PT_LOAD && segment->p_offset == 0) bias = base - segment->p_vaddr;
        if (segment->p_type == PT_DYNAMIC) dynamic = segment->p_vaddr;
    }
    if (dynamic == 0) return {};
    Tables tables;
    for (unsigned k = 0; k < kMostDynamic; ++k) {
        const auto entry = memory.read<Elf64_Dyn>(bias + dynamic + k * sizeof(Elf64_Dyn));
        if (!entry || entry->d_tag == DT_NULL) break;
        // glibc has made them addresses, except where the section is read-only (the kernel's own module).
        const std::uint64_t value = entry->d_un.d_ptr < base ? bias + entry->d_un.d_ptr : entry->d_un.d_ptr;
        if (entry->d_tag == DT_SYMTAB) tables.symbols = value;
        if (entry->d_tag == DT_STRTAB) tables.strings = value;
        if (entry->d_tag == DT_GNU_HASH) tables.hash = value;
    }
    if (tables.symbols == 0 || tables.strings == 0) tables.hash = 0;
    return tables;
}

struct GnuHash {
    std::uint32_t buckets;
    std::uint32_t first_symbol;
    std::uint32_t filter_words;
    std::uint32_t filter_shift;
};

}  // namespace

bool ProcessMemory::read(std::uint64_t address, void* into, std::size_t bytes) const {
    const iovec own{into, bytes};
    const iovec other{reinterpret_cast<void*>(address), bytes};
    return process_vm_readv(process_, &own, 1, &other, 1, 0) == static_cast<ssize_t>(bytes);
}

std::string ProcessMemory::text(std::uint64_t address, std::size_t most) const {
    std::string text;
    for (char byte = 0; text.size() < most && read(address + text.size(), &byte, 1) && byte != '\0';) {
        text.push_back(byte);
    }
    return text;
}

bool ProcessMemory::is_running() const {
    // After the last ')': a program's name may hold anything.
    std::ifstream file("/proc/" + std::to_string(process_) + "/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name = line.rfind(')');
    return name != std::string::npos && name + 2 < line.size() && line[name + 2] != 'Z' &&
           line[name + 2] != 'X';
}

std::uint64_t ProcessMemory::symbol_of_module(std::uint64_t base, const std::string& name) const {
    const Tables tables = tables_of(*this, base);
    if (tables.hash == 0) return 0;
    const auto hash = read<GnuHash>(tables.hash);
    if (!hash || hash->buckets == 0) return 0;
    const std::uint64_t buckets = tables.hash + sizeof(GnuHash) + std::uint64_t{hash->filter_words} * 8;
    const std::uint64_t chains = buckets + std::uint64_t{hash->buckets} * 4;
    const std::uint32_t wanted = gnu_hash(name);
    const auto first = read<std::uint32_t>(buckets + std::uint64_t{wanted % hash->buckets} * 4);
    if (!first || *first < hash->first_symbol) return 0;
    for (std::uint32_t k = 0; k < kMostChain; ++k) {
        const std::uint64_t index = std::uint64_t{*first} + k;
        const auto link = read<std::uint32_t>(chains + (index - hash->first_symbol) * 4);
        if (!link) return 0;
        if ((*link | 1) == (wanted | 1)) {
            const auto symbol = read<Elf64_Sym>(tables.symbols + index * sizeof(Elf64_Sym));
            if (symbol && symbol->st_shndx != SHN_UNDEF &&
                text(tables.strings + symbol->st_name, name.size() + 1) == name) {
                return base + symbol->st_value;
            }
        }
        if ((*link & 1) != 0) return 0;
    }
    return 0;
}

Result<std::uint64_t> ProcessMemory::find_symbol(const std::string& name) const {
    const std::string process = "process " + std::to_string(process_);
    if (process_ <= 0 || (kill(process_, 0) != 0 && errno == ESRCH))
        return Error{process + ": there is none"};
    if (!is_running()) return Error{process + ": has ended"};
    const std::string not_allowed = process + ": may not be read; run memo as its user or as root (and see " +
                                    "/proc/sys/kernel/yama/ptrace_scope, which is to be 0 for that user)";
    std::ifstream maps("/proc/" + std::to_string(process_) + "/maps");
    if (!maps) return Error{not_allowed};
    bool could_read = false;
    bool any = false;
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t start = 0;
        std::uint64_t offset = 0;
        char access[5] = {};
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%*x %4s %" SCNx64, &start, access, &offset) != 3) continue;
        if (offset != 0 || access[0] != 'r' || line.find('/') == std::string::npos) continue;
        any = true;
        char first = 0;
        if (!read(start, &first, 1)) {
            if (errno == EPERM) return Error{not_allowed};
            continue;
        }
        could_read = true;
        if (const std::uint64_t found = symbol_of_module(start, name)) return found;
    }
    if (!any || !could_read) return Error{is_running() ? not_allowed : process + ": has ended"};
    return std::uint64_t{0};
}

}  // namespace memo::cli
