// The networks that come with `hls`, with random weights from a seed (He et al. 2015: uniform, scaled to the
// number of inputs); scripts/hls_train.py trains them. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/hls/front/network.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace memo::hls {

// Names: linear (a vector of 11 by 11, the one OpenHLS shows), conv, softmax, batch_norm (the layers of the
// paper's table), convN (NxN pixels, one channel: for the growth of the compiler's time), lenet (LeNet-5 on
// 28x28), braggnn (s=1) and braggnn64 (the published 64/32/8).
[[nodiscard]] Result<Network> make_network(std::string_view name, std::uint64_t seed = 1);
[[nodiscard]] std::string network_names();

}  // namespace memo::hls
