// What the data looks like around a time (scan_page.h).
#include "scientific/ligo/strain/matched_filter.h"
#include "scientific/ligo/strain/page/scan_page.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

constexpr double kSeenFrom = 40;   // Hz: of a template's part that can be seen
constexpr double kShortest = 0.4;  // s: before the merger
constexpr double kLongest = 3;
constexpr double kFitSeconds = 16;  // s: of the transform that makes the fitted template
constexpr double kFitMerger = 12;   // s: where in it the merger lies

[[nodiscard]] Curve cut(const Curve& curve, double begin, double end) {
    const auto index = [&](double gps) {
        const double at = std::ceil((gps - curve.gps_start) * curve.rate);
        return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(curve.values.size())));
    };
    Curve part{curve.name,
               curve.colour,
               curve.gps_start + static_cast<double>(index(begin)) / curve.rate,
               curve.rate,
               {}};
    part.values.assign(
        curve.values.begin() + static_cast<std::ptrdiff_t>(index(begin)),
        curve.values.begin() + static_cast<std::ptrdiff_t>(std::max(index(begin), index(end))));
    return part;
}

[[nodiscard]] Curve strain_of(const Conditioned& data) {
    return {data.detector, "", data.gps_start, data.rate, data.samples};
}

// The whitened template, with the amplitude and the phase of z at a time: what the matched filter hears
// there.
[[nodiscard]] std::optional<Curve> fit(const Conditioned& data, const Binary& binary,
                                       const ConditioningOptions& options, const Complex& z, double gps) {
    const WhiteStretch* stretch = data.stretch_at(gps);
    if (stretch == nullptr) return std::nullopt;
    const Waveform waveform(binary);
    RealFft fft(static_cast<std::size_t>(kFitSeconds * data.rate));
    const double unit = waveform.amplitude(options.low) * stretch->gain.at((options.low + options.high) / 2);
    double power = 0;
    for (std::size_t k = 1; k + 1 < fft.bins(); ++k) {
        const double f = static_cast<double>(k) / kFitSeconds;
        const bool kept = f > options.low - options.edge && f <= waveform.highest_frequency();
        const double amplitude = kept ? waveform.amplitude(f) * stretch->gain.at(f) / unit : 0;
        power += amplitude * amplitude;
        fft.spectrum()[k] =
            kept ? Complex(std::polar(amplitude, -waveform.phase(f) - 2 * std::numbers::pi * f * kFitMerger))
                 : Complex();
    }
    const double norm = std::sqrt(2 * static_cast<double>(fft.size()) * power);
    for (Complex& value : fft.spectrum()) value *= z / static_cast<float>(norm);
    fft.spectrum().front() = fft.spectrum().back() = Complex();
    fft.inverse();
    return Curve{"template", "fit", gps - kFitMerger, data.rate, {fft.series().begin(), fft.series().end()}};
}

}  // namespace

PageView look_at(const std::array<const Conditioned*, kDetectors>& data, const std::vector<Curve>& models,
                 const ConditioningOptions& options, const std::optional<Candidate>& matched,
                 const Binary& binary, double gps) {
    PageView view;
    view.gps = gps;
    view.matched = matched;
    const Binary& model = matched ? matched->binary : binary;
    view.before = std::clamp(3 * duration(model, kSeenFrom), kShortest, kLongest);
    view.after = view.before / 3;
    const double begin = gps - view.before;
    const double end = gps + view.after;
    for (std::size_t d = 0; d < kDetectors; ++d) {
        view.strain[d] = cut(strain_of(*data[d]), begin, end);
        view.maps[d] = time_frequency(*data[d], begin, end);
        const SnrSeries series = snr_series(*data[d], model, options, begin, end);
        view.snr[d] = {data[d]->detector, "", series.gps_start, series.rate, {}};
        for (const Complex& z : series.z) view.snr[d].values.push_back(std::abs(z));
        if (matched && !series.z.empty()) {
            const double place = std::round((matched->gps[d] - series.gps_start) * series.rate);
            const auto at =
                static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(series.z.size() - 1)));
            if (const std::optional<Curve> whole =
                    fit(*data[d], model, options, series.z[at],
                        series.gps_start + static_cast<double>(at) / series.rate))
                view.fitted[d] = cut(*whole, begin, end);
        }
    }
    for (const Curve& curve : models) view.models.push_back(cut(curve, begin, end));
    return view;
}

}  // namespace memo::ligo
