// The shapes of networks (architecture.h).
#include "scientific/ligo/nets/architecture.h"

#include <algorithm>

namespace memo::ligo {

namespace {

constexpr std::size_t kMostReach = 16 * static_cast<std::size_t>(kNetRate);

}  // namespace

std::string Architecture::wrong() const {
    const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
    if (!within(channels, 2, 256) || channels % 2 != 0) return "channels must be even, 2 to 256";
    if (!within(stride, 1, 64) || !within(stem_taps, stride, 1024) || stem_taps % stride != 0)
        return "the stem's taps must be a multiple of its stride";
    if (!within(taps, 2, 64) || !within(join_taps, 1, 64) || !within(joined, 2, 256))
        return "taps and joined channels are out of range";
    if (!within(lag, 0, 1000) || !within(width, 1, 1000)) return "lag and width are out of range";
    if (dilations.empty() || dilations.size() > 64 ||
        std::any_of(dilations.begin(), dilations.end(), [&](int one) { return !within(one, 1, 65536); }))
        return "dilations must be 1 to 64 positive numbers";
    if (reach() > kMostReach) return "a frame would depend on more than 16 s";
    return "";
}

Architecture architecture_of(int model) {
    Architecture architecture;
    // Different looks at the same strain fail at different noise.
    if (model % 2 == 1) {
        architecture.taps = 3;
        architecture.dilations = {1, 3, 9, 27, 36};
    }
    return architecture;
}

}  // namespace memo::ligo
