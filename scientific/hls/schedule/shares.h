// How the elements of a design are divided between classes of operations. Thread safety: pure functions.
#pragma once

#include "scientific/hls/graph/graph.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace memo::hls {

// Operations of one class take equally long and have elements of their own, if these are shared between
// classes: on an element that starts operations of different latencies, two may want to finish in one cycle,
// so that it cannot be filled.
enum class Class : std::uint8_t { product, sum, compare, function };
inline constexpr std::size_t kClasses = 4;
[[nodiscard]] Class class_of(Kind kind);

// How many elements each class has. Where the classes are mixed, the first one has those of all mac elements.
using Shares = std::array<std::uint32_t, kClasses>;

[[nodiscard]] Shares mixed_shares(std::uint32_t elements, std::uint32_t function_elements);
// Each class as many as it needs for so many slots. One in `part` of those left (0: none) go one by one to
// the class other than the products that is fullest, the products have the rest. Nothing if there are not
// that many.
[[nodiscard]] std::optional<Shares> pure_shares(const Graph& graph, std::uint32_t elements,
                                                std::uint32_t slots, std::uint32_t part);

}  // namespace memo::hls
