// Any text is a model's training record, a record of ligo calibrate, a journal or a row of `ligo`, or one
// line: the first byte says which reader is asked. What was read can be written.
#include "scientific/ligo/nets/record.h"
#include "scientific/ligo/search/calibration.h"
#include "scientific/ligo/search/journal.h"
#include "tests/fuzz/one_line.h"

using memo::fuzz::look_at;
using namespace memo::ligo;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0: {
            const auto record = record_of_json(text);
            look_at(record);
            if (record) look_at(record_of_json(json_of(*record)));
            break;
        }
        case 1: {
            const auto calibration = calibration_of_json(text);
            look_at(calibration);
            if (calibration) look_at(calibration_of_json(json_of(*calibration)));
            break;
        }
        case 2: {
            std::size_t whole = 0;
            look_at(rows_of_journal("{\"ligo_journal\":1,\"options\":\"\"}\n" + text, "", &whole));
            look_at(rows_of_journal(text, "", &whole));
            break;
        }
        default: {
            const auto row = row_of_line(text);
            look_at(row);
            if (row) look_at(row_of_line(line_of(*row)));
            break;
        }
    }
    return 0;
}
