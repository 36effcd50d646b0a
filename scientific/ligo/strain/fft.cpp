// Fourier transforms of real series (fft.h).
#include "scientific/ligo/strain/fft.h"

#include <fftw3.h>

#include <mutex>

namespace memo::ligo {

namespace {

// FFTW's planner is the one part of it that threads may not share.
[[nodiscard]] std::mutex& planner() {
    static std::mutex mutex;
    return mutex;
}

[[nodiscard]] fftwf_complex* raw(Buffer<Complex>& values) {
    return reinterpret_cast<fftwf_complex*>(values.data());
}

void destroy(fftwf_plan plan) {
    const std::lock_guard lock(planner());
    fftwf_destroy_plan(plan);
}

}  // namespace

RealFft::RealFft(std::size_t size) : series_(size), spectrum_(size / 2 + 1) {
    const std::lock_guard lock(planner());
    const int n = static_cast<int>(size);
    forward_ = fftwf_plan_dft_r2c_1d(n, series_.data(), raw(spectrum_), FFTW_ESTIMATE);
    inverse_ = fftwf_plan_dft_c2r_1d(n, raw(spectrum_), series_.data(), FFTW_ESTIMATE);
}

RealFft::~RealFft() {
    destroy(forward_);
    destroy(inverse_);
}

void RealFft::forward() {
    fftwf_execute(forward_);
}

void RealFft::inverse() {
    fftwf_execute(inverse_);
}

ComplexFft::ComplexFft(std::size_t size) : values_(size) {
    const std::lock_guard lock(planner());
    inverse_ =
        fftwf_plan_dft_1d(static_cast<int>(size), raw(values_), raw(values_), FFTW_BACKWARD, FFTW_ESTIMATE);
}

ComplexFft::~ComplexFft() {
    destroy(inverse_);
}

void ComplexFft::inverse() {
    fftwf_execute(inverse_);
}

}  // namespace memo::ligo
