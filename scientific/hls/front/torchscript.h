// TorchScript files as networks. Built with LibTorch only in torchscript.cpp; without it, no_torch.cpp says
// so. Thread safety: one thread.
#pragma once

#include "common/result.h"
#include "scientific/hls/front/network.h"

#include <string>

namespace memo::hls {

// The file's `forward`, inlined and frozen. `input` is the shape of its tensor; empty: the one that the first
// layer tells, where it does. Errors name the operator and where it is in the program.
[[nodiscard]] Result<Network> read_torchscript(const std::string& path, const Shape& input);
[[nodiscard]] bool has_torch();

}  // namespace memo::hls
