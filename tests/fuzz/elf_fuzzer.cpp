// Fuzzing the reader of virtual tables: any bytes as an ELF file, asked for a function at every address that
// they could have. Half of the inputs are changes to a sound library: the first byte chooses, then three
// bytes a place and one a value.
#include "cli/ort_api.h"
#include "cli/vtable_names.h"

#include <libelf.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

const std::vector<char>& library() {
    static const std::vector<char> bytes = [] {
        std::ifstream file(MEMO_FUZZ_LIBRARY, std::ios::binary);
        return std::vector<char>(std::istreambuf_iterator<char>(file), {});
    }();
    return bytes;
}

std::vector<char> changed_library(const std::uint8_t* data, std::size_t size) {
    std::vector<char> bytes = library();
    for (; size >= 4 && !bytes.empty(); data += 4, size -= 4) {
        const std::size_t place = data[0] | std::size_t{data[1]} << 8 | std::size_t{data[2]} << 16;
        bytes[place % bytes.size()] = static_cast<char>(data[3]);
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || elf_version(EV_CURRENT) == EV_NONE) return 0;
    std::vector<char> bytes =
        data[0] % 2 == 0 ? std::vector<char>(data + 1, data + size) : changed_library(data + 1, size - 1);
    Elf* elf = elf_memory(bytes.data(), bytes.size());
    if (elf == nullptr) return 0;
    {
        const memo::VtableNames names(elf);
        const memo::OrtApiNames api(elf);
        for (std::uint64_t at = 0; at < bytes.size(); at += 8) {
            (void)names.function_at(at);
            (void)api.function_at(at);
        }
    }
    elf_end(elf);
    return 0;
}
