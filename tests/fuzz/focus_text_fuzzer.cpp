// Any text is a bounding box, a baseline, a table, a journal or a row of `focus`, or one line: the first byte
// says which reader is asked.
#include "scientific/focus/baseline.h"
#include "scientific/focus/calibration.h"
#include "scientific/focus/crop.h"
#include "scientific/focus/journal.h"
#include "tests/fuzz/one_line.h"

#include <cstdlib>

using memo::fuzz::look_at;
using namespace memo::focus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::size_t whole = 0;
    switch (data[0] % 7) {
        case 0:
            look_at(bounding_box_of_json(text));
            break;
        case 1:
            static_cast<void>(bounding_box_of_instrument(text));
            break;
        case 2:
            look_at(usual_of_json(text));
            break;
        case 3:
            look_at(samples_of_csv(text));
            break;
        case 4:
            look_at(rows_of_journal("{\"focus_journal\":1,\"options\":\"\"}\n" + text, "", &whole));
            break;
        case 5:
            if (const auto row = row_of_line(text); row && !row_of_line(line_of(*row))) std::abort();
            break;
        default:
            if (text.size() < 256 && text.find('\n') == std::string::npos) look_at(parse_crop(text));
    }
    return 0;
}
