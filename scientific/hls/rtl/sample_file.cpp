#include "scientific/hls/rtl/sample_file.h"

#include <charconv>
#include <cmath>
#include <string>

namespace memo::hls {

namespace {

constexpr std::string_view kBetween = " \t,\r";

}  // namespace

Result<std::vector<double>> parse_samples(std::string_view text, std::size_t numbers) {
    std::vector<double> samples;
    for (std::size_t line_number = 1; !text.empty(); ++line_number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t before = samples.size();
        const std::string where = "line " + std::to_string(line_number) + ": ";
        if (line.starts_with('#')) continue;
        while (true) {
            const std::size_t begin = line.find_first_not_of(kBetween);
            if (begin == std::string_view::npos) break;
            line.remove_prefix(begin);
            double number = 0;
            const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
            if (error != std::errc{} || !std::isfinite(number))
                return Error{where + "\"" + std::string(line.substr(0, line.find_first_of(kBetween))) +
                             "\" is no finite number"};
            line.remove_prefix(static_cast<std::size_t>(end - line.data()));
            samples.push_back(number);
        }
        const std::size_t got = samples.size() - before;
        if (got != 0 && got != numbers)
            return Error{where + std::to_string(got) + " numbers, and the design has " +
                         std::to_string(numbers)};
    }
    return samples;
}

}  // namespace memo::hls
