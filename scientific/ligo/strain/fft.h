// Fourier transforms of real series: FFTW in single precision.
//
// Convention (numpy's): forward[k] = sum over n of in[n] exp(-2 pi i k n / N), and inverse(forward(x)) = N x.
// A series h sampled at rate r has the Fourier transform h~(k r / N) = forward[k] / r. Plans are estimated,
// not measured, so that a program gives the same bits every time. Thread safety: a transform is used by one
// thread at a time; different ones by any threads.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

struct fftwf_plan_s;

namespace memo::ligo {

using Complex = std::complex<float>;

// Memory for FFTW's SIMD.
template <class T>
struct Aligned {
    using value_type = T;
    static constexpr std::size_t kAlignment = 64;
    Aligned() = default;
    template <class U>
    Aligned(const Aligned<U>& /*other*/) {}
    [[nodiscard]] T* allocate(std::size_t count) {
        return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{kAlignment}));
    }
    void deallocate(T* memory, std::size_t /*count*/) {
        ::operator delete (memory, std::align_val_t{kAlignment});
    }
    bool operator==(const Aligned& /*other*/) const { return true; }
};

template <class T>
using Buffer = std::vector<T, Aligned<T>>;

// Forward and inverse transforms of one even length, with their own buffers.
class RealFft {
  public:
    explicit RealFft(std::size_t size);
    ~RealFft();
    RealFft(const RealFft&) = delete;
    RealFft& operator=(const RealFft&) = delete;

    [[nodiscard]] std::size_t size() const { return series_.size(); }
    [[nodiscard]] std::size_t bins() const { return spectrum_.size(); }  // size / 2 + 1
    [[nodiscard]] Buffer<float>& series() { return series_; }
    [[nodiscard]] Buffer<Complex>& spectrum() { return spectrum_; }
    void forward();  // series to spectrum; the series stays
    void inverse();  // spectrum to series; the spectrum is lost

  private:
    Buffer<float> series_;
    Buffer<Complex> spectrum_;
    fftwf_plan_s* forward_;
    fftwf_plan_s* inverse_;
};

// Transforms of complex series of one length, in place.
class ComplexFft {
  public:
    explicit ComplexFft(std::size_t size);
    ~ComplexFft();
    ComplexFft(const ComplexFft&) = delete;
    ComplexFft& operator=(const ComplexFft&) = delete;

    [[nodiscard]] std::size_t size() const { return values_.size(); }
    [[nodiscard]] Buffer<Complex>& values() { return values_; }
    void inverse();  // not scaled

  private:
    Buffer<Complex> values_;
    fftwf_plan_s* inverse_;
};

}  // namespace memo::ligo
