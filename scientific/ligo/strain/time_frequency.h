// Energy over time and frequency: the Q transform of white data (Chatterji, Blackburn, Martin and
// Katsavounidis, Class. Quantum Grav. 21, S1809 (2004)), its frequencies equally spaced in their logarithm,
// of one Q.
//
// A tile's window is the bisquare one, of width 2 sqrt(11) f / Q in frequency; its energy is divided by the
// mean that noise of unit variance has, so that 1 is noise's mean and exp(-x) the chance of more than x.
// Thread safety: pure functions.
#pragma once

#include "scientific/ligo/strain/conditioning.h"

#include <vector>

namespace memo::ligo {

struct TimeFrequencyOptions {
    double low = 30;  // Hz
    double high = 430;
    double q = 8;
    std::size_t rows = 90;
    std::size_t columns = 480;
};

struct TimeFrequencyMap {
    double gps_start = 0;
    double seconds = 0;
    double low = 0;  // Hz, of the first row; the last one's is `high`
    double high = 0;
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<float> energy;  // row by row; of a cell: the greatest within it

    [[nodiscard]] float at(std::size_t row, std::size_t column) const {
        return energy[row * columns + column];
    }
    [[nodiscard]] double frequency(std::size_t row) const;  // Hz
};

// Of [gps_begin, gps_end); empty where the data has none of it.
[[nodiscard]] TimeFrequencyMap time_frequency(const Conditioned& data, double gps_begin, double gps_end,
                                              const TimeFrequencyOptions& options = {});

}  // namespace memo::ligo
