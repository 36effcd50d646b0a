// A network as a TorchScript module: the one place where its arithmetic is written down. For the two files of
// nets/ that see LibTorch.
//
// The module has the parameters, and the methods
//   forward(strain [examples, 2, samples]) -> log odds [examples, frames]
//   step(strain [1, 2, samples], past) -> (log odds, past)      samples: a multiple of the stride
// step() goes on where the last call ended: `past` holds what each layer still needs of what it has seen, so
// that nothing is computed twice. At the beginning it is begin()'s zeros.
#pragma once

#include "scientific/ligo/nets/architecture.h"

#include <torch/csrc/jit/api/module.h>

#include <cstdint>

namespace memo::ligo {

// With parameters drawn from `seed`.
[[nodiscard]] torch::jit::Module make_module(const Architecture& architecture, std::uint64_t seed);

}  // namespace memo::ligo
