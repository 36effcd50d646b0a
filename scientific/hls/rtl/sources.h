// The SystemVerilog of operators and machine, and the programs that drive their simulation, as they lie in
// arithmetic/operators/, rtl/hardware/ and rtl/openhls_cores/: part of the binary, so that a design folder
// can be written anywhere.
#pragma once

#include <span>
#include <string_view>

namespace memo::hls {

// What the names of the operators begin with that stand in for OpenHLS's cores.
inline constexpr std::string_view kOpenHlsCores = "openhls_cores/";

struct SourceFile {
    std::string_view name;
    std::string_view text;
};

[[nodiscard]] std::span<const SourceFile> hardware_sources();

}  // namespace memo::hls
