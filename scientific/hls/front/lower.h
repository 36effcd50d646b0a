// From a network to its flat graph: layers to loop nests, nests to nodes (loop_nest.h).
//
// A softmax whose only use is the left of a matmul is not divided out: the matmul's results are divided by
// the sums of their rows instead, which is the same number and needs one division a result of the matmul.
// Thread safety: pure function.
#pragma once

#include "common/result.h"
#include "scientific/hls/front/network.h"
#include "scientific/hls/graph/graph.h"
#include "scientific/hls/graph/latencies.h"

#include <cstddef>

namespace memo::hls {

struct LowerOptions {
    // The most products one accumulator sums up; longer sums are split into equal parts that a tree adds.
    // Shorter chains take less time and round less, and need more additions.
    std::size_t longest_chain = 48;  // of layers that don't say it themselves
    // Sums as the trees that are done first when so many elements start the products; 0: chains.
    std::size_t quick_elements = 0;
    Latencies latencies;  // of quick sums
};

// The error names the layer.
[[nodiscard]] Result<Graph> lower(const Network& network, const LowerOptions& options = {});

}  // namespace memo::hls
