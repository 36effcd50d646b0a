// Escaping for XML (cli/xml_text.h).
#include "cli/xml_text.h"

#include <cstddef>
#include <cstdint>

namespace memo::cli {

namespace {

// The length of the UTF-8 sequence at the start of `text` (not empty) if XML allows its character, else 0.
[[nodiscard]] std::size_t sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    std::uint32_t character = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return 0;
        character = character << 6U | (byte(i) & 0x3fU);
    }
    const bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    const bool surrogate = character >= 0xd800 && character < 0xe000;
    const bool refused = character == 0xfffe || character == 0xffff || character > 0x10ffff;
    return overlong || surrogate || refused ? 0 : length;
}

}  // namespace

std::string xml_text(std::string_view text) {
    std::string escaped;
    while (!text.empty()) {
        const std::size_t length = sequence(text);
        switch (length == 0 ? '\0' : text.front()) {
            case '\0':
                escaped += '?';
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '&':
                escaped += "&amp;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped.append(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return escaped;
}

}  // namespace memo::cli
