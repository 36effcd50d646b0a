// Training of a network on simulated signals. LibTorch is behind this, not in it.
//
// Reproducible: the same options give the same file on the same processor and LibTorch, with any number of
// CPUs.
#pragma once

#include "common/result.h"
#include "scientific/ligo/nets/record.h"

#include <functional>
#include <optional>
#include <string>

namespace memo::ligo {

// Trains and writes the file. `progress` is told after each step, with its loss; false ends the training, and
// nothing is written. The error: options, device or file.
[[nodiscard]] Result<TrainingRecord> train(const std::string& path, const TrainingOptions& options,
                                           const std::string& device,
                                           const std::function<bool(int step, double loss)>& progress);

}  // namespace memo::ligo
