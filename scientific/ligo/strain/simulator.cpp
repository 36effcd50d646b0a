// Made-up data (simulator.h).
#include "scientific/ligo/strain/simulator.h"

#include "scientific/ligo/strain/block_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

using std::numbers::pi;

constexpr double kColouringSeconds =
    8;  // of the filter that colours: features of 1/4 Hz, far finer than the fit's
constexpr double kInjectionRoom = 1;  // s, beyond a signal's Newtonian length

// sqrt(S rate / 2), which colours white noise of unit variance.
[[nodiscard]] Spectrum colouring() {
    Spectrum gain{1 / kColouringSeconds, {}};
    const auto bins = static_cast<std::size_t>(kStrainRate / 2 * kColouringSeconds) + 1;
    for (std::size_t k = 0; k < bins; ++k)
        gain.values.push_back(std::sqrt(design_psd(static_cast<double>(k) * gain.step) * kStrainRate / 2));
    return gain;
}

// White noise at any sample since GPS 0.
class White {
  public:
    White(const RandomStream& stream, std::uint64_t first) : stream_(stream), first_(first) {}

    void operator()(std::ptrdiff_t first, std::span<float> to) const {
        const std::uint64_t begin = first_ + static_cast<std::uint64_t>(first);
        std::size_t i = 0;
        if (begin % 2 == 1 && !to.empty()) to[i++] = stream_.normals(begin / 2).second;
        for (; i + 1 < to.size(); i += 2) {
            const auto [even, odd] = stream_.normals((begin + i) / 2);
            to[i] = even;
            to[i + 1] = odd;
        }
        if (i < to.size()) to[i] = stream_.normals((begin + i) / 2).first;
    }

  private:
    RandomStream stream_;
    std::uint64_t first_;
};

[[nodiscard]] double snr_of(std::span<const float> white) {
    double sum = 0;
    for (const float sample : white) sum += static_cast<double>(sample) * static_cast<double>(sample);
    return std::sqrt(sum);
}

}  // namespace

Strain simulate_noise(const NoiseOptions& options, std::size_t detector) {
    Strain strain;
    strain.detector = detectors()[detector].name;
    strain.gps_start = options.gps_start;
    strain.samples.resize(static_cast<std::size_t>(std::lround(options.seconds * kStrainRate)));
    strain.good = {{0, strain.samples.size()}};
    const auto first = static_cast<std::uint64_t>(std::llround(options.gps_start * kStrainRate));
    BlockFilter filter(colouring(), kStrainRate, kStrainRate);
    filter.run(White(RandomStream(options.seed, detector), first), 0, strain.samples.size(), strain.samples);
    return strain;
}

WhiteSignals white_signals(const Injection& injection, const std::array<const Spectrum*, kDetectors>& gains,
                           const ConditioningOptions& options, const SignalWindow& window) {
    const auto size = static_cast<std::size_t>(std::lround(window.seconds * options.rate));
    const double step = options.rate / static_cast<double>(size);
    const Waveform waveform(injection.binary);
    WhiteSignals signals;
    signals.rate = options.rate;
    signals.gps_start =
        std::floor((injection.gps + window.after - window.seconds) * options.rate) / options.rate;
    std::array<Response, kDetectors> responses;
    RealFft fft(size);
    const auto first = static_cast<std::size_t>((options.low - options.edge) / step);
    const double reference = waveform.amplitude(options.low);
    double squares = 0;
    for (std::size_t d = 0; d < kDetectors; ++d) {
        responses[d] = response_of(detectors()[d], injection.source);
        signals.merger[d] = injection.gps + responses[d].delay;
        const double merger = signals.merger[d] - signals.gps_start;
        // Whitened at a distance that makes amplitudes about 1.
        const double unit = gains[d]->at(options.low) * reference;
        std::fill(fft.spectrum().begin(), fft.spectrum().end(), Complex());
        for (std::size_t k = std::max<std::size_t>(first, 1); k + 1 < fft.bins(); ++k) {
            const double f = static_cast<double>(k) * step;
            const double gain = gains[d]->at(f);
            if (gain == 0) continue;
            if (f > waveform.highest_frequency()) break;
            const std::complex<double> white = waveform.amplitude(f) * gain / unit * responses[d].factor *
                                               std::polar(1.0, -waveform.phase(f) - 2 * pi * f * merger);
            fft.spectrum()[k] = Complex(white);
        }
        fft.inverse();
        signals.samples[d].assign(fft.series().begin(), fft.series().end());
        // To strain at 1 Mpc: the inverse transform's rate / size, and the unit.
        const double at_1_mpc = snr_of(signals.samples[d]) * step * unit;
        signals.snr[d] = at_1_mpc;
        squares += at_1_mpc * at_1_mpc;
        const auto normal = static_cast<float>(step * unit);
        for (float& sample : signals.samples[d]) sample *= normal;
    }
    signals.distance = std::sqrt(squares) / injection.network_snr;
    for (std::size_t d = 0; d < kDetectors; ++d) {
        signals.snr[d] /= signals.distance;
        const auto scale = static_cast<float>(1 / signals.distance);
        for (float& sample : signals.samples[d]) sample *= scale;
    }
    return signals;
}

