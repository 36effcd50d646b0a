// The matched filter (matched_filter.h).
#include "scientific/ligo/strain/matched_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

// product = scale data conj(model), the rest 0. In parts: compilers do not vectorise std::complex's own
// product.
void correlate(std::span<const Complex> data, std::span<const Complex> model, float scale,
               std::span<Complex> product) {
    const auto* d = reinterpret_cast<const float*>(data.data());
    const auto* m = reinterpret_cast<const float*>(model.data());
    auto* p = reinterpret_cast<float*>(product.data());
    const std::size_t count = 2 * model.size();
    for (std::size_t i = 0; i < count; i += 2) {
        const float real = d[i] * m[i] + d[i + 1] * m[i + 1];
        const float imaginary = d[i + 1] * m[i] - d[i] * m[i + 1];
        p[i] = scale * real;
        p[i + 1] = scale * imaginary;
    }
    std::fill(product.begin() + static_cast<std::ptrdiff_t>(model.size()), product.end(), Complex());
}

}  // namespace

MatchedFilter::MatchedFilter(const Conditioned& data, const Bank& bank)
    : data_(data),
      bank_(bank),
      in_(bank.block()),
      out_(bank.block()),
      gain_(in_.bins()),
      weighed_(in_.bins()) {}

// The block whose results begin with output sample `first_output`, through the gain of a stretch.
void MatchedFilter::load(std::size_t first_output, const WhiteStretch& stretch) {
    if (stretch_ != &stretch) {
        stretch_ = &stretch;
        const double step = bank_.options().rate / static_cast<double>(bank_.block());
        const double largest = *std::max_element(stretch.gain.values.begin(), stretch.gain.values.end());
        for (std::size_t k = 0; k < gain_.size(); ++k)
            gain_[k] = static_cast<float>(stretch.gain.at(static_cast<double>(k) * step) / largest);
        norms_.assign(bank_.size(), 0);
    }
    const std::ptrdiff_t first =
        static_cast<std::ptrdiff_t>(first_output) - static_cast<std::ptrdiff_t>(bank_.before());
    const auto count = static_cast<std::ptrdiff_t>(data_.samples.size());
    for (std::size_t i = 0; i < in_.size(); ++i) {
        const std::ptrdiff_t at = first + static_cast<std::ptrdiff_t>(i);
        in_.series()[i] = at >= 0 && at < count ? data_.samples[static_cast<std::size_t>(at)] : 0.0F;
    }
    in_.forward();
    for (std::size_t k = 0; k < weighed_.size(); ++k) weighed_[k] = in_.spectrum()[k] * gain_[k];
}

// What the sum over frequencies of data times template is divided by.
double MatchedFilter::norm_of(std::size_t index) const {
    double power = 0;
    const std::span<const Complex> spectrum = bank_.spectrum(index);
    for (std::size_t k = 0; k < spectrum.size(); ++k)
        power += static_cast<double>(std::norm(spectrum[k])) * static_cast<double>(gain_[k]) *
                 static_cast<double>(gain_[k]);
    return std::sqrt(0.5 * static_cast<double>(bank_.block()) * power);
}

void MatchedFilter::run(const Range& range, const Visit& visit) {
    const std::size_t fresh = bank_.block() - bank_.before() - bank_.after();
    for (const WhiteStretch& stretch : data_.stretches) {
        const std::size_t end = std::min(range.end, stretch.samples.end);
        for (std::size_t first = std::max(range.begin, stretch.samples.begin); first < end; first += fresh) {
            load(first, stretch);
            for (std::size_t index = 0; index < bank_.size(); ++index) {
                if (norms_[index] == 0) norms_[index] = norm_of(index);
                const auto scale = static_cast<float>(1 / norms_[index]);
                correlate(weighed_, bank_.spectrum(index), scale, out_.values());
                out_.inverse();
                visit(index, first,
                      std::span(out_.values()).subspan(bank_.before(), std::min(fresh, end - first)));
            }
        }
    }
}

double MatchedFilter::chi_squared(std::size_t index, std::size_t sample, std::size_t bands) {
    const double gps = data_.gps_start + static_cast<double>(sample) / data_.rate;
    const WhiteStretch* stretch = data_.stretch_at(gps);
    if (stretch == nullptr) return 0;
    load(sample, *stretch);
    const double norm = norm_of(index);
    const std::span<const Complex> spectrum = bank_.spectrum(index);
    // Bands of equal power of the template; z's part of each at the sample.
    const double whole = norm * norm / (0.5 * static_cast<double>(bank_.block()));
    std::vector<std::complex<double>> parts(bands);
    double power = 0;
    for (std::size_t k = 0; k < spectrum.size(); ++k) {
        const auto g = static_cast<double>(gain_[k]);
        const auto band =
            std::min(bands - 1, static_cast<std::size_t>(power / whole * static_cast<double>(bands)));
        power += static_cast<double>(std::norm(spectrum[k])) * g * g;
        const double angle = 2 * std::numbers::pi * static_cast<double>(k) *
                             static_cast<double>(bank_.before()) / static_cast<double>(bank_.block());
        parts[band] += std::complex<double>(weighed_[k]) * std::conj(std::complex<double>(spectrum[k])) *
                       std::polar(1 / norm, angle);
    }
    std::complex<double> sum = 0;
    for (const std::complex<double>& part : parts) sum += part;
    double squares = 0;
    for (const std::complex<double>& part : parts)
        squares += std::norm(part - sum / static_cast<double>(bands));
    return squares * static_cast<double>(bands) / (2 * static_cast<double>(bands) - 2);
}

SnrSeries snr_series(const Conditioned& data, const Binary& binary, const ConditioningOptions& options,
                     double gps_begin, double gps_end) {
    const auto sample = [&](double gps) {
        const double at = std::round((gps - data.gps_start) * data.rate);
        return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(data.samples.size())));
    };
    const Range range{sample(gps_begin), std::max(sample(gps_begin), sample(gps_end))};
    const Bank bank({binary}, options, static_cast<double>(range.size()) / data.rate);
    SnrSeries series{data.gps_start + static_cast<double>(range.begin) / data.rate, data.rate, {}};
    series.z.resize(range.size());
    MatchedFilter filter(data, bank);
    filter.run(range, [&](std::size_t /*index*/, std::size_t first, std::span<const Complex> z) {
        std::copy(z.begin(), z.end(), series.z.begin() + static_cast<std::ptrdiff_t>(first - range.begin));
    });
    return series;
}

}  // namespace memo::ligo
