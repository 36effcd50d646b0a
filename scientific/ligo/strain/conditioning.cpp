// From strain to what the networks look at (conditioning.h).
#include "scientific/ligo/strain/conditioning.h"

#include "scientific/ligo/strain/block_filter.h"
#include "scientific/ligo/strain/good_ranges.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

constexpr double kCorrectionPart = 0.25;  // s

// 1 within the band, falling as a cosine to 0 at `edge` outside it.
[[nodiscard]] double band(double frequency, const ConditioningOptions& options) {
    const double outside = std::max({0.0, options.low - frequency, frequency - options.high});
    if (outside >= options.edge) return 0;
    return 0.5 + 0.5 * std::cos(std::numbers::pi * outside / options.edge);
}

// Before the filter's finite length smooths it.
[[nodiscard]] Spectrum sharp_gain(const Spectrum& psd, const ConditioningOptions& options) {
    Spectrum gain{psd.step, std::vector<double>(psd.values.size())};
    for (std::size_t k = 0; k < psd.values.size(); ++k) {
        const double weight = band(static_cast<double>(k) * psd.step, options);
        if (weight > 0 && psd.values[k] > 0)
            gain.values[k] = weight / std::sqrt(psd.values[k] * options.rate / 2);
    }
    return gain;
}

// What brings the samples to the variance that white noise would have in the band. By the median over
// quarters of a second, which a signal does not move.
[[nodiscard]] double correction_of(std::span<const float> samples, double step,
                                   const ConditioningOptions& options) {
    const auto part = static_cast<std::size_t>(kCorrectionPart * options.rate);
    std::vector<double> variances;
    for (std::size_t i = 0; i + part <= samples.size(); i += part) {
        double sum = 0;
        for (const float sample : samples.subspan(i, part))
            sum += static_cast<double>(sample) * static_cast<double>(sample);
        variances.push_back(sum / static_cast<double>(part));
    }
    const auto middle = variances.begin() + static_cast<std::ptrdiff_t>(variances.size() / 2);
    std::nth_element(variances.begin(), middle, variances.end());
    double expected = 0;
    for (int k = 0; k * step < options.rate / 2; ++k) expected += std::pow(band(k * step, options), 2) * step;
    expected *= 2 / options.rate;
    return *middle > 0 ? std::sqrt(expected / *middle) : 1;
}

// The good ranges that are long enough, beginning and ending on an output sample; of the input.
[[nodiscard]] std::vector<Range> usable(const Strain& strain, const ConditioningOptions& options,
                                        std::vector<std::string>& notes) {
    const auto ratio = static_cast<std::size_t>(std::lround(strain.rate / options.rate));
    std::vector<Range> ranges;
    std::vector<Range> short_ones;
    for (const Range& range : strain.good) {
        const Range aligned{(range.begin + ratio - 1) / ratio * ratio, range.end / ratio * ratio};
        const double seconds = static_cast<double>(range.size()) / strain.rate;
        const bool usable = seconds >= options.shortest && aligned.end > aligned.begin;
        (usable ? ranges : short_ones).push_back(usable ? aligned : range);
    }
    if (!short_ones.empty())
        notes.push_back(fmt::format("good data left out, stretches shorter than {:g} s: {}", options.shortest,
                                    told(short_ones, strain)));
    return ranges;
}

// A good range cut into stretches of about `length` samples, multiples of `ratio`.
[[nodiscard]] std::vector<Range> stretches_of(const Range& range, std::size_t length, std::size_t ratio) {
    const std::size_t count = std::max<std::size_t>(1, (range.size() + length / 2) / length);
    std::vector<Range> stretches;
    std::size_t begin = range.begin;
    for (std::size_t i = 1; i <= count; ++i) {
        const std::size_t end =
            i == count ? range.end : range.begin + range.size() / ratio * i / count * ratio;
        stretches.push_back({begin, end});
        begin = end;
    }
    return stretches;
}

// Reads a good range of strain as if all around it were 0, with its ends tapered.
class Tapered {
  public:
    Tapered(std::span<const float> samples, const Range& range, std::size_t taper)
        : samples_(samples), range_(range), weights_(std::min(taper, range.size() / 2)) {
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(weights_.size());
            weights_[i] = static_cast<float>(0.5 - 0.5 * std::cos(std::numbers::pi * share));
        }
    }

    void operator()(std::ptrdiff_t first, std::span<float> to) const {
        const auto last = first + static_cast<std::ptrdiff_t>(to.size());
        const std::ptrdiff_t begin = std::clamp(static_cast<std::ptrdiff_t>(range_.begin), first, last);
        const std::ptrdiff_t end = std::clamp(static_cast<std::ptrdiff_t>(range_.end), begin, last);
        std::fill(to.begin(), to.begin() + (begin - first), 0.0F);
        std::copy(samples_.begin() + begin, samples_.begin() + end, to.begin() + (begin - first));
        std::fill(to.begin() + (end - first), to.end(), 0.0F);
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            weigh(to, static_cast<std::ptrdiff_t>(range_.begin + i) - first, weights_[i]);
            weigh(to, static_cast<std::ptrdiff_t>(range_.end - 1 - i) - first, weights_[i]);
        }
    }

  private:
    static void weigh(std::span<float> to, std::ptrdiff_t at, float weight) {
        if (at >= 0 && at < static_cast<std::ptrdiff_t>(to.size()))
            to[static_cast<std::size_t>(at)] *= weight;
    }

    std::span<const float> samples_;
    Range range_;
    std::vector<float> weights_;
};

}  // namespace

