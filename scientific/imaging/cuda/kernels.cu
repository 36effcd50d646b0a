// Blurs, contrast stretch and maxima on the device (kernels.cuh).
#include "scientific/imaging/cuda/kernels.cuh"
#include "scientific/imaging/image.h"

namespace memo::imaging {

namespace {

constexpr int kFlatBlock = 256;
constexpr int kFlatBlocks = 528;  // four for each multiprocessor of a large GPU

// The sum of the taps around pixel `at` of a line whose pixels lie `step` apart and of which there are `size`.
// Neighbouring threads read neighbouring pixels along rows and down columns alike, and the caches share what their
// kernels have in common.
__device__ float under_taps(const float* line, int at, int size, long step, Taps taps) {
    const int radius = taps.radius;
    float sum = taps.first[radius] * line[at * step];
    if (at >= radius && at + radius < size) {
        for (int t = 1; t <= radius; ++t) {
            sum += taps.first[radius + t] * (line[(at - t) * step] + line[(at + t) * step]);
        }
    } else {
        for (int t = 1; t <= radius; ++t) {
            sum += taps.first[radius + t] * (line[mirrored(at - t, size) * step] + line[mirrored(at + t, size) * step]);
        }
    }
    return sum;
}

__global__ void blur_along_rows(const float* from, float* to, Sides sides, Taps taps) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= sides.width || y >= sides.height) return;
    const std::size_t row = static_cast<std::size_t>(y) * sides.width;
    to[row + x] = under_taps(from + row, x, sides.width, 1, taps);
}

// `then(here, sum)` is what becomes of a blurred pixel besides.
template <class Then>
__global__ void blur_down_columns(const float* from, float* to, Sides sides, Taps taps, Then then) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= sides.width || y >= sides.height) return;
    const std::size_t here = static_cast<std::size_t>(y) * sides.width + x;
    const float sum = under_taps(from + x, y, sides.height, sides.width, taps);
    to[here] = sum;
    then(here, sum);
}

struct Nothing {
    __device__ void operator()(std::size_t, float) const {}
};
struct Subtract {
    const float* narrow;
    float sigma;
    float* slice;

    __device__ void operator()(std::size_t here, float wide) const { slice[here] = sigma * (narrow[here] - wide); }
};
struct Respond {
    const float* narrow;
    float sigma;
    bool first;
    float* bright;
    float* dark;

    __device__ void operator()(std::size_t here, float wide) const {
        const float response = sigma * (narrow[here] - wide);
        bright[here] = first ? response : fmaxf(bright[here], response);
        dark[here] = first ? -response : fmaxf(dark[here], -response);
    }
};

// Floats as integers of the same order, so that the greatest can be found by atomics.
__device__ unsigned ordered(float value) {
    const unsigned bits = __float_as_uint(value);
    return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}
__device__ float from_ordered(unsigned bits) {
    return __uint_as_float((bits & 0x80000000U) != 0 ? bits & 0x7fffffffU : ~bits);
}

__global__ void begin_contrast(Contrast* contrast) {
    contrast->counts[threadIdx.x] = 0;
    if (threadIdx.x == 0) {
        contrast->least = ~0U;
        contrast->greatest = 0;
    }
}

__global__ void find_extremes(const float* image, std::size_t pixels, Contrast* contrast) {
    unsigned least = ~0U;
    unsigned greatest = 0;
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < pixels;
         i += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
        const unsigned value = ordered(image[i]);
        least = min(least, value);
        greatest = max(greatest, value);
    }
    for (int lanes = 16; lanes > 0; lanes /= 2) {
        least = min(least, __shfl_down_sync(~0U, least, lanes));
        greatest = max(greatest, __shfl_down_sync(~0U, greatest, lanes));
    }
    if (threadIdx.x % 32 == 0) {
        atomicMin(&contrast->least, least);
        atomicMax(&contrast->greatest, greatest);
    }
}

__global__ void count_brightness(const float* image, std::size_t pixels, Contrast* contrast) {
    __shared__ unsigned counts[Contrast::kBins];
    counts[threadIdx.x] = 0;
    __syncthreads();
    const float low = from_ordered(contrast->least);
    const float high = from_ordered(contrast->greatest);
    const float scale = Contrast::kBins / (high - low);
    for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; high > low && i < pixels;
         i += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
        atomicAdd(&counts[min(static_cast<int>((image[i] - low) * scale), Contrast::kBins - 1)], 1U);
    }
    __syncthreads();
    if (counts[threadIdx.x] != 0) atomicAdd(&contrast->counts[threadIdx.x], counts[threadIdx.x]);
}

