// PNG by libpng (image_file.h).
//
// libpng leaves a function by longjmp when a file is bad. What it may jump over has no destructors: the state
// of a reading lives in the caller, and Reading's members are only touched through a pointer.
#include "scientific/imaging/image_file.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstring>

namespace memo::imaging {

namespace {

struct Reading {
    std::span<const Byte> left;
    std::string error;
    png_uint_32 width = 0;
    png_uint_32 height = 0;
    int depth = 0;     // bits of a sample, after conversion: 8 or 16
    int channels = 0;  // 1 or 3
    std::vector<Byte> pixels;
    std::vector<png_bytep> rows;
};

void on_error(png_structp png, png_const_charp message) {
    static_cast<Reading*>(png_get_error_ptr(png))->error = message;
    png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void give(png_structp png, png_bytep into, std::size_t count) {
    auto* reading = static_cast<Reading*>(png_get_io_ptr(png));
    if (reading->left.size() < count) png_error(png, "the file is cut off");
    std::copy_n(reading->left.begin(), count, into);
    reading->left = reading->left.subspan(count);
}

// Header first: sets all but the pixels.
[[nodiscard]] bool read_header(png_structp png, png_infop info, Reading* reading) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;  // NOLINT(cert-err52-cpp): libpng's way
    png_set_read_fn(png, reading, give);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);  // ours are checked with a line of ours
    png_read_info(png, info);
    png_set_expand(png);  // palettes, and samples of less than 8 bits
    png_set_strip_alpha(png);
    png_set_swap(png);  // 16-bit samples as they lie in memory
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    reading->width = png_get_image_width(png, info);
    reading->height = png_get_image_height(png, info);
    reading->depth = png_get_bit_depth(png, info);
    reading->channels = png_get_channels(png, info);
    return true;
}

[[nodiscard]] bool read_pixels(png_structp png, Reading* reading) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;  // NOLINT(cert-err52-cpp): libpng's way
    png_read_image(png, reading->rows.data());
    png_read_end(png, nullptr);
    return true;
}

template <class Sample>
void convert(const Reading& reading, float scale, Image& image) {
    for (int y = 0; y < image.height(); ++y) {
        const Byte* from = reading.rows[static_cast<std::size_t>(y)];
        float* row = image.row(y);
        for (int x = 0; x < image.width(); ++x) {
            Sample samples[3];
            std::memcpy(samples, from + static_cast<std::size_t>(x) * reading.channels * sizeof(Sample),
                        reading.channels * sizeof(Sample));
            const float value = reading.channels == 1 ? static_cast<float>(samples[0])
                                                      : 0.299F * static_cast<float>(samples[0]) +
                                                            0.587F * static_cast<float>(samples[1]) +
                                                            0.114F * static_cast<float>(samples[2]);
            row[x] = value * scale;
        }
    }
}

[[nodiscard]] Result<Image> read_with(png_structp png, png_infop info, Reading& reading) {
    if (!read_header(png, info, &reading)) return Error{"bad PNG: " + reading.error};
    if (const std::string wrong = wrong_sides(reading.width, reading.height); !wrong.empty())
        return Error{wrong};
    const std::size_t row = png_get_rowbytes(png, info);
    reading.pixels.resize(row * reading.height);
    for (png_uint_32 y = 0; y < reading.height; ++y) reading.rows.push_back(reading.pixels.data() + y * row);
    if (!read_pixels(png, &reading)) return Error{"bad PNG: " + reading.error};
    Image image(static_cast<int>(reading.width), static_cast<int>(reading.height));
    if (reading.depth == 16) {
        convert<std::uint16_t>(reading, 1.0F / 65535, image);
    } else {
        convert<std::uint8_t>(reading, 1.0F / 255, image);
    }
    return image;
}

// Writing to memory cannot go wrong but for memory itself, for which libpng's simple interface has a status.
[[nodiscard]] std::vector<char> write(int width, int height, png_uint_32 format, const Byte* pixels) {
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = format;
    image.flags = PNG_IMAGE_FLAG_FAST;
    png_alloc_size_t size = 0;
    std::vector<char> bytes;
    if (png_image_write_get_memory_size(image, size, 0, pixels, 0, nullptr) == 0) return bytes;
    bytes.resize(size);
    if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, nullptr) == 0) bytes.clear();
    return bytes;
}

}  // namespace

Result<Image> decode_png(std::span<const Byte> bytes) {
    Reading reading;
    reading.left = bytes;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning);
    png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
    if (info == nullptr) {
        png_destroy_read_struct(&png, nullptr, nullptr);
        return Error{"libpng cannot be used"};
    }
    auto image = read_with(png, info, reading);
    png_destroy_read_struct(&png, &info, nullptr);
    return image;
}

std::vector<char> encode_png(const ColourImage& image) {
    return write(image.width, image.height, PNG_FORMAT_RGB, image.pixels.data());
}

std::vector<char> encode_png(const Image& image) {
    std::vector<Byte> pixels;
    pixels.reserve(image.pixels());
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            pixels.push_back(static_cast<Byte>(std::lround(std::clamp(image.at(x, y), 0.0F, 1.0F) * 255)));
        }
    }
    return write(image.width(), image.height(), PNG_FORMAT_GRAY, pixels.data());
}

}  // namespace memo::imaging
