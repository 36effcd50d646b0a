// Raw pixels, and which reader a file is for (image_file.h).
#include "scientific/imaging/image_file.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

static_assert(std::endian::native == std::endian::little, "raw pixels are read as they lie in memory");

namespace memo::imaging {

namespace {

constexpr std::string_view kPngMagic = "\x89PNG\r\n\x1a\n";

[[nodiscard]] std::size_t bytes_of(PixelType type) {
    return type == PixelType::u8 ? 1 : type == PixelType::u16 ? 2 : 4;
}

[[nodiscard]] bool begins_with(std::span<const Byte> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

[[nodiscard]] bool is_tiff(std::span<const Byte> bytes) {
    using namespace std::string_view_literals;
    return begins_with(bytes, "II*\0"sv) || begins_with(bytes, "MM\0*"sv) || begins_with(bytes, "II+\0"sv) ||
           begins_with(bytes, "MM\0+"sv);
}

// The number at the start of `text`, which is taken off it; 0 if there is none that fits.
[[nodiscard]] int take_number(std::string_view& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return 0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

[[nodiscard]] Result<std::vector<Byte>> read_bytes(const std::string& path) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (file == nullptr) return Error{std::strerror(errno)};
    std::vector<Byte> bytes;
    std::size_t room = std::size_t{1} << 16U;
    if (std::fseek(file.get(), 0, SEEK_END) == 0) {
        const long size = std::ftell(file.get());
        std::rewind(file.get());
        if (size > 0 && size < (1L << 40)) room = static_cast<std::size_t>(size) + 1;
    }
    while (true) {
        const std::size_t have = bytes.size();
        bytes.resize(have + room);
        const std::size_t got = std::fread(bytes.data() + have, 1, room, file.get());
        bytes.resize(have + got);
        if (std::ferror(file.get()) != 0) return Error{std::strerror(errno)};
        if (got < room) return bytes;
        if (bytes.size() > 8 * kMostPixels) return Error{"is larger than any image that is read"};
    }
}

template <class Pixel>
void copy_pixels(std::span<const Byte> bytes, float scale, Image& image) {
    const Byte* from = bytes.data();
    const auto width = static_cast<std::size_t>(image.width());
    std::vector<Pixel> pixels(width);
    for (int y = 0; y < image.height(); ++y, from += width * sizeof(Pixel)) {
        std::memcpy(pixels.data(), from, width * sizeof(Pixel));
        float* row = image.row(y);
        for (std::size_t x = 0; x < width; ++x) row[x] = static_cast<float>(pixels[x]) * scale;
    }
}

[[nodiscard]] std::size_t not_finite(const Image& image) {
    std::size_t count = 0;
    for (int y = 0; y < image.height(); ++y) {
        count += static_cast<std::size_t>(std::count_if(image.row(y), image.row(y) + image.width(),
                                                        [](float value) { return !std::isfinite(value); }));
    }
    return count;
}

[[nodiscard]] Result<Image> finite(Result<Image> image) {
    if (!image) return image;
    if (const std::size_t count = not_finite(*image); count > 0) {
        return Error{std::to_string(count) + " of its pixels are no numbers (NaN or infinite)"};
    }
    return image;
}

}  // namespace

std::size_t RawFormat::bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * bytes_of(type);
}

std::string wrong_sides(std::uint64_t width, std::uint64_t height) {
    if (width == 0 || height == 0) return "has no pixels";
    if (width <= kMostPixels / height && width < (1U << 24U) && height < (1U << 24U)) return {};
    return "is " + std::to_string(width) + " x " + std::to_string(height) + " pixels: too large, " +
           std::to_string(kMostPixels >> 20U) + " million are the most";
}

Result<RawFormat> parse_raw_format(std::string_view text) {
    const std::string wanted = "'" + std::string(text) +
                               "' is no raw format: WIDTHxHEIGHT:TYPE, as 1000x1000:u8; types u8, u16, f32";
    RawFormat format;
    format.width = take_number(text);
    if (format.width <= 0 || !text.starts_with('x')) return Error{wanted};
    text.remove_prefix(1);
    format.height = take_number(text);
    if (format.height <= 0) return Error{wanted};
    if (text == ":u8") {
        format.type = PixelType::u8;
    } else if (text == ":u16") {
        format.type = PixelType::u16;
    } else if (text == ":f32") {
        format.type = PixelType::f32;
    } else {
        return Error{wanted};
    }
    const std::string wrong =
        wrong_sides(static_cast<std::uint64_t>(format.width), static_cast<std::uint64_t>(format.height));
    if (!wrong.empty()) return Error{"a raw frame " + wrong};
    return format;
}

Result<Image> decode_raw(std::span<const Byte> bytes, const RawFormat& format) {
    Image image(format.width, format.height);
    switch (format.type) {
        case PixelType::u8:
            copy_pixels<std::uint8_t>(bytes, 1.0F / 255, image);
            break;
        case PixelType::u16:
            copy_pixels<std::uint16_t>(bytes, 1.0F / 65535, image);
            break;
        case PixelType::f32:
            copy_pixels<float>(bytes, 1.0F, image);
            return finite(std::move(image));
    }
    return image;
}

Result<Image> decode_image(std::span<const Byte> bytes, const std::optional<RawFormat>& raw) {
    if (bytes.empty()) return Error{"the file is empty"};
    if (begins_with(bytes, kPngMagic)) return decode_png(bytes);
    if (is_tiff(bytes)) return finite(decode_tiff(bytes));
    if (begins_with(bytes, "BM") && !(raw && bytes.size() == raw->bytes())) return decode_bmp(bytes);
    if (!raw) return Error{"is neither PNG, TIFF nor BMP; raw pixels need --raw WIDTHxHEIGHT:TYPE"};
    if (bytes.size() != raw->bytes()) {
        return Error{"has " + std::to_string(bytes.size()) + " bytes, but a raw frame of that format " +
                     std::to_string(raw->bytes())};
    }
    return decode_raw(bytes, *raw);
}

Result<Image> read_image(const std::string& path, const std::optional<RawFormat>& raw) {
    const auto bytes = read_bytes(path);
    if (!bytes) return Error{path + ": " + bytes.error()};
    auto image = decode_image(*bytes, raw);
    if (!image) return Error{path + ": " + image.error()};
    return image;
}

std::vector<char> encode_raw(const Image& image, PixelType type) {
    std::vector<char> bytes;
    const auto add = [&](auto pixel) {
        const auto* first = reinterpret_cast<const char*>(&pixel);
        bytes.insert(bytes.end(), first, first + sizeof pixel);
    };
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const float value = image.at(x, y);
            const float clamped = std::clamp(value, 0.0F, 1.0F);
            if (type == PixelType::u8) add(static_cast<std::uint8_t>(std::lround(clamped * 255)));
            if (type == PixelType::u16) add(static_cast<std::uint16_t>(std::lround(clamped * 65535)));
            if (type == PixelType::f32) add(value);
        }
    }
    return bytes;
}

}  // namespace memo::imaging
