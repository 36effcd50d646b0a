// One look at every name of the header row (planner/csv_header.h). Names are compared in lower case; what is
// not known is left for others.
#include "planner/csv_header.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace memo::planner {
namespace {

using enum CsvColumn;

struct ColumnName {
    std::string_view name;
    CsvColumn column;
    bool closed = false;  // the moment named belongs to the lifetime
};
constexpr std::array kNames{
    ColumnName{"id", id},       ColumnName{"buffer", id},           ColumnName{"buffer_id", id},
    ColumnName{"value", id},    ColumnName{"lower", lower},         ColumnName{"start", lower},
    ColumnName{"begin", lower}, ColumnName{"upper", upper},         ColumnName{"end", upper, true},
    ColumnName{"size", size},   ColumnName{"alignment", alignment}, ColumnName{"hint", hint},
    ColumnName{"gaps", gaps},   ColumnName{"offset", offset},       ColumnName{"alias", alias},
    ColumnName{"arena", arena},
};

}  // namespace

Result<CsvHeader> read_csv_header(const std::vector<CsvField>& fields) {
    CsvHeader header;
    header.places.fill(CsvHeader::kAbsent);
    header.fields = fields.size();
    for (std::size_t field = 0; field < fields.size(); ++field) {
        std::string name = fields[field].text();
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
        const auto known = std::find_if(kNames.begin(), kNames.end(),
                                        [&](const ColumnName& column) { return column.name == name; });
        if (known == kNames.end()) continue;
        const auto column = static_cast<std::size_t>(known->column);
        std::string& spelling = header.spelling[column];
        if (header.has(known->column)) {
            std::string both = "columns '";
            both.append(spelling).append("' and '").append(name).append("' mean the same");
            return Error{std::move(both)};
        }
        header.places[column] = field;
        spelling = std::move(name);
        if (known->closed) header.closed_upper = true;
    }
    if (!header.has(lower)) return Error{"no column 'lower' (or 'start', 'begin') in the header"};
    if (!header.has(upper)) return Error{"no column 'upper' (or 'end') in the header"};
    if (!header.has(size)) return Error{"no column 'size' in the header"};
    return header;
}

}  // namespace memo::planner
