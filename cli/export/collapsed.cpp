// Collapsed stacks (cli/export/exports.h), as flamegraph.pl and its many heirs read them.
#include "cli/export/exports.h"

#include <algorithm>
#include <array>
#include <map>

namespace memo::cli {

std::string_view weight_name(Weight weight) {
    static constexpr std::array<std::string_view, kWeights> kNames = {"allocated", "peak", "temporary",
                                                                      "allocations"};
    return kNames.at(static_cast<std::size_t>(weight));
}

std::uint64_t weight_of(const Group& cost, Weight weight) {
    switch (weight) {
        case Weight::allocated:
            return cost.bytes;
        case Weight::peak:
            return cost.peak_bytes;
        case Weight::temporary:
            return cost.temporary_bytes;
        case Weight::allocations:
            break;
    }
    return cost.allocations;
}

std::vector<FunctionStack> function_stacks(const Exported& what) {
    std::map<std::vector<std::uint32_t>, Weights> sums;
    for (const Origin& origin : origins_of(what.summary, what.requesters, what.tags)) {
        std::vector<std::uint32_t> functions;
        const auto stack = what.frames.stack(origin.site);
        for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame)
            functions.push_back(what.frames.frames()[*frame].function);
        Weights& sum = sums[std::move(functions)];
        for (std::size_t i = 0; i < kWeights; ++i)
            sum.at(i) += weight_of(origin.cost, static_cast<Weight>(i));
    }
    std::vector<FunctionStack> stacks;
    stacks.reserve(sums.size());
    for (const auto& [functions, weights] : sums) stacks.push_back({functions, weights});
    return stacks;
}

void export_collapsed(const Exported& what, Weight weight, WholeFile& out) {
    for (const FunctionStack& stack : function_stacks(what)) {
        const std::uint64_t amount = stack.weights.at(static_cast<std::size_t>(weight));
        if (amount == 0) continue;
        std::string line;
        for (const std::uint32_t function : stack.functions) {
            std::string name = what.frames.functions()[function].name;
            std::replace(name.begin(), name.end(), ';', ':');
            line += (line.empty() ? "" : ";") + name;
        }
        out.write((line.empty() ? "[unknown]" : line) + " " + std::to_string(amount) + "\n");
    }
}

}  // namespace memo::cli
