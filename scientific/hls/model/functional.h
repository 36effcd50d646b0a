// What a graph computes, number by number in the order of its nodes: the reference for everything that has a
// clock. Thread safety: one thread an object.
#pragma once

#include "scientific/hls/arithmetic/arithmetic.h"
#include "scientific/hls/graph/latencies.h"

#include <span>
#include <vector>

namespace memo::hls {

// Without rounding beyond that of double.
class RealModel {
  public:
    explicit RealModel(const Graph& graph);
    // `sample` has graph.inputs numbers. Valid until the next call.
    [[nodiscard]] std::span<const double> run(std::span<const double> sample);

  private:
    const Graph& graph_;
    std::vector<double> values_;
    std::vector<double> outputs_;
};

// Whose hardware. OpenHLS's fmax gives its first operand beside a NaN, its frelu +0 for a NaN with a sign,
// and its fneg leaves +0 alone; of its results zeros and NaNs have no sign here.
enum class Rules : std::uint8_t { hls, openhls };

// In the words of a number format, bit for bit what the hardware computes.
class WordModel {
  public:
    WordModel(const Graph& graph, const Arithmetic& arithmetic, Rules rules = Rules::hls);
    [[nodiscard]] std::span<const Word> run(std::span<const Word> sample);

  private:
    const Graph& graph_;
    const Arithmetic& arithmetic_;
    Rules rules_;
    std::vector<Word> values_;  // constants are there from the beginning
    std::vector<Word> outputs_;
};

}  // namespace memo::hls
