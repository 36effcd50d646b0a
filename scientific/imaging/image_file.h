// Images in files: PNG, TIFF and BMP, and raw pixels. Whatever is wrong with one is a line.
//
// Pixels become floats: unsigned ones their share of the type's range, colours their luminance (0.299 R +
// 0.587 G + 0.114 B), transparency is left out, floats stay as they are. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/imaging/image.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memo::imaging {

using Byte = unsigned char;

// Larger images are refused before memory is asked for: 256 million pixels.
inline constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 28U;

enum class PixelType { u8, u16, f32 };  // little-endian

// Raw frames, one after another, without a header.
struct RawFormat {
    int width = 0;
    int height = 0;
    PixelType type = PixelType::u8;

    [[nodiscard]] std::size_t bytes() const;  // a frame
};

// "1000x1000:u16". The error says what is wanted.
[[nodiscard]] Result<RawFormat> parse_raw_format(std::string_view text);

// One frame of exactly format.bytes(). The error: floats that are not finite.
[[nodiscard]] Result<Image> decode_raw(std::span<const Byte> bytes, const RawFormat& format);

// A whole file: PNG, TIFF or BMP by its first bytes, else raw if there is a format for it.
[[nodiscard]] Result<Image> decode_image(std::span<const Byte> bytes, const std::optional<RawFormat>& raw);

// The error begins with the path.
[[nodiscard]] Result<Image> read_image(const std::string& path, const std::optional<RawFormat>& raw);

// The formats' own decoders, for bytes that begin as theirs do.
[[nodiscard]] Result<Image> decode_png(std::span<const Byte> bytes);
[[nodiscard]] Result<Image> decode_tiff(std::span<const Byte> bytes);
[[nodiscard]] Result<Image> decode_bmp(std::span<const Byte> bytes);

// What a TIFF says beside its pixels; empty where it says nothing, or is none.
struct TiffText {
    std::string description;  // ImageDescription
    std::string instrument;   // lines of KEY=VALUE, of the microscopes that write them
};
[[nodiscard]] TiffText tiff_text(const std::string& path);

// Why an image of these sides is refused; empty if it is not.
[[nodiscard]] std::string wrong_sides(std::uint64_t width, std::uint64_t height);

// An image for people: three bytes a pixel.
struct ColourImage {
    int width = 0;
    int height = 0;
    std::vector<Byte> pixels;  // red, green, blue
};

[[nodiscard]] std::vector<char> encode_png(const ColourImage& image);
// Grey, 8 bits: [0, 1] to [0, 255].
[[nodiscard]] std::vector<char> encode_png(const Image& image);
// Pixels as they are in a raw frame.
[[nodiscard]] std::vector<char> encode_raw(const Image& image, PixelType type);

}  // namespace memo::imaging
