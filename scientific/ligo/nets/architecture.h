// The shape of a network, and what follows from it for times and lengths. Thread safety: plain values.
//
// A network looks at the whitened strain of both detectors at kNetRate. A branch, the same for both: a stem
// of `stem_taps` at every `stride`-th sample, then gated layers as in WaveNet (van den Oord and others,
// arXiv:1609.03499, section 2.3),
//     x <- x + W (tanh(f * x) sigmoid(g * x)),
// f and g of `taps` taps, dilated (tanh(x / 2) = 2 sigmoid(x) - 1 here, so that one sigmoid does for both).
// The two branches are joined by a convolution over both, two of 1 x 1 follow, and the result is the log odds
// of a merger, frame by frame; sigmoid(log odds) is the probability. Nothing is padded: a frame depends on
// reach() samples and on nothing else.
//
// Frame i ends with input sample reach() - 1 + i stride and is taught to be positive in the `width` frames
// from `lag` frames after the merger on. With its own time set back by lag + width, a merger makes a plateau
// of `width` frames whose right edge is the merger.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace memo::ligo {

inline constexpr double kNetRate = 1024;  // Hz
// What models multiply white strain by first: noise in the band of 30 to 450 Hz has unit variance then.
inline constexpr float kInputScale = 1.1F;

struct Architecture {
    int channels = 48;  // whole vectors of 16: convolutions of 24 channels take longer than those of 32
    int stem_taps = 48;
    int stride = 16;
    int taps = 4;
    std::vector<int> dilations = {1, 4, 16, 32};
    int joined = 32;  // channels after the join
    int join_taps = 3;
    int lag = 3;    // frames
    int width = 8;  // frames

    // Why it cannot be; empty if it can.
    [[nodiscard]] std::string wrong() const;

    [[nodiscard]] double frame_rate() const { return kNetRate / stride; }  // Hz
    [[nodiscard]] std::size_t lost_frames() const {
        std::size_t lost = static_cast<std::size_t>(join_taps) - 1;
        for (const int dilation : dilations) lost += static_cast<std::size_t>(dilation * (taps - 1));
        return lost;
    }
    [[nodiscard]] std::size_t reach() const {  // samples a frame depends on
        return lost_frames() * static_cast<std::size_t>(stride) + static_cast<std::size_t>(stem_taps);
    }
    // From the time of a frame's last sample back to the time it speaks of.
    [[nodiscard]] double delay() const { return (lag + width) / frame_rate(); }

    bool operator==(const Architecture&) const = default;
};

// The four of the ensemble: 0 to 3. They differ in dilations and taps, and in what they are taught.
inline constexpr int kModels = 4;
[[nodiscard]] Architecture architecture_of(int model);

}  // namespace memo::ligo
