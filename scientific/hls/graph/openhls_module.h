// What a harness has to know of the SystemVerilog that OpenHLS writes: the ports of its top module, the
// registers that it starts with a value, how many states its machine has, and which operators it has as
// cores. Only the form that OpenHLS gives it is read: a declaration or an instance a line. Thread safety:
// pure function.
#pragma once

#include "common/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace memo::hls {

struct OpenHlsModule {
    std::string name;
    std::vector<std::string> inputs;  // numbers: neither clk nor rst
    std::vector<std::string> outputs;
    unsigned width = 0;                              // bits of a number
    std::map<std::string, std::uint64_t> registers;  // those with an initial value
    std::size_t states = 0;                          // of the machine: cycles between samples
    std::map<std::string, std::size_t> cores;        // fadd, fmul, …: how many instances
};

// The error says what is missing.
[[nodiscard]] Result<OpenHlsModule> parse_openhls_module(std::string_view text);

}  // namespace memo::hls
