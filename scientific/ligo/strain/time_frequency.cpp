// Energy over time and frequency (time_frequency.h).
#include "scientific/ligo/strain/time_frequency.h"

#include "scientific/ligo/strain/fft.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace memo::ligo {

namespace {

// The samples around [begin, end), of a power of two, with `margin` more at both ends; 0 where there is no
// data.
[[nodiscard]] std::size_t load(const Conditioned& data, std::ptrdiff_t begin, std::size_t count,
                               std::size_t margin, RealFft& fft) {
    const std::ptrdiff_t first = begin - static_cast<std::ptrdiff_t>(margin);
    std::fill(fft.series().begin(), fft.series().end(), 0.0F);
    for (std::size_t i = 0; i < count + 2 * margin; ++i) {
        const std::ptrdiff_t at = first + static_cast<std::ptrdiff_t>(i);
        if (at >= 0 && at < static_cast<std::ptrdiff_t>(data.samples.size()))
            fft.series()[i] = data.samples[static_cast<std::size_t>(at)];
    }
    fft.forward();
    return margin;
}

// Of white noise's power at a frequency, what the band has left.
[[nodiscard]] double share_left(const WhiteStretch& stretch, double frequency, double rate) {
    const double gain = stretch.gain.at(frequency);
    return std::min(1.0, gain * gain * stretch.psd.at(frequency) * rate / 2);
}

}  // namespace

double TimeFrequencyMap::frequency(std::size_t row) const {
    return low * std::pow(high / low, static_cast<double>(row) / static_cast<double>(rows - 1));
}

TimeFrequencyMap time_frequency(const Conditioned& data, double gps_begin, double gps_end,
                                const TimeFrequencyOptions& options) {
    TimeFrequencyMap map{gps_begin,    gps_end - gps_begin, options.low, options.high,
                         options.rows, options.columns,     {}};
    const double from = std::round((gps_begin - data.gps_start) * data.rate);
    const auto count = static_cast<std::size_t>(std::lround((gps_end - gps_begin) * data.rate));
    if (count == 0 || from + static_cast<double>(count) <= 0 ||
        from >= static_cast<double>(data.samples.size()))
        return map;
    const WhiteStretch* stretch = data.stretch_at(0.5 * (gps_begin + gps_end));
    if (stretch == nullptr) return map;
    const auto margin = static_cast<std::size_t>(data.rate);  // far longer than the lowest tile
    RealFft fft(std::bit_ceil(count + 2 * margin));
    const std::size_t offset = load(data, static_cast<std::ptrdiff_t>(from), count, margin, fft);
    ComplexFft tile(fft.size());
    const double step = data.rate / static_cast<double>(fft.size());
    map.energy.resize(map.rows * map.columns);
    for (std::size_t row = 0; row < map.rows; ++row) {
        const double centre = map.frequency(row);
        const double half = centre * std::sqrt(11.0) / options.q;  // of the window's width
        std::fill(tile.values().begin(), tile.values().end(), Complex());
        double power = 0;
        for (std::size_t k = 1; k + 1 < fft.bins(); ++k) {
            const double away = (static_cast<double>(k) * step - centre) / half;
            if (std::abs(away) >= 1) continue;
            const double weight = std::pow(1 - away * away, 2);
            power += weight * weight * share_left(*stretch, static_cast<double>(k) * step, data.rate);
            tile.values()[k] = fft.spectrum()[k] * static_cast<float>(weight);
        }
        tile.inverse();
        // White noise of unit variance has spectra of mean power `size`.
        const auto scale = static_cast<float>(1 / (power * static_cast<double>(fft.size())));
        float* cells = map.energy.data() + row * map.columns;
        for (std::size_t i = 0; i < count; ++i) {
            float& cell = cells[i * map.columns / count];
            cell = std::max(cell, scale * std::norm(tile.values()[offset + i]));
        }
        if (count < map.columns)  // more cells than samples: the one before
            for (std::size_t c = 1; c < map.columns; ++c)
                if (cells[c] == 0) cells[c] = cells[c - 1];
    }
    return map;
}

}  // namespace memo::ligo
