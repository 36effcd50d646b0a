// RTL = model for the operators: the same operands through Verilator and through Arithmetic.
#pragma once

#include "common/result.h"
#include "scientific/hls/arithmetic/arithmetic.h"
#include "scientific/hls/rtl/run_program.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace memo::hls {

struct OperatorCheck {
    Format format;
    bool exhaustive = false;   // every a with every b; c is random
    std::uint64_t random = 0;  // triples otherwise
    std::uint64_t seed = 1;
};

struct OperatorRow {
    Kind kind = Kind::copy;
    std::uint32_t latency = 0;
    std::uint64_t cases = 0;
    std::uint64_t different = 0;
    std::string first_difference;  // "a b c: hardware …, model …", in hexadecimal
};

struct OperatorReport {
    std::vector<OperatorRow> rows;
    Ran build;
    [[nodiscard]] bool equal() const;
};

// Builds in `folder`, which is made; its contents are left for people to look at.
[[nodiscard]] Result<OperatorReport> check_operators(const OperatorCheck& check,
                                                     const std::filesystem::path& folder,
                                                     const Progress& progress = {});

}  // namespace memo::hls
