// BMP (image_file.h): uncompressed, of 8 bits with a palette, 24 or 32 bits a pixel, as microscopes write it.
//
// Read strictly: nothing is asked of memory before the file has been seen to hold all its pixels.
#include "scientific/imaging/image_file.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace memo::imaging {

namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::uint32_t kLeastInfoHeader = 40;  // BITMAPINFOHEADER; those of OS/2 are smaller
constexpr std::uint32_t kUncompressed = 0;

template <class Number>
[[nodiscard]] Number number_at(std::span<const Byte> bytes, std::size_t offset) {
    Number number;
    std::memcpy(&number, bytes.data() + offset, sizeof number);
    return number;
}

struct Layout {
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    bool top_down = false;
    std::size_t bits = 0;
    std::size_t pixels = 0;  // where they begin
    std::size_t row = 0;     // bytes from one to the next
    std::array<float, 256> palette{};
};

[[nodiscard]] float luminance(const Byte* blue_green_red) {
    return (0.299F * static_cast<float>(blue_green_red[2]) + 0.587F * static_cast<float>(blue_green_red[1]) +
            0.114F * static_cast<float>(blue_green_red[0])) /
           255;
}

[[nodiscard]] Result<Layout> layout_of(std::span<const Byte> bytes) {
    if (bytes.size() < kFileHeader + kLeastInfoHeader) return Error{"bad BMP: the file is cut off"};
    const auto header = number_at<std::uint32_t>(bytes, 14);
    if (header < kLeastInfoHeader) return Error{"is a BMP of OS/2, which is not read"};
    const auto width = number_at<std::int32_t>(bytes, 18);
    const auto height = number_at<std::int32_t>(bytes, 22);
    const auto compression = number_at<std::uint32_t>(bytes, 30);
    const auto colours = number_at<std::uint32_t>(bytes, 46);
    Layout layout;
    if (width < 0) return Error{"bad BMP: its width is negative"};
    layout.width = static_cast<std::uint64_t>(width);
    layout.height = static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(height)));
    layout.top_down = height < 0;
    layout.bits = number_at<std::uint16_t>(bytes, 28);
    layout.pixels = number_at<std::uint32_t>(bytes, 10);
    if (const std::string wrong = wrong_sides(layout.width, layout.height); !wrong.empty())
        return Error{wrong};
    if (compression != kUncompressed) return Error{"is a compressed BMP, which is not read"};
    if (layout.bits != 8 && layout.bits != 24 && layout.bits != 32) {
        return Error{"is a BMP of " + std::to_string(layout.bits) +
                     " bits a pixel, which is not read: 8, 24 or 32 are"};
    }
    layout.row = (layout.width * layout.bits / 8 + 3) / 4 * 4;
    if (layout.pixels > bytes.size() || layout.row * layout.height > bytes.size() - layout.pixels) {
        return Error{"bad BMP: the file is cut off"};
    }
    if (layout.bits != 8) return layout;
    const std::uint64_t palette = kFileHeader + std::uint64_t{header};
    const std::uint32_t entries = colours == 0 ? 256 : colours;
    if (entries > 256 || palette + 4 * std::uint64_t{entries} > bytes.size())
        return Error{"bad BMP: its palette"};
    for (std::size_t i = 0; i < entries; ++i) layout.palette[i] = luminance(bytes.data() + palette + 4 * i);
    return layout;
}

}  // namespace

Result<Image> decode_bmp(std::span<const Byte> bytes) {
    const auto layout = layout_of(bytes);
    if (!layout) return Error{layout.error()};
    Image image(static_cast<int>(layout->width), static_cast<int>(layout->height));
    const std::size_t step = layout->bits / 8;
    const Byte* from = bytes.data() + layout->pixels;
    for (int y = 0; y < image.height(); ++y, from += layout->row) {
        float* row = image.row(layout->top_down ? y : image.height() - 1 - y);
        for (std::size_t x = 0; x < layout->width; ++x) {
            const Byte* pixel = from + x * step;
            row[x] = layout->bits == 8 ? layout->palette[*pixel] : luminance(pixel);
        }
    }
    return image;
}

}  // namespace memo::imaging
