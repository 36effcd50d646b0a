// Elements by class (shares.h).
#include "scientific/hls/schedule/shares.h"

#include <numeric>

namespace memo::hls {

Class class_of(Kind kind) {
    switch (kind) {
        case Kind::add:
        case Kind::subtract:
            return Class::sum;
        case Kind::maximum:
        case Kind::relu:
        case Kind::negate:
        case Kind::copy:
            return Class::compare;
        case Kind::exp:
        case Kind::divide:
            return Class::function;
        default:
            return Class::product;
    }
}

Shares mixed_shares(std::uint32_t elements, std::uint32_t function_elements) {
    return {elements - function_elements, 0, 0, function_elements};
}

std::optional<Shares> pure_shares(const Graph& graph, std::uint32_t elements, std::uint32_t slots,
                                  std::uint32_t part) {
    std::array<std::size_t, kClasses> operations{};
    for (const Node& node : graph.nodes)
        if (is_operation(node.kind)) ++operations[static_cast<std::size_t>(class_of(node.kind))];
    Shares shares{};
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < kClasses; ++k) {
        shares[k] = static_cast<std::uint32_t>((operations[k] + slots - 1) / slots);
        sum += shares[k];
    }
    if (sum > elements) return std::nullopt;
    // A full class makes everything wait for its last free slots.
    const std::uint32_t left = elements - static_cast<std::uint32_t>(sum);
    for (std::uint32_t given = 0; part > 0 && given < left / part; ++given) {
        std::size_t fullest = 1;
        for (std::size_t k = 2; k < kClasses; ++k)
            if (operations[k] * shares[fullest] > operations[fullest] * shares[k]) fullest = k;
        if (shares[fullest] > 0) ++shares[fullest];
    }
    shares[0] += elements - std::accumulate(shares.begin(), shares.end(), 0U);
    return shares;
}

}  // namespace memo::hls
