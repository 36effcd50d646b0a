// Fuzzing the reader of symbol files: any bytes are refused in one line or read; what was read and is written
// again says the same.
#include "cli/symbol_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto file = memo::parse_symbol_file(bytes);
    if (!file) {
        if (file.error().empty() || file.error().find('\n') != std::string::npos) std::abort();
        return 0;
    }
    const std::string text = file->text();
    const auto again = memo::parse_symbol_file(text);
    if (!again || again->text() != text) std::abort();
    return 0;
}
