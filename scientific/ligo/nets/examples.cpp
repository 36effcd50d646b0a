// What networks learn from (examples.h).
#include "scientific/ligo/nets/examples.h"

#include "scientific/ligo/strain/conditioning.h"
#include "scientific/ligo/strain/fft.h"
#include "scientific/ligo/strain/simulator.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace memo::ligo {

namespace {

using std::numbers::pi;

constexpr std::size_t kWaveSamples = 4096;  // 4 s: a binary of 16 solar masses chirps 3 s from 30 Hz on
constexpr std::size_t kWaveMerger = 3584;   // of them before the merger
constexpr std::uint64_t kNoiseStream =
    100;  // streams of the seed: noise, the bank, and from here on examples
constexpr std::uint64_t kBankStream = 200;
constexpr std::uint64_t kExampleStream = 1000;
constexpr double kHeard = 3;     // SNR in the detector that hears less
constexpr double kApart = 0.25;  // s at least between events

// The design spectrum, deformed: real ones have a wall at low frequencies that moves, and another tilt.
[[nodiscard]] Spectrum deformed(const ConditioningOptions& options, const RandomStream& stream,
                                std::uint64_t first) {
    Spectrum psd = sampled_design(options);
    const double corner = stream.between(first, 15, 70);
    const double steepness = stream.between(first + 1, 4, 9);
    const double tilt = stream.between(first + 2, -0.5, 0.5);
    for (std::size_t k = 0; k < psd.values.size(); ++k) {
        const double f = std::max(10.0, static_cast<double>(k) * psd.step);
        psd.values[k] *= (1 + std::pow(corner / f, steepness)) * std::pow(f / 200, tilt);
    }
    return psd;
}

void normalise(std::vector<float>& samples) {
    double sum = 0;
    for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
    const auto scale = static_cast<float>(1 / std::sqrt(std::max(sum, 1e-300)));
    for (float& sample : samples) sample *= scale;
}

// Both phases of a binary's waveform, whitened; the merger at kWaveMerger.
[[nodiscard]] std::pair<std::vector<float>, std::vector<float>> white_phases(const Binary& binary,
                                                                             const Spectrum& gain) {
    const Waveform waveform(binary);
    const double unit = waveform.amplitude(30) * gain.at(100);
    std::vector<float> phases[2];
    RealFft fft(kWaveSamples);
    const double step = kNetRate / static_cast<double>(kWaveSamples);
    for (int phase = 0; phase < 2; ++phase) {
        for (std::size_t k = 0; k < fft.bins(); ++k) {
            const double f = static_cast<double>(k) * step;
            fft.spectrum()[k] = Complex();
            if (gain.at(f) == 0 || k + 1 == fft.bins() || k == 0 || f > waveform.highest_frequency())
                continue;
            const double merger = static_cast<double>(kWaveMerger) / kNetRate;
            fft.spectrum()[k] =
                Complex(std::polar(waveform.amplitude(f) * gain.at(f) / unit,
                                   -waveform.phase(f) - 2 * pi * f * merger + (phase == 0 ? 0 : pi / 2)));
        }
        fft.inverse();
        phases[phase].assign(fft.series().begin(), fft.series().end());
        normalise(phases[phase]);
    }
    return {std::move(phases[0]), std::move(phases[1])};
}

// exp of a uniform number between the logarithms.
[[nodiscard]] double log_between(const RandomStream& stream, std::uint64_t index, double low, double high) {
    return low * std::exp(stream.uniform(index) * std::log(high / low));
}

}  // namespace

