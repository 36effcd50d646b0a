// The text that microscopes put beside the pixels of a TIFF (image_file.h).
#include "scientific/imaging/image_file.h"

#include <tiffio.h>

#include <memory>

namespace memo::imaging {

namespace {

// Instruments of FEI and Thermo Fisher Scientific: lines of KEY=VALUE in [Sections].
constexpr ttag_t kFeiSfeg = 34680;
constexpr ttag_t kFeiHelios = 34682;

void extend(TIFF* tiff) {
    // libtiff keeps the pointer to the name, and takes it for changeable.
    static char sfeg[] = "FeiSfeg";
    static char helios[] = "FeiHelios";
    static const TIFFFieldInfo fields[] = {
        {kFeiSfeg, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, sfeg},
        {kFeiHelios, -1, -1, TIFF_ASCII, FIELD_CUSTOM, 1, 0, helios},
    };
    TIFFMergeFieldInfo(tiff, fields, 2);
}

}  // namespace

TiffText tiff_text(const std::string& path) {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    static const TIFFExtendProc before = TIFFSetTagExtender(extend);
    static_cast<void>(before);
    const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(path.c_str(), "r"), TIFFClose);
    TiffText text;
    if (tiff == nullptr) return text;
    const auto get = [&](ttag_t tag) {
        char* found = nullptr;
        return TIFFGetField(tiff.get(), tag, &found) == 1 && found != nullptr ? std::string(found)
                                                                              : std::string();
    };
    text.description = get(TIFFTAG_IMAGEDESCRIPTION);
    text.instrument = get(kFeiHelios);
    if (text.instrument.empty()) text.instrument = get(kFeiSfeg);
    return text;
}

}  // namespace memo::imaging
