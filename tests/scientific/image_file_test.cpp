// Readers and writers of images, on good and on bad bytes.
#include "scientific/imaging/image_file.h"

#include "scientific/imaging/write_file.h"

#include <catch2/catch.hpp>
#include <png.h>
#include <tiffio.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>

using namespace memo::imaging;

namespace {

[[nodiscard]] std::vector<Byte> bytes_of(const std::vector<char>& chars) {
    return {chars.begin(), chars.end()};
}

[[nodiscard]] Image ramp() {
    Image image(5, 3);
    for (int y = 0; y < 3; ++y) {
        for (int x = 0; x < 5; ++x) image.at(x, y) = static_cast<float>(17 * (y * 5 + x)) / 255;
    }
    return image;
}

[[nodiscard]] std::vector<Byte> png_of(png_uint_32 width, png_uint_32 height, int depth, int colour,
                                       const std::vector<Byte>& pixels, std::size_t row) {
    std::vector<Byte> out;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png_create_info_struct(png);
    const auto put = [](png_structp p, png_bytep data, std::size_t size) {
        auto* bytes = static_cast<std::vector<Byte>*>(png_get_io_ptr(p));
        bytes->insert(bytes->end(), data, data + size);
    };
    png_set_write_fn(png, &out, put, nullptr);
    png_set_IHDR(png, info, width, height, depth, colour, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (std::size_t y = 0; y < height; ++y) png_write_row(png, pixels.data() + y * row);
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return out;
}

// An uncompressed BMP, rows from the bottom up, each padded to a multiple of four bytes.
[[nodiscard]] std::vector<Byte> bmp_of(std::int32_t width, std::int32_t height, std::uint16_t bits,
                                       const std::vector<Byte>& palette, const std::vector<Byte>& rows) {
    std::vector<Byte> out = {'B', 'M'};
    const auto put = [&](auto number) {
        Byte bytes[sizeof number];
        std::memcpy(bytes, &number, sizeof number);
        out.insert(out.end(), bytes, bytes + sizeof number);
    };
    put(static_cast<std::uint32_t>(54 + palette.size() + rows.size()));
    put(std::uint32_t{0});
    put(static_cast<std::uint32_t>(54 + palette.size()));
    put(std::uint32_t{40});
    put(width);
    put(height);
    put(std::uint16_t{1});
    put(bits);
    for (int i = 0; i < 4; ++i) put(std::uint32_t{0});  // not compressed
    put(static_cast<std::uint32_t>(palette.size() / 4));
    put(std::uint32_t{0});
    out.insert(out.end(), palette.begin(), palette.end());
    out.insert(out.end(), rows.begin(), rows.end());
    return out;
}

// A TIFF with one row of pixels, through a file, as libtiff has it.
[[nodiscard]] std::vector<Byte> tiff_of(int width, int bits, int samples, int format, const void* row) {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("tiff_of." + std::to_string(getpid()))).string();
    TIFF* tiff = TIFFOpen(path.c_str(), "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 1);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, samples);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, samples == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
    std::vector<char> copy(static_cast<std::size_t>(TIFFScanlineSize(tiff)));
    std::memcpy(copy.data(), row, copy.size());
    TIFFWriteScanline(tiff, copy.data(), 0, 0);
    TIFFClose(tiff);
    std::vector<Byte> bytes(std::filesystem::file_size(path));
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    REQUIRE(std::fread(bytes.data(), 1, bytes.size(), file.get()) == bytes.size());
    std::filesystem::remove(path);
    return bytes;
}

}  // namespace

TEST_CASE("grey images come back as they were written") {
    const Image image = ramp();
    const auto png = decode_image(bytes_of(encode_png(image)), std::nullopt);
    REQUIRE(png);
    for (const PixelType type : {PixelType::u8, PixelType::u16, PixelType::f32}) {
        const auto raw = decode_image(bytes_of(encode_raw(image, type)), RawFormat{5, 3, type});
        REQUIRE(raw);
        for (int y = 0; y < 3; ++y) {
            for (int x = 0; x < 5; ++x) {
                CHECK(png->at(x, y) == Approx(image.at(x, y)).margin(1e-6));
                CHECK(raw->at(x, y) == Approx(image.at(x, y)).margin(1e-5));
            }
        }
    }
}

TEST_CASE("16 bits are kept, and colours become their luminance") {
    const auto deep = decode_png(png_of(2, 1, 16, PNG_COLOR_TYPE_GRAY, {0x12, 0x34, 0xff, 0xff}, 4));
    REQUIRE(deep);
    CHECK(deep->at(0, 0) == Approx(0x1234 / 65535.0));
    CHECK(deep->at(1, 0) == 1.0F);
    const auto colour = decode_png(png_of(1, 1, 8, PNG_COLOR_TYPE_RGB_ALPHA, {200, 100, 50, 7}, 4));
    REQUIRE(colour);
    CHECK(colour->at(0, 0) == Approx((0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255));
    const auto bits = decode_png(png_of(8, 1, 1, PNG_COLOR_TYPE_GRAY, {0xa0}, 1));
    REQUIRE(bits);
    CHECK(bits->at(0, 0) == 1.0F);
    CHECK(bits->at(1, 0) == 0.0F);
}

TEST_CASE("TIFFs of the kinds that cameras write are read") {
    const std::uint16_t deep[] = {0x1234, 0xffff};
    CHECK(decode_image(tiff_of(2, 16, 1, SAMPLEFORMAT_UINT, deep), std::nullopt)->at(0, 0) ==
          Approx(0x1234 / 65535.0));
    const float floats[] = {-3.5F, 1e6F};
    CHECK(decode_image(tiff_of(2, 32, 1, SAMPLEFORMAT_IEEEFP, floats), std::nullopt)->at(1, 0) == 1e6F);
    const Byte colours[] = {200, 100, 50, 1, 2, 3};
    CHECK(decode_image(tiff_of(2, 8, 3, SAMPLEFORMAT_UINT, colours), std::nullopt)->at(0, 0) ==
          Approx((0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255));
}

TEST_CASE("BMPs of 8, 24 and 32 bits are read, either way up") {
    const std::vector<Byte> palette = {0, 0, 0, 0, 50, 100, 200, 0, 255, 255, 255, 0};
    const float mixed = static_cast<float>((0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255);
    const auto grey = decode_image(bmp_of(2, 2, 8, palette, {2, 1, 9, 9, 0, 2, 9, 9}), std::nullopt);
    REQUIRE(grey);
    CHECK(grey->at(0, 0) == 0);  // the second row of the file
    CHECK(grey->at(1, 0) == Approx(1));
    CHECK(grey->at(1, 1) == Approx(mixed));
    const auto down = decode_image(bmp_of(1, -2, 24, {}, {50, 100, 200, 0, 0, 0, 0, 0}), std::nullopt);
    REQUIRE(down);
    CHECK(down->at(0, 0) == Approx(mixed));
    CHECK(down->at(0, 1) == 0);
    const auto deep = decode_image(bmp_of(1, 1, 32, {}, {50, 100, 200, 77}), std::nullopt);
    REQUIRE(deep);
    CHECK(deep->at(0, 0) == Approx(mixed));
}

TEST_CASE("BMPs that are not read, or cut off, are one line") {
    const auto line = [](const std::vector<Byte>& bytes) {
        const auto image = decode_image(bytes, std::nullopt);
        REQUIRE_FALSE(image);
        return image.error();
    };
    const std::vector<Byte> good = bmp_of(2, 2, 24, {}, std::vector<Byte>(16));
    for (std::size_t size = 2; size < good.size(); ++size)
        CHECK(line({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}) ==
              "bad BMP: the file is cut off");
    const auto with = [&](std::size_t at, Byte value) {
        std::vector<Byte> bytes = good;
        bytes[at] = value;
        return line(bytes);
    };
    CHECK(with(30, 1) == "is a compressed BMP, which is not read");
    CHECK(with(28, 16).starts_with("is a BMP of 16 bits a pixel"));
    CHECK(with(14, 12) == "is a BMP of OS/2, which is not read");
    CHECK(with(13, 1) == "bad BMP: the file is cut off");  // pixels beyond the end
    CHECK(with(21, 0x80) == "bad BMP: its width is negative");
    CHECK(line(bmp_of(2, 0, 24, {}, {})) == "has no pixels");
    CHECK(line(bmp_of(0x7fffffff, 0x7fffffff, 32, {}, {})).find("too large") != std::string::npos);
    CHECK(line(bmp_of(2, INT32_MIN, 8, {}, {})).find("too large") != std::string::npos);
    CHECK(line(bmp_of(100000, 2000, 8, {}, {})) == "bad BMP: the file is cut off");
    std::vector<Byte> palette = bmp_of(1, 1, 8, {}, std::vector<Byte>(4));
    CHECK(line(palette) == "bad BMP: its palette");  // 256 entries that are not there
}

TEST_CASE("bad bytes are one line") {
    const auto line = [](const std::vector<Byte>& bytes, const std::optional<RawFormat>& raw = std::nullopt) {
        const auto image = decode_image(bytes, raw);
        REQUIRE_FALSE(image);
        CHECK(image.error().find('\n') == std::string::npos);
        return image.error();
    };
    CHECK(line({}) == "the file is empty");
    CHECK(line({'h', 'e', 'l', 'l', 'o'}) ==
          "is neither PNG, TIFF nor BMP; raw pixels need --raw WIDTHxHEIGHT:TYPE");
    CHECK(line({1, 2, 3}, RawFormat{2, 2, PixelType::u8}) == "has 3 bytes, but a raw frame of that format 4");

    const std::vector<Byte> png = bytes_of(encode_png(ramp()));
    for (std::size_t size = 8; size + 12 < png.size(); ++size) {  // the last 12 bytes only mark the end
        CHECK(line({png.begin(), png.begin() + static_cast<std::ptrdiff_t>(size)}).starts_with("bad PNG: "));
    }
    std::vector<Byte> huge = png;
    std::fill_n(huge.begin() + 16, 8, Byte{0x7f});
    CHECK_FALSE(line(huge).empty());

    const float nan[] = {1, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
    std::vector<Byte> tiff = tiff_of(3, 32, 1, SAMPLEFORMAT_IEEEFP, nan);
    CHECK(line(tiff) == "2 of its pixels are no numbers (NaN or infinite)");
    CHECK(line({tiff.begin(), tiff.begin() + 8}).starts_with("bad TIFF: "));
    const double doubles[] = {1, 2};
    CHECK(line(tiff_of(2, 64, 1, SAMPLEFORMAT_IEEEFP, doubles)).starts_with("is a TIFF of 64 bits a sample"));
    std::vector<Byte> raw(sizeof nan);
    std::memcpy(raw.data(), nan, sizeof nan);
    CHECK(line(raw, RawFormat{3, 1, PixelType::f32}) == "2 of its pixels are no numbers (NaN or infinite)");
}

TEST_CASE("sides that no memory could hold are refused before any is asked for") {
    CHECK(wrong_sides(16384, 16384).empty());
    CHECK_FALSE(wrong_sides(16385, 16384).empty());
    CHECK_FALSE(wrong_sides(0x7fffffff, 0x7fffffff).empty());
    CHECK_FALSE(wrong_sides(0, 5).empty());
    CHECK_FALSE(parse_raw_format("100000x100000:u8"));
}

TEST_CASE("a raw format is understood whole or not at all") {
    const auto format = parse_raw_format("640x480:u16");
    REQUIRE(format);
    CHECK(format->width == 640);
    CHECK(format->height == 480);
    CHECK(format->bytes() == 640 * 480 * 2);
    for (const char* wrong : {"", "640", "640x", "x480:u8", "640x480", "640x480:u9", "640x480:u8 ", "-1x5:u8",
                              "0x5:u8", "9999999999x1:u8"}) {
        INFO(wrong);
        CHECK_FALSE(parse_raw_format(wrong));
    }
}

TEST_CASE("a file that cannot be written is one line") {
    CHECK(write_file("/no/such/folder/x", std::vector<char>{'x'})->message ==
          "/no/such/folder/x: No such file or directory");
    CHECK(write_file("/dev/full", std::vector<char>{'x'})->message == "/dev/full: No space left on device");
}
