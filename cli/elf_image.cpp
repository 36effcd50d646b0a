// Segments, relocations and unwind tables (cli/elf_image.h).
#include "cli/elf_image.h"

#include <elf.h>
#include <gelf.h>

#include <algorithm>

#ifndef SHT_RELR
#define SHT_RELR 19  // NOLINT(cppcoreguidelines-macro-usage): as newer <elf.h> has it
#endif

namespace memo {

ElfImage::ElfImage(Elf* elf) {
    GElf_Ehdr header;
    if (gelf_getehdr(elf, &header) == nullptr || header.e_type != ET_DYN || header.e_machine != EM_X86_64)
        return;
    file_ = elf_rawfile(elf, &file_bytes_);
    if (file_ == nullptr) return;
    read_segments(elf);
    read_relocations(elf);
}

void ElfImage::read_segments(Elf* elf) {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) return;
    for (std::size_t i = 0; i < count; ++i) {
        GElf_Phdr segment;
        if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) continue;
        if (segment.p_type == PT_GNU_EH_FRAME) unwind_index_ = segment.p_vaddr;
        if (segment.p_type != PT_LOAD || segment.p_offset > file_bytes_) continue;
        segments_.push_back({segment.p_vaddr,
                             std::min<std::uint64_t>(segment.p_filesz, file_bytes_ - segment.p_offset),
                             segment.p_offset, (segment.p_flags & PF_X) != 0});
    }
}

const char* ElfImage::bytes_at(std::uint64_t address, std::uint64_t bytes, std::uint64_t* left) const {
    for (const Segment& segment : segments_) {
        const std::uint64_t into = address - segment.start;
        if (address < segment.start || into >= segment.bytes || segment.bytes - into < bytes) continue;
        if (left != nullptr) *left = segment.bytes - into;
        return file_ + segment.at + into;
    }
    return nullptr;
}

std::string_view ElfImage::text_at(std::uint64_t address) const {
    std::uint64_t left = 0;
    const char* text = bytes_at(address, 1, &left);
    if (text == nullptr) return {};
    const std::size_t length = strnlen(text, left);
    return length == left ? std::string_view() : std::string_view(text, length);
}

bool ElfImage::is_code(std::uint64_t address) const {
    return std::ranges::any_of(segments_, [&](const Segment& segment) {
        return segment.is_code && address >= segment.start && address - segment.start < segment.bytes;
    });
}

const ElfImage::Pointer* ElfImage::pointer_at(std::uint64_t address) const {
    const auto at = std::ranges::lower_bound(pointers_, address, {}, &Pointer::address);
    return at == pointers_.end() || at->address != address ? nullptr : &*at;
}

// SHT_RELR: an even word is the place of a pointer, an odd one a bit for each of the 63 words behind the
// last.
void ElfImage::read_packed_relocations(Elf_Data* data) {
    std::uint64_t place = 0;
    const auto add = [&](std::uint64_t address) {
        if (const auto target = value_at<std::uint64_t>(address)) pointers_.push_back({address, *target, {}});
    };
    for (std::size_t at = 0; at + 8 <= data->d_size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, static_cast<const char*>(data->d_buf) + at, sizeof word);
        if ((word & 1) == 0) {
            add(word);
            place = word + 8;
            continue;
        }
        for (unsigned bit = 1; bit < 64; ++bit) {
            if ((word >> bit & 1) != 0) add(place + std::uint64_t{8} * (bit - 1));
        }
        place += std::uint64_t{8} * 63;
    }
}

void ElfImage::read_relocations(Elf* elf) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || (header.sh_flags & SHF_ALLOC) == 0) continue;
        if (header.sh_type != SHT_RELA && header.sh_type != SHT_RELR) continue;
        Elf_Data* data = elf_getdata(section, nullptr);
        if (data == nullptr || data->d_buf == nullptr) continue;
        if (header.sh_type == SHT_RELR) {
            read_packed_relocations(data);
            continue;
        }
        Elf_Scn* symbols = elf_getscn(elf, header.sh_link);
        GElf_Shdr symbols_header;
        Elf_Data* symbol_data = symbols == nullptr || gelf_getshdr(symbols, &symbols_header) == nullptr
                                    ? nullptr
                                    : elf_getdata(symbols, nullptr);
        const auto count = static_cast<int>(data->d_size / sizeof(Elf64_Rela));
        for (int i = 0; i < count; ++i) {
            GElf_Rela relocation;
            if (gelf_getrela(data, i, &relocation) == nullptr) break;
            const auto addend = static_cast<std::uint64_t>(relocation.r_addend);
            const auto kind = GELF_R_TYPE(relocation.r_info);
            if (kind == R_X86_64_RELATIVE) pointers_.push_back({relocation.r_offset, addend, {}});
            if (kind != R_X86_64_64 || symbol_data == nullptr) continue;
            GElf_Sym symbol;
            const auto index = static_cast<int>(GELF_R_SYM(relocation.r_info));
            if (gelf_getsym(symbol_data, index, &symbol) == nullptr) continue;
            const char* name = elf_strptr(elf, symbols_header.sh_link, symbol.st_name);
            pointers_.push_back({relocation.r_offset,
                                 symbol.st_shndx == SHN_UNDEF ? 0 : symbol.st_value + addend,
                                 name == nullptr ? std::string_view() : std::string_view(name)});
        }
    }
    std::ranges::stable_sort(pointers_, {}, &Pointer::address);
}

// The index: version, three encodings, where the table is, how many entries; each an offset from the index of
// a function and of its record, whose third and fourth words are the function's start, from there, and
// length. Other encodings are legal, but nobody writes them.
std::vector<ElfImage::Range> ElfImage::functions() const {
    constexpr std::uint32_t kUsual = 0x3b031b01;
    std::vector<Range> result;
    const auto head = value_at<std::uint32_t>(unwind_index_);
    const auto count = value_at<std::uint32_t>(unwind_index_ + 8);
    if (unwind_index_ == 0 || !head || *head != kUsual || !count) return result;
    for (std::uint64_t i = 0; i < *count; ++i) {
        const std::uint64_t entry = unwind_index_ + 12 + 8 * i;
        const auto start = value_at<std::int32_t>(entry);
        const auto record = value_at<std::int32_t>(entry + 4);
        if (!start || !record) break;
        const std::uint64_t function = unwind_index_ + static_cast<std::uint64_t>(std::int64_t{*start});
        const std::uint64_t at = unwind_index_ + static_cast<std::uint64_t>(std::int64_t{*record}) + 8;
        const auto begins = value_at<std::int32_t>(at);
        const auto bytes = value_at<std::uint32_t>(at + 4);
        if (!begins || !bytes || at + static_cast<std::uint64_t>(std::int64_t{*begins}) != function) continue;
        result.push_back({function, function + *bytes});
    }
    std::ranges::sort(result, {}, &Range::start);
    return result;
}

}  // namespace memo
