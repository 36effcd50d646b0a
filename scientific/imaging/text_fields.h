// Foreign text (file names, units) within CSV and within XML. Thread safety: pure functions.
#pragma once

#include <string>

namespace memo::imaging {

// A field of CSV: in quotes where it must be.
[[nodiscard]] inline std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
}

// Text or an attribute's value, in SVG and HTML.
[[nodiscard]] inline std::string xml_text(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        const bool plain =
            static_cast<unsigned char>(c) >= 0x20 && c != '<' && c != '>' && c != '&' && c != '"';
        safe += plain ? c : '?';
    }
    return safe;
}

}  // namespace memo::imaging
