// Following OrtGetApiBase (cli/ort_api.h).
#include "cli/ort_api.h"

#include <elf.h>
#include <gelf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace memo {
namespace {

constexpr std::size_t kFewestFunctions = 100;  // the first version that anybody has had more
constexpr std::uint64_t kLongestFunction = 4096;

// Places in the table, of what begins the work that memory is asked for in.
constexpr std::array<std::pair<unsigned, const char*>, 4> kNames = {{{3, "OrtApi::CreateEnv"},
                                                                     {7, "OrtApi::CreateSession"},
                                                                     {8, "OrtApi::CreateSessionFromArray"},
                                                                     {9, "OrtApi::Run"}}};

std::uint64_t exported(Elf* elf, const char* wanted) {
    for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
         section = elf_nextscn(elf, section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM) continue;
        Elf_Data* data = elf_getdata(section, nullptr);
        GElf_Sym symbol;
        for (int i = 0; data != nullptr && gelf_getsym(data, i, &symbol) != nullptr; ++i) {
            const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (name != nullptr && std::strcmp(name, wanted) == 0 && symbol.st_shndx != SHN_UNDEF)
                return symbol.st_value;
        }
    }
    return 0;
}

// The addresses that a function's `lea` instructions compute.
std::vector<std::uint64_t> addresses_in(const ElfImage& image, const ElfImage::Range& function) {
    constexpr std::uint64_t kBytes = 7;  // 48 8d, the register, and four of the distance
    std::vector<std::uint64_t> result;
    const std::uint64_t end = std::min(function.end, function.start + kLongestFunction);
    for (std::uint64_t at = function.start; at + kBytes <= end; ++at) {
        const auto code = image.value_at<std::array<std::uint8_t, 3>>(at);
        const auto distance = image.value_at<std::int32_t>(at + 3);
        if (!code || !distance || (*code)[0] != 0x48 || (*code)[1] != 0x8d || ((*code)[2] & 0xc7) != 0x05)
            continue;
        result.push_back(at + kBytes + static_cast<std::uint64_t>(std::int64_t{*distance}));
    }
    return result;
}

std::size_t functions_in_table(const ElfImage& image, std::uint64_t table) {
    std::size_t count = 0;
    for (; count < kFewestFunctions; ++count) {
        const ElfImage::Pointer* function = image.pointer_at(table + 8 * count);
        if (function == nullptr || !image.is_code(function->target)) break;
    }
    return count;
}

std::optional<ElfImage::Range> function_from(const std::vector<ElfImage::Range>& functions,
                                             std::uint64_t start) {
    const auto at = std::ranges::lower_bound(functions, start, {}, &ElfImage::Range::start);
    return at == functions.end() || at->start != start ? std::nullopt : std::optional(*at);
}

}  // namespace

OrtApiNames::OrtApiNames(Elf* elf) {
    const std::uint64_t entry = exported(elf, "OrtGetApiBase");
    if (entry == 0) return;
    const ElfImage image(elf);
    const std::vector<ElfImage::Range> functions = image.functions();
    const auto get_base = function_from(functions, entry);
    if (!get_base) return;
    for (const std::uint64_t base : addresses_in(image, *get_base)) {
        const ElfImage::Pointer* first = image.pointer_at(base);
        const auto get_api = first == nullptr ? std::nullopt : function_from(functions, first->target);
        if (!get_api) continue;
        for (const std::uint64_t table : addresses_in(image, *get_api)) {
            if (functions_in_table(image, table) < kFewestFunctions) continue;
            for (const auto& [place, name] : kNames) {
                const auto range =
                    function_from(functions, image.pointer_at(table + std::uint64_t{8} * place)->target);
                if (range) functions_.push_back({*range, name});
            }
            return;
        }
    }
}

std::optional<std::string> OrtApiNames::function_at(std::uint64_t offset) const {
    const auto found = std::ranges::find_if(functions_, [&](const Function& function) {
        return offset >= function.range.start && offset < function.range.end;
    });
    return found == functions_.end() ? std::nullopt : std::optional<std::string>(found->name);
}

}  // namespace memo
