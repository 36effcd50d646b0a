// Any bytes are an image or one line: PNG, TIFF, BMP, or raw pixels of a small frame.
#include "scientific/imaging/image_file.h"

#include <cstdlib>

using namespace memo::imaging;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // A header of a few bytes may ask for a gigabyte, rightly: only small images are of interest here.
    if (size > 24 && data[0] == 0x89 && (data[16] != 0 || data[17] != 0 || data[20] != 0 || data[21] != 0))
        return 0;
    const RawFormat raw{4, 4, size % 2 == 0 ? PixelType::f32 : PixelType::u8};
    const auto image = decode_image({data, size}, raw);
    if (!image && (image.error().empty() || image.error().find('\n') != std::string::npos)) std::abort();
    return 0;
}