Examples::Examples(const Architecture& architecture, const ExampleOptions& options)
    : architecture_(architecture),
      options_(options),
      samples_(architecture.reach() + static_cast<std::size_t>((options.frames - 1) * architecture.stride)) {
    const ConditioningOptions conditioning;
    for (std::size_t d = 0; d < 2; ++d) {
        const auto white = condition(simulate_noise({.seed = options.seed + kNoiseStream,
                                                     .gps_start = 1000000000,
                                                     .seconds = options.noise_seconds},
                                                    d),
                                     conditioning);
        const Range good = white->good.front();
        noise_[d].assign(white->samples.begin() + static_cast<std::ptrdiff_t>(good.begin),
                         white->samples.begin() + static_cast<std::ptrdiff_t>(good.end));
    }

    const RandomStream stream(options.seed, kBankStream);
    bank_.reserve(static_cast<std::size_t>(options.waveforms));
    for (int i = 0; i < options.waveforms; ++i) {
        const auto first = static_cast<std::uint64_t>(i) * 16;
        const double total = log_between(stream, first, options.lightest, options.heaviest);
        const double ratio = log_between(stream, first + 1, options.least_ratio, 1);
        const double spin =
            std::clamp(options.spins * static_cast<double>(stream.normals(first / 2 + 1).first), -0.8, 0.85);
        const Binary binary{total / (1 + ratio), total * ratio / (1 + ratio), spin};
        auto [cosine, sine] =
            white_phases(binary, whitening_gain(deformed(conditioning, stream, first + 4), conditioning));
        bank_.push_back({std::move(cosine), std::move(sine)});
    }
}

// One example: noise, and what is put into it.
class Examples::Maker {
  public:
    Maker(const Examples& all, std::uint64_t index, double quietest, std::span<float> strain,
          std::span<float> targets, std::span<float> weights)
        : all_(all),
          stream_(all.options_.seed, kExampleStream + index),
          quietest_(quietest),
          strain_(strain),
          targets_(targets),
          weights_(weights) {}

    void make() {
        std::fill(targets_.begin(), targets_.end(), 0.0F);
        std::fill(weights_.begin(), weights_.end(), 1.0F);
        for (std::size_t d = 0; d < 2; ++d) {
            const std::vector<float>& noise = all_.noise_[d];
            const std::size_t from = below(noise.size() - all_.samples_);
            const float sign = uniform() < 0.5 ? -1.0F : 1.0F;
            for (std::size_t i = 0; i < all_.samples_; ++i)
                strain_[d * all_.samples_ + i] = sign * noise[from + i];
        }
        const int frames = all_.options_.frames;
        const int mean = static_cast<int>(all_.architecture_.frame_rate() / all_.options_.rate);
        const int apart = static_cast<int>(all_.architecture_.frame_rate() * kApart);
        int frame = static_cast<int>(below(static_cast<std::size_t>(mean))) - 4;
        while (frame < frames - 4) {
            if (uniform() >= all_.options_.others) {
                merger(frame);
            } else if (uniform() < 0.35) {
                sine_gaussian();
            } else {
                one_sided(frame);
            }
            frame +=
                apart + static_cast<int>(below(static_cast<std::size_t>(std::max(1, 2 * (mean - apart)))));
        }
    }

  private:
    [[nodiscard]] double uniform() { return stream_.uniform(next_++); }
    [[nodiscard]] double between(double low, double high) { return low + (high - low) * uniform(); }
    [[nodiscard]] std::size_t below(std::size_t count) {
        return static_cast<std::size_t>(uniform() * static_cast<double>(count));
    }

