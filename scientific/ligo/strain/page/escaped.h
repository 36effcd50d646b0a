// Foreign text (file names, notes) within HTML and SVG. Thread safety: pure functions.
#pragma once

#include <string>

namespace memo::ligo {

[[nodiscard]] inline std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '&':
                safe += "&amp;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += static_cast<unsigned char>(c) >= 0x20 ? c : ' ';
        }
    }
    return safe;
}

}  // namespace memo::ligo
