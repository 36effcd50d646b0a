// The model as text, and the order that its answer stands for.
#include "planner/mip.h"

#include "planner/cbc.h"
#include "planner/conflict_index.h"
#include "planner/greedy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace memo::planner {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;

// Nothing if there are more than kMipPairs.
std::optional<std::vector<Pair>> living_together(const std::vector<Block>& blocks) {
    std::vector<Pair> pairs;
    ConflictIndex before(blocks);
    for (std::uint32_t block = 0; block < blocks.size(); ++block) {
        before.for_each_overlapping(blocks[block].life,
                                    [&](std::uint32_t other) { pairs.emplace_back(other, block); });
        if (pairs.size() > kMipPairs) return std::nullopt;
        before.place(block);
    }
    return pairs;
}

// The text of the model. Variable xI is block I's offset in steps, H the height, bK the K-th pair's binary: 1
// where its second block is the upper one.
//
// With one alignment for all blocks, sizes rounded up to it keep every block aligned, and a step is a unit.
// Otherwise a step is the block's own alignment, and steps are whole. Lengths are in units, the largest that
// all of them are multiples of, so long as the height is of moderate size then; else the height is made so.
class Model {
  public:
    Model(const Problem& problem, Bytes ceiling) : blocks_(problem.blocks), ceiling_(ceiling) {
        const Bytes first = blocks_.front().alignment;
        mixed_ = std::any_of(blocks_.begin(), blocks_.end(),
                             [&](const Block& block) { return block.alignment != first; });
        std::uint64_t unit = 0;
        for (const Block& block : blocks_) {
            unit = std::gcd(std::gcd(unit, block.size.value), block.alignment.value);
        }
        constexpr double kModerate = 10'000;
        unit_ = std::max(static_cast<double>(unit), static_cast<double>(ceiling.value) / kModerate);
        switch_ = in_units(mixed_ ? ceiling : Offset{ceiling.value}.aligned_up(first) - Offset{});
    }

    [[nodiscard]] std::string text(const std::vector<Pair>& pairs, Bytes floor) {
        text_ = "Minimize\n obj: H\nSubject To\n";
        for (std::size_t block = 0; block < blocks_.size(); ++block) {
            add(" H - ").offset(block).add(" >= ").length(blocks_[block].size).add("\n");
        }
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            const auto [a, b] = pairs[pair];
            // b above a where the binary is 1, a above b where it is 0.
            add(" ").offset(b).add(" - ").offset(a).add(" - ").number(switch_).add(" b").index(pair);
            add(" >= ").number(spacing(a) - switch_).add("\n");
            add(" ").offset(a).add(" - ").offset(b).add(" + ").number(switch_).add(" b").index(pair);
            add(" >= ").number(spacing(b)).add("\n");
        }
        add("Bounds\n ").length(floor).add(" <= H <= ").length(ceiling_).add("\n");
        add(mixed_ ? "Generals\n" : "");
        for (std::size_t block = 0; mixed_ && block < blocks_.size(); ++block)
            add(" x").index(block).add("\n");
        add("Binaries\n");
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) add(" b").index(pair).add("\n");
        add("End\n");
        return std::move(text_);
    }

    // Where a block is, in units, if its variable has this value.
    [[nodiscard]] double place(std::size_t block, double value) const { return value * step(block); }

  private:
    [[nodiscard]] double in_units(Bytes length) const { return static_cast<double>(length.value) / unit_; }
    [[nodiscard]] double step(std::size_t block) const {
        return mixed_ ? in_units(blocks_[block].alignment) : 1;
    }
    // How far above `block` the next one begins at least.
    [[nodiscard]] double spacing(std::size_t block) const {
        const auto& [size, alignment, life] = blocks_[block];
        return in_units(mixed_ ? size : Offset{size.value}.aligned_up(alignment) - Offset{});
    }

    Model& add(std::string_view words) { return text_ += words, *this; }
    Model& index(std::size_t value) { return text_ += std::to_string(value), *this; }
    Model& number(double value) {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        text_.append(digits.data(), end);
        return *this;
    }
    Model& length(Bytes value) { return number(in_units(value)); }
    Model& offset(std::size_t block) { return number(step(block)).add(" x").index(block); }

    const std::vector<Block>& blocks_;
    Bytes ceiling_;
    bool mixed_ = false;
    double unit_ = 1;
    double switch_ = 0;  // more than any two offsets differ by, sizes included
    std::string text_;
};

}  // namespace

Result<Packing> mip(const Problem& problem, const Budget& budget) {
    const auto& blocks = problem.blocks;
    if (blocks.empty()) return Packing{};
    const auto pairs = living_together(blocks);
    if (!pairs) {
        return Error{"mip takes at most " + std::to_string(kMipPairs) +
                     " pairs of blocks that live at the same time, and this problem has more"};
    }
    Packing greedy = place_in_order(problem, placement_order(problem, Order::size), GapRule::first);
    Model model(problem, greedy.height);
    const auto values = run_cbc(model.text(*pairs, max_load(problem)), budget);
    if (!values) return Error{values.error()};

    std::vector<double> places(blocks.size(), 0.0);
    for (const auto& [block, value] : *values) {
        if (block < blocks.size()) places[block] = model.place(block, value);
    }
    std::vector<std::uint32_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(places[a], a) < std::tie(places[b], b);
    });
    Packing solved = place_in_order(problem, order, GapRule::first);
    return solved.height < greedy.height ? solved : greedy;
}

}  // namespace memo::planner