void add(std::span<const float> signal, double signal_start, double rate, double gps_start,
         std::span<float> to) {
    const auto shift = static_cast<std::ptrdiff_t>(std::llround((signal_start - gps_start) * rate));
    for (std::size_t i = 0; i < signal.size(); ++i) {
        const std::ptrdiff_t at = shift + static_cast<std::ptrdiff_t>(i);
        if (at >= 0 && at < static_cast<std::ptrdiff_t>(to.size()))
            to[static_cast<std::size_t>(at)] += signal[i];
    }
}

WhiteSignals inject(const Injection& injection, const std::array<const Spectrum*, kDetectors>& psds,
                    const ConditioningOptions& options, double low, std::array<Strain, kDetectors>& strain) {
    const double needed = duration(injection.binary, low) * 1.1 + 2 * kInjectionRoom;
    const double seconds = std::exp2(std::ceil(std::log2(std::max(needed, 8.0))));
    std::array<Spectrum, kDetectors> gains;
    std::array<const Spectrum*, kDetectors> pointers{};
    for (std::size_t d = 0; d < kDetectors; ++d) {
        gains[d] = whitening_gain(*psds[d], options);
        pointers[d] = &gains[d];
    }
    WhiteSignals signals =
        white_signals(injection, pointers, options, {.seconds = seconds, .after = kInjectionRoom});
    const Waveform waveform(injection.binary);
    for (std::size_t d = 0; d < kDetectors; ++d) {
        const Response response = response_of(detectors()[d], injection.source);
        const auto size = static_cast<std::size_t>(std::lround(seconds * strain[d].rate));
        const double merger = signals.merger[d] - signals.gps_start;
        const double step = strain[d].rate / static_cast<double>(size);
        const double unit = waveform.amplitude(low);
        RealFft fft(size);
        for (std::size_t k = 1; k + 1 < fft.bins(); ++k) {
            const double f = static_cast<double>(k) * step;
            const bool kept = f >= low && f <= waveform.highest_frequency();
            fft.spectrum()[k] = kept ? Complex(waveform.amplitude(f) / unit * response.factor *
                                               std::polar(1.0, -waveform.phase(f) - 2 * pi * f * merger))
                                     : Complex();
        }
        fft.spectrum().front() = fft.spectrum().back() = Complex();
        fft.inverse();
        const auto scale = static_cast<float>(step * unit / signals.distance);
        for (float& sample : fft.series()) sample *= scale;
        add(fft.series(), signals.gps_start, strain[d].rate, strain[d].gps_start, strain[d].samples);
        signals.samples[d].clear();
    }
    return signals;
}

Spectrum sampled_design(const ConditioningOptions& options) {
    Spectrum psd{1 / options.psd_seconds, {}};
    const auto bins = static_cast<std::size_t>(options.rate / 2 * options.psd_seconds) + 1;
    for (std::size_t k = 0; k < bins; ++k)
        psd.values.push_back(design_psd(static_cast<double>(k) * psd.step));
    return psd;
}

}  // namespace memo::ligo
