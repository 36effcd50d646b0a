// The back end fft (backends.h): FFTW's cosine transform in single precision.
//
// The cosine transform of type II is the Fourier transform of an image continued by its mirror image, of a
// quarter of the size. A symmetric kernel multiplies it by the kernel's own real spectrum, which for a
// separable one is a product of two vectors; they are computed once, of the paper's sampled kernels. The same
// holds of an image continued by itself and the transform to halfcomplex numbers along either direction: the
// cosine and the sine of a frequency are multiplied alike.
#include "scientific/imaging/backends.h"
#include "scientific/imaging/gaussian_kernel.h"
#include "scientific/imaging/threads.h"

#include <fftw3.h>

#include <cmath>
#include <numbers>

namespace memo::imaging {

namespace {

constexpr double kPlanningSeconds = 0.5;

// Of the transform there and back, and by how much the two enlarge along either direction.
struct Transform {
    fftwf_r2r_kind forward;
    fftwf_r2r_kind back;
    double gain;
};

[[nodiscard]] Transform transform_of(Border border) {
    return border == Border::mirrored ? Transform{FFTW_REDFT10, FFTW_REDFT01, 2.0}
                                      : Transform{FFTW_R2HC, FFTW_HC2R, 1.0};
}

// The spectrum of a symmetric kernel at the frequencies pi k / size, or 2 pi k / size and back from the half.
[[nodiscard]] std::vector<float> spectrum_of(const Kernel& kernel, int size, Border border) {
    std::vector<float> spectrum;
    const auto radius = static_cast<std::size_t>(kernel.last());
    for (int k = 0; k < size; ++k) {
        const int period = border == Border::mirrored ? k : 2 * std::min(k, size - k);
        const double omega = std::numbers::pi * period / size;
        double sum = kernel.taps[radius];
        for (std::size_t t = 1; t <= radius; ++t) {
            sum += 2.0 * kernel.taps[radius + t] * std::cos(omega * static_cast<double>(t));
        }
        spectrum.push_back(static_cast<float>(sum));
    }
    return spectrum;
}

class Plan {
  public:
    Plan(int width, int height, std::size_t stride, float* in, float* out, fftwf_r2r_kind kind) {
        const int size[] = {height, width};
        const int embedded[] = {height, static_cast<int>(stride)};
        const fftwf_r2r_kind kinds[] = {kind, kind};
        plan_ = fftwf_plan_many_r2r(2, size, 1, in, embedded, 1, 0, out, embedded, 1, 0, kinds, FFTW_MEASURE);
    }
    ~Plan() { fftwf_destroy_plan(plan_); }
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;
    void execute(float* in, float* out) const { fftwf_execute_r2r(plan_, in, out); }

  private:
    fftwf_plan plan_;
};

class Fft final : public SliceSource {
  public:
    Fft(int width, int height, const Scales& scales, unsigned threads, Border border)
        : SliceSource(threads), scales_(scales), gain_(transform_of(border).gain), spectrum_(width, height) {
        // The consumer looks at two slices of the last batch while this one is made.
        for (unsigned i = 0; i < threads + 2; ++i) slices_.emplace_back(width, height);
        for (unsigned i = 0; i < threads; ++i) products_.emplace_back(width, height);
        fftwf_set_timelimit(kPlanningSeconds);
        const std::size_t stride = spectrum_.stride();
        const Transform transform = transform_of(border);
        forward_ = std::make_unique<Plan>(width, height, stride, products_[0].row(0), spectrum_.row(0),
                                          transform.forward);
        back_ = std::make_unique<Plan>(width, height, stride, products_[0].row(0), slices_[0].row(0),
                                       transform.back);
        for (int i = 0; i <= scales.n_bin; ++i) {
            const Kernel kernel = gaussian_kernel(scales.sigma(i), scales.truncate);
            along_x_.push_back(spectrum_of(kernel, width, border));
            along_y_.push_back(width == height ? along_x_.back() : spectrum_of(kernel, height, border));
        }
    }

    void slices(const Image& image, const Consumer& consumer) override {
        for (int y = 0; y < image.height(); ++y) {
            std::copy_n(image.row(y), image.stride(), products_[0].row(y));
        }
        forward_->execute(products_[0].row(0), spectrum_.row(0));
        const int batch = static_cast<int>(threads());
        for (int first = 0; first < scales_.n_bin; first += batch) {
            const int count = std::min(batch, scales_.n_bin - first);
            for_ranges(threads(), count, [&](int begin, int end) {
                for (int i = begin; i < end; ++i)
                    make_slice(first + i, products_[static_cast<std::size_t>(i)]);
            });
            for (int i = first; i < first + count; ++i) consumer(i, slice(i));
        }
    }

  private:
    [[nodiscard]] Image& slice(int bin) { return slices_[static_cast<std::size_t>(bin) % slices_.size()]; }

    void make_slice(int bin, Image& product) {
        const auto i = static_cast<std::size_t>(bin);
        const auto scale =
            static_cast<float>(scales_.sigma(bin) / (gain_ * gain_ * static_cast<double>(product.pixels())));
        for (int y = 0; y < product.height(); ++y) {
            const float narrow = scale * along_y_[i][static_cast<std::size_t>(y)];
            const float wide = scale * along_y_[i + 1][static_cast<std::size_t>(y)];
            const float* from = spectrum_.row(y);
            float* to = product.row(y);
            for (int x = 0; x < product.width(); ++x) {
                const auto u = static_cast<std::size_t>(x);
                to[x] = from[x] * (narrow * along_x_[i][u] - wide * along_x_[i + 1][u]);
            }
        }
        back_->execute(product.row(0), slice(bin).row(0));
    }

    Scales scales_;
    double gain_;
    Image spectrum_;
    std::vector<Image> slices_;
    std::vector<Image> products_;
    std::unique_ptr<Plan> forward_;
    std::unique_ptr<Plan> back_;
    std::vector<std::vector<float>> along_x_;
    std::vector<std::vector<float>> along_y_;
};

}  // namespace

std::unique_ptr<SliceSource> make_fft(int width, int height, const Scales& scales, unsigned threads,
                                      Border border) {
    return std::make_unique<Fft>(width, height, scales, threads, border);
}

}  // namespace memo::imaging
