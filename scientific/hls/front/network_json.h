// Networks as JSON: one object with "name", "input" (shape), "output" (a layer's name) and "layers", each an
// object with "name", "op" (the words of LayerKind), "inputs" (names of layers, or "input") and what its kind
// needs: "weight" {"shape", "data"}, "bias" (numbers), "stride", "padding", "kernel", "dimension", "slope",
// "sizes". Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/hls/front/network.h"

#include <string>
#include <string_view>

namespace memo::hls {

// The network has shapes that fit (`shapes_of`), or the error says what does not.
[[nodiscard]] Result<Network> parse_network(std::string_view text);
[[nodiscard]] std::string format_network(const Network& network);

}  // namespace memo::hls
