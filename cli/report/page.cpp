// Putting the page together (cli/report/page.h).
#include "cli/report/page.h"

#include "cli/report/page_parts.h"
#include "cli/xml_text.h"

#include <string_view>

namespace memo::cli {

namespace {

// JSON as the contents of a <script>: nothing in it may look like a tag. `<` stands in strings only.
[[nodiscard]] std::string script_text(const Json& data) {
    std::string text;
    for (const char c : data.dump()) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

}  // namespace

void write_page(const std::string& title, const Json& data, WholeFile& out) {
    // Each marker stands once in the page, in this order.
    const std::pair<std::string_view, std::string> parts[] = {
        {"{{title}}", xml_text(title)},
        {"{{style}}", kPageStyle},
        {"{{data}}", script_text(data)},
        {"{{script}}", kPageScript},
    };
    std::string_view page = kPageHtml;
    for (const auto& [marker, text] : parts) {
        const std::size_t at = page.find(marker);
        out.write(page.substr(0, at));
        out.write(text);
        page.remove_prefix(at + marker.size());
    }
    out.write(page);
}

}  // namespace memo::cli