std::string wrong_options(const ConditioningOptions& options, double input_rate) {
    const double ratio = input_rate / options.rate;
    if (!(options.rate > 0) || !(ratio >= 1) || std::exp2(std::round(std::log2(ratio))) != ratio)
        return fmt::format("an output rate of {:g} Hz is not {:g} Hz over a power of two", options.rate,
                           input_rate);
    if (!(options.edge > 0) || !(options.low >= options.edge) || !(options.high > options.low))
        return fmt::format("{:g} to {:g} Hz with edges of {:g} Hz is no band", options.low, options.high,
                           options.edge);
    if (options.high + options.edge > options.rate / 2)
        return fmt::format(
            "a band up to {:g} Hz with an edge of {:g} Hz needs an output rate of at least {:g} Hz",
            options.high, options.edge, 2 * (options.high + options.edge));
    if (!(options.psd_seconds >= 1) || std::round(options.psd_seconds) != options.psd_seconds)
        return fmt::format("windows of {:g} s: the spectrum needs whole seconds, at least 1",
                           options.psd_seconds);
    if (!(options.shortest >= 2 * options.psd_seconds) || !(options.psd_stretch >= options.shortest) ||
        !(options.taper >= 0) || !(2 * options.taper < options.shortest))
        return fmt::format(
            "the shortest range ({:g} s) must hold two windows ({:g} s each) and both tapers ({:g} s "
            "each), and a stretch ({:g} s) must not be shorter than it",
            options.shortest, options.psd_seconds, options.taper, options.psd_stretch);
    return "";
}

const WhiteStretch* Conditioned::stretch_at(double gps) const {
    const double sample = (gps - gps_start) * rate;
    const WhiteStretch* nearest = nullptr;
    double least = 0;
    for (const WhiteStretch& stretch : stretches) {
        const double away = std::max({0.0, static_cast<double>(stretch.samples.begin) - sample,
                                      sample - static_cast<double>(stretch.samples.end)});
        if (nearest == nullptr || away < least) {
            nearest = &stretch;
            least = away;
        }
    }
    return nearest;
}

Spectrum whitening_gain(const Spectrum& psd, const ConditioningOptions& options) {
    const std::vector<double> sharp = sharp_gain(psd, options).values;
    Spectrum gain{psd.step, std::vector<double>(sharp.size())};
    for (std::size_t k = 0; k < sharp.size(); ++k) {
        const double left = k > 0 ? sharp[k - 1] : sharp[k];
        const double right = k + 1 < sharp.size() ? sharp[k + 1] : 0;
        gain.values[k] = 0.25 * left + 0.5 * sharp[k] + 0.25 * right;
    }
    return gain;
}

Result<Conditioned> condition(const Strain& strain, const ConditioningOptions& options) {
    if (const std::string wrong = wrong_options(options, strain.rate); !wrong.empty()) return Error{wrong};
    const auto ratio = static_cast<std::size_t>(std::lround(strain.rate / options.rate));
    const auto taper = static_cast<std::size_t>(std::lround(options.taper * options.rate));
    const auto input = [&](double seconds) {
        return static_cast<std::size_t>(std::lround(seconds * strain.rate));
    };

    Conditioned result;
    result.detector = strain.detector;
    result.gps_start = strain.gps_start;
    result.rate = options.rate;
    result.samples.resize(strain.samples.size() / ratio);
    result.notes = strain.notes;
    std::vector<Range> zero;
    for (const Range& range : usable(strain, options, result.notes)) {
        const Tapered read(strain.samples, range, input(options.taper));
        bool white = false;
        for (const Range& stretch : stretches_of(range, input(options.psd_stretch), ratio)) {
            const Range within[] = {stretch};
            WhiteStretch white_stretch;
            white_stretch.samples = {stretch.begin / ratio, stretch.end / ratio};
            white_stretch.psd = median_welch(strain.samples, strain.rate, within, options.rate / 2,
                                             {.seconds = options.psd_seconds});
            if (white_stretch.psd.values.empty()) {  // all zero, which some files hold instead of NaN
                zero.push_back(stretch);
                continue;
            }
            // The filter smooths by itself.
            BlockFilter filter(sharp_gain(white_stretch.psd, options), strain.rate, options.rate);
            const Range& out = white_stretch.samples;
            const std::span<float> white_samples = std::span(result.samples).subspan(out.begin, out.size());
            filter.run(read, out.begin, out.end, white_samples);
            white_stretch.gain = whitening_gain(white_stretch.psd, options);
            // The tapered ends are none of it.
            const std::size_t begin = std::max(out.begin, range.begin / ratio + taper);
            const std::size_t end = std::min(out.end, range.end / ratio - taper);
            white_stretch.correction = correction_of(std::span(result.samples).subspan(begin, end - begin),
                                                     white_stretch.psd.step, options);
            for (float& sample : white_samples) sample *= static_cast<float>(white_stretch.correction);
            for (double& gain : white_stretch.gain.values) gain *= white_stretch.correction;
            result.stretches.push_back(std::move(white_stretch));
            white = true;
        }
        if (white) result.good.push_back({range.begin / ratio + taper, range.end / ratio - taper});
    }
    if (!zero.empty()) result.notes.push_back("left out, the strain is zero: " + told(zero, strain));
    return result;
}

}  // namespace memo::ligo
