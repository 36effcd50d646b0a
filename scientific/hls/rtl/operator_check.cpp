// Operands, all or random ones, through both (operator_check.h).
#include "scientific/hls/rtl/operator_check.h"

#include "scientific/hls/rtl/design_folder.h"
#include "scientific/hls/rtl/simulation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <random>

namespace memo::hls {

namespace {

// The outputs of float_operators.sv, in their order.
constexpr std::array kOutputs = {Kind::add,     Kind::subtract, Kind::multiply, Kind::divide, Kind::fmac,
                                 Kind::maximum, Kind::relu,     Kind::negate,   Kind::exp};
constexpr std::size_t kOperands = 3;

// Triples of operands, one batch after the other.
class Operands {
  public:
    explicit Operands(const OperatorCheck& check)
        : check_(check),
          random_(check.seed),
          left_(check.exhaustive ? std::uint64_t{1} << (2 * check.format.width()) : check.random) {}

    [[nodiscard]] bool done() const { return left_ == 0; }

    std::vector<Word> next() {
        constexpr std::uint64_t kBatch = std::uint64_t{1} << 19;
        const std::uint64_t count = std::min(kBatch, left_);
        std::vector<Word> words;
        words.reserve(kOperands * count);
        const Word mask = check_.format.mask();
        const int width = check_.format.width();
        for (std::uint64_t i = 0; i < count; ++i, ++given_) {
            words.push_back((check_.exhaustive ? given_ : random_()) & mask);
            words.push_back((check_.exhaustive ? given_ >> width : random_()) & mask);
            words.push_back(random_() & mask);
        }
        left_ -= count;
        return words;
    }

  private:
    const OperatorCheck& check_;
    std::mt19937_64 random_;
    std::uint64_t left_;
    std::uint64_t given_ = 0;
};

void compare(const Arithmetic& arithmetic, const std::vector<Word>& operands,
             const std::vector<Word>& outputs, std::vector<OperatorRow>& rows) {
    for (std::size_t output = 0; output < rows.size(); ++output) {
        OperatorRow& row = rows[output];
        for (std::size_t i = 0; i < operands.size() / kOperands; ++i, ++row.cases) {
            const Word a = operands[kOperands * i];
            const Word b = operands[kOperands * i + 1];
            const Word c = operands[kOperands * i + 2];
            const Word model = arithmetic.apply(row.kind, a, b, c);
            const Word hardware = outputs[(i + row.latency) * rows.size() + output];
            if (hardware == model) continue;
            if (row.different++ == 0)
                row.first_difference =
                    fmt::format("{:x} {:x} {:x}: hardware {:x}, model {:x}", a, b, c, hardware, model);
        }
    }
}

}  // namespace

bool OperatorReport::equal() const {
    return std::all_of(rows.begin(), rows.end(), [](const OperatorRow& row) { return row.different == 0; });
}

Result<OperatorReport> check_operators(const OperatorCheck& check, const std::filesystem::path& folder,
                                       const Progress& progress) {
    const Arithmetic arithmetic(check.format);
    if (const std::string why = write_sources(folder, arithmetic); !why.empty()) return Error{why};
    const bool floating = check.format.kind == Format::Kind::floating;
    BuildOptions options;
    options.top = floating ? "float_operators" : "fixed_operators";
    options.prefix = "operators";
    options.driver = "operators_main.cc";
    options.parameters = {fmt::format("{}={}", floating ? "wE" : "I", check.format.high),
                          fmt::format("{}={}", floating ? "wF" : "F", check.format.low),
                          fmt::format("LOG2E=64'd{}", arithmetic.exp_model().log2e()),
                          fmt::format("LN2=64'd{}", arithmetic.exp_model().ln2())};
    if (check.format.dropped > 0)
        options.parameters.push_back(fmt::format("wM={}", check.format.low - check.format.dropped));
    Result<Ran> built = build_simulator(folder, options, progress);
    if (!built) return Error{built.error()};

    OperatorReport report;
    report.build = *built;
    const Latencies latencies = latencies_of(check.format);
    std::uint32_t longest = 0;
    for (const Kind kind : kOutputs) {
        report.rows.push_back({kind, latency(latencies, kind), 0, 0, {}});
        longest = std::max(longest, report.rows.back().latency);
    }
    for (Operands operands(check); !operands.done();) {
        const std::vector<Word> words = operands.next();
        if (const std::string why = write_words(folder / "operands.bin", words); !why.empty())
            return Error{why};
        const Result<Ran> ran =
            run_program(folder, {"build/Voperators", "operands.bin", "outputs.bin", std::to_string(longest)},
                        "run.log", progress);
        if (!ran) return Error{ran.error()};
        const Result<std::vector<Word>> outputs = read_words(folder / "outputs.bin");
        if (!outputs) return Error{outputs.error()};
        if (outputs->size() != (words.size() / kOperands + longest) * report.rows.size())
            return Error{(folder / "outputs.bin").string() + " is cut"};
        compare(arithmetic, words, *outputs, report.rows);
    }
    std::filesystem::remove(folder / "operands.bin");
    std::filesystem::remove(folder / "outputs.bin");
    return report;
}

}  // namespace memo::hls