    // A waveform whose merger is at sample `merger`.
    void put(const Wave& wave, std::size_t detector, double merger, double snr, double phase) {
        const auto c = static_cast<float>(snr * std::cos(phase));
        const auto s = static_cast<float>(snr * std::sin(phase));
        const auto shift =
            static_cast<std::ptrdiff_t>(std::lround(merger)) - static_cast<std::ptrdiff_t>(kWaveMerger);
        const auto size = static_cast<std::ptrdiff_t>(all_.samples_);
        float* to = strain_.data() + detector * all_.samples_;
        const std::ptrdiff_t end = std::min(size, shift + static_cast<std::ptrdiff_t>(kWaveSamples));
        for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, shift); i < end; ++i) {
            const auto at = static_cast<std::size_t>(i - shift);
            to[i] += c * wave.cosine[at] + s * wave.sine[at];
        }
    }

    // The sample of a merger that makes frames from `frame` on positive.
    [[nodiscard]] double sample_of(int frame) const {
        const Architecture& net = all_.architecture_;
        return static_cast<double>(net.reach()) - 1 + static_cast<double>((frame - net.lag) * net.stride);
    }

    void merger(int frame) {
        const Architecture& net = all_.architecture_;
        const Wave& wave = all_.bank_[below(all_.bank_.size())];
        const double u = uniform();
        const double snr = quietest_ + (all_.options_.loudest - quietest_) * u * u;
        const Source source = Source::random(stream_, next_);
        next_ += 5;
        const Response heard[2] = {response_of(detectors()[0], source), response_of(detectors()[1], source)};
        const double loudness = std::hypot(std::abs(heard[0].factor), std::abs(heard[1].factor));
        const double middle = sample_of(frame) + between(-0.5, 0.5) * net.stride;
        const double mean_delay = 0.5 * (heard[0].delay + heard[1].delay);
        for (std::size_t d = 0; d < 2; ++d) {
            put(wave, d, middle + (heard[d].delay - mean_delay) * kNetRate,
                snr * std::abs(heard[d].factor) / loudness, std::arg(heard[d].factor));
        }
        const int frames = all_.options_.frames;
        const double weaker = snr * std::min(std::abs(heard[0].factor), std::abs(heard[1].factor)) / loudness;
        for (int i = std::max(0, frame); i < std::min(frames, frame + net.width); ++i) {
            targets_[static_cast<std::size_t>(i)] = 1;
            // Taught neither way: such a one cannot be told from one that is in one detector alone.
            if (weaker < kHeard) weights_[static_cast<std::size_t>(i)] = 0;
        }
        for (const int edge : {frame - 1, frame, frame + net.width - 1, frame + net.width}) {
            if (edge >= 0 && edge < frames) weights_[static_cast<std::size_t>(edge)] = 0;
        }
    }

    void one_sided(int frame) {
        const Wave& wave = all_.bank_[below(all_.bank_.size())];
        const double snr = 6 * std::exp(uniform() * std::log(40.0 / 6));
        const std::size_t detector = uniform() < 0.5 ? 0 : 1;
        put(wave, detector, sample_of(frame), snr, between(0, 2 * pi));
    }

    void sine_gaussian() {
        const std::size_t detector = uniform() < 0.5 ? 0 : 1;
        const double frequency = 30 * std::exp(uniform() * std::log(400.0 / 30));
        const double tau = between(2, 25) / (2 * pi * frequency);
        const double snr = 5 * std::exp(uniform() * std::log(60.0 / 5));
        const double phase = between(0, 2 * pi);
        const double middle = uniform() * static_cast<double>(all_.samples_) / kNetRate;
        // The energy of exp(-(t / tau)^2 / 2) cos(2 pi f t) is about tau sqrt(pi) / 2.
        const double amplitude = snr / std::sqrt(tau * std::sqrt(pi) / 2 * kNetRate);
        float* to = strain_.data() + detector * all_.samples_;
        const auto begin = static_cast<std::ptrdiff_t>((middle - 5 * tau) * kNetRate);
        const auto end = static_cast<std::ptrdiff_t>((middle + 5 * tau) * kNetRate);
        for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, begin);
             i < std::min(end, static_cast<std::ptrdiff_t>(all_.samples_)); ++i) {
            const double t = static_cast<double>(i) / kNetRate - middle;
            to[i] += static_cast<float>(amplitude * std::exp(-t * t / (2 * tau * tau)) *
                                        std::cos(2 * pi * frequency * t + phase));
        }
    }

    const Examples& all_;
    RandomStream stream_;
    std::uint64_t next_ = 0;
    double quietest_;
    std::span<float> strain_;
    std::span<float> targets_;
    std::span<float> weights_;
};

void Examples::make(std::uint64_t first, std::size_t count, double quietest, Batch& batch) const {
    const auto frames = static_cast<std::size_t>(options_.frames);
    batch.strain.resize(count * 2 * samples_);
    batch.targets.resize(count * frames);
    batch.weights.resize(count * frames);
    for (std::size_t i = 0; i < count; ++i) {
        Maker(*this, first + i, quietest, std::span(batch.strain).subspan(i * 2 * samples_, 2 * samples_),
              std::span(batch.targets).subspan(i * frames, frames),
              std::span(batch.weights).subspan(i * frames, frames))
            .make();
    }
}

}  // namespace memo::ligo