// One thread: 256 bins are nothing.
__global__ void decide_contrast(double clip, Contrast* contrast) {
    const float low = from_ordered(contrast->least);
    const float high = from_ordered(contrast->greatest);
    contrast->low = low;
    contrast->scale = 1;
    if (!(high > low)) return;
    int first = 0;
    for (double below = contrast->counts[0]; below <= clip && first < Contrast::kBins - 1;
         below += contrast->counts[first])
        ++first;
    int last = Contrast::kBins - 1;
    for (double above = contrast->counts[last]; above <= clip && last > first; above += contrast->counts[last]) --last;
    const float step = (high - low) / Contrast::kBins;
    contrast->low = low + static_cast<float>(first) * step;
    contrast->scale = 1.0F / (low + static_cast<float>(last + 1) * step - contrast->low);
}

__global__ void apply_contrast(float* image, std::size_t pixels, const Contrast* contrast) {
    const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < pixels) image[i] = __saturatef((image[i] - contrast->low) * contrast->scale);
}

__global__ void find_maxima_in_slice(const float* below, const float* middle, const float* above, int bin,
                                     float threshold, Sides sides, Maximum* found, unsigned* count) {
    const int x = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const int y = static_cast<int>(blockIdx.y * blockDim.y + threadIdx.y);
    if (x >= sides.width || y >= sides.height) return;
    const std::size_t here = static_cast<std::size_t>(y) * sides.width + x;
    const float value = middle[here];
    if (!(value > threshold)) return;
    for (int v = max(y - 1, 0); v <= min(y + 1, sides.height - 1); ++v) {
        for (int u = max(x - 1, 0); u <= min(x + 1, sides.width - 1); ++u) {
            const std::size_t there = static_cast<std::size_t>(v) * sides.width + u;
            if (middle[there] > value || below[there] > value || above[there] > value) return;
        }
    }
    const unsigned place = atomicAdd(count, 1U);
    if (place < kMostMaxima) found[place] = {x, y, bin, value, below[here], above[here]};
}

}  // namespace

template <class Then>
static void blur_then(const float* from, float* between, float* to, Sides sides, Taps taps, Then then,
                      cudaStream_t stream) {
    blur_along_rows<<<grid(sides), kBlock, 0, stream>>>(from, between, sides, taps);
    blur_down_columns<<<grid(sides), kBlock, 0, stream>>>(between, to, sides, taps, then);
}

void blur(const float* from, float* between, float* to, Sides sides, Taps taps, cudaStream_t stream) {
    blur_then(from, between, to, sides, taps, Nothing{}, stream);
}

void blur_and_subtract(const float* from, float* between, float* to, Sides sides, Taps taps, const float* narrow,
                       float sigma, float* slice, cudaStream_t stream) {
    blur_then(from, between, to, sides, taps, Subtract{narrow, sigma, slice}, stream);
}

void blur_and_respond(const float* from, float* between, float* to, Sides sides, Taps taps, const float* narrow,
                      float sigma, bool first, float* bright, float* dark, cudaStream_t stream) {
    blur_then(from, between, to, sides, taps, Respond{narrow, sigma, first, bright, dark}, stream);
}

void stretch(float* image, Sides sides, double saturation, Contrast* contrast, cudaStream_t stream) {
    const std::size_t pixels = sides.pixels();
    begin_contrast<<<1, Contrast::kBins, 0, stream>>>(contrast);
    find_extremes<<<kFlatBlocks, kFlatBlock, 0, stream>>>(image, pixels, contrast);
    count_brightness<<<kFlatBlocks, Contrast::kBins, 0, stream>>>(image, pixels, contrast);
    decide_contrast<<<1, 1, 0, stream>>>(0.5 * saturation * static_cast<double>(pixels), contrast);
    const auto blocks = static_cast<unsigned>((pixels + kFlatBlock - 1) / kFlatBlock);
    apply_contrast<<<blocks, kFlatBlock, 0, stream>>>(image, pixels, contrast);
}

void find_maxima(const float* below, const float* middle, const float* above, int bin, float threshold, Sides sides,
                 Maximum* found, unsigned* count, cudaStream_t stream) {
    find_maxima_in_slice<<<grid(sides), kBlock, 0, stream>>>(below, middle, above, bin, threshold, sides, found, count);
}

}  // namespace memo::imaging
