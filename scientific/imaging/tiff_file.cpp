// TIFF by libtiff (image_file.h): the first image of the file, in strips, with one or three and more samples
// of 8, 16 or 32 bits a pixel, whole or floating.
#include "scientific/imaging/image_file.h"

#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace memo::imaging {

namespace {

// libtiff's view of bytes in memory.
struct Source {
    std::span<const Byte> bytes;
    std::uint64_t at = 0;
};

tmsize_t give(thandle_t handle, void* into, tmsize_t count) {
    auto* source = static_cast<Source*>(handle);
    if (source->at >= source->bytes.size()) return 0;
    const std::size_t got = std::min(static_cast<std::size_t>(count), source->bytes.size() - source->at);
    std::memcpy(into, source->bytes.data() + source->at, got);
    source->at += got;
    return static_cast<tmsize_t>(got);
}

tmsize_t take(thandle_t, void*, tmsize_t) {
    return 0;
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
    auto* source = static_cast<Source*>(handle);
    const std::uint64_t start = from == SEEK_SET ? 0 : from == SEEK_CUR ? source->at : source->bytes.size();
    return source->at = start + offset;
}

int close(thandle_t) {
    return 0;
}

toff_t size(thandle_t handle) {
    return static_cast<Source*>(handle)->bytes.size();
}

// What libtiff says about a bad file names no file and comes in several lines: ours is one.
void silence() {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
}

struct Layout {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint16_t bits = 1;
    std::uint16_t samples = 1;
    std::uint16_t format = SAMPLEFORMAT_UINT;
    std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
};

[[nodiscard]] Result<Layout> layout_of(TIFF* tiff) {
    Layout layout;
    std::uint16_t planar = PLANARCONFIG_CONTIG;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric);
    if (const std::string wrong = wrong_sides(layout.width, layout.height); !wrong.empty())
        return Error{wrong};
    if (TIFFIsTiled(tiff) != 0) return Error{"is a TIFF in tiles, which is not read: save it in strips"};
    if (layout.samples > 1 && planar != PLANARCONFIG_CONTIG) {
        return Error{"is a TIFF with separate planes of colour, which is not read"};
    }
    if (layout.photometric == PHOTOMETRIC_PALETTE)
        return Error{"is a TIFF with a palette, which is not read"};
    const bool is_float = layout.format == SAMPLEFORMAT_IEEEFP;
    const bool is_whole = layout.format == SAMPLEFORMAT_UINT;
    const bool known = (is_float && layout.bits == 32) ||
                       (is_whole && (layout.bits == 8 || layout.bits == 16 || layout.bits == 32));
    if (!known || layout.samples == 0) {
        return Error{"is a TIFF of " + std::to_string(layout.bits) +
                     " bits a sample, of a kind that is not read: 8, 16 or 32 unsigned, or 32 floating"};
    }
    return layout;
}

[[nodiscard]] float sample(const Byte* row, std::size_t index, const Layout& layout) {
    const auto get = [&](auto value) {
        std::memcpy(&value, row + index * sizeof value, sizeof value);
        return value;
    };
    if (layout.format == SAMPLEFORMAT_IEEEFP) return get(float{});
    if (layout.bits == 8) return static_cast<float>(get(std::uint8_t{})) / 255;
    if (layout.bits == 16) return static_cast<float>(get(std::uint16_t{})) / 65535;
    return static_cast<float>(static_cast<double>(get(std::uint32_t{})) / 4294967295.0);
}

}  // namespace

Result<Image> decode_tiff(std::span<const Byte> bytes) {
    silence();
    Source source{bytes};
    const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(
        TIFFClientOpen("image", "rm", &source, give, take, seek, close, size, nullptr, nullptr), TIFFClose);
    if (tiff == nullptr) return Error{"bad TIFF: its directory cannot be read"};
    const auto layout = layout_of(tiff.get());
    if (!layout) return Error{layout.error()};
    std::vector<Byte> row(static_cast<std::size_t>(TIFFScanlineSize(tiff.get())));
    if (row.size() < std::size_t{layout->width} * layout->samples * layout->bits / 8) {
        return Error{"bad TIFF: its rows are too short"};
    }
    Image image(static_cast<int>(layout->width), static_cast<int>(layout->height));
    for (int y = 0; y < image.height(); ++y) {
        if (TIFFReadScanline(tiff.get(), row.data(), static_cast<std::uint32_t>(y), 0) != 1) {
            return Error{"bad TIFF: row " + std::to_string(y) + " of " + std::to_string(image.height()) +
                         " cannot be read; is the file cut off?"};
        }
        float* to = image.row(y);
        for (int x = 0; x < image.width(); ++x) {
            const std::size_t first = static_cast<std::size_t>(x) * layout->samples;
            const auto channel = [&](std::size_t i) { return sample(row.data(), first + i, *layout); };
            to[x] = layout->samples < 3 ? channel(0)
                                        : 0.299F * channel(0) + 0.587F * channel(1) + 0.114F * channel(2);
            if (layout->photometric == PHOTOMETRIC_MINISWHITE) to[x] = 1 - to[x];
        }
    }
    return image;
}

}  // namespace memo::imaging
