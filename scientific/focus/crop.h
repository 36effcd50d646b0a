// Which part of an image counts: microscopes print a bar of data below the picture, or record more than the
// tissue.
//
// In this order: what the command line says; a file NAME.json beside NAME.EXT with a bounding box; the same
// JSON in a TIFF's ImageDescription; ResolutionX and ResolutionY under [Image] in the text of an FEI or
// Thermo Fisher microscope, from the upper left corner on; else everything.
//
//   {"bounding_box": {"x": 0, "y": 0, "width": 1024, "height": 768}}      pixels from the upper left corner
//
// Thread safety: pure functions but for the file system.
#pragma once

#include "common/result.h"
#include "scientific/imaging/resize.h"

#include <optional>
#include <string>

namespace memo::focus {

// "X,Y,WIDTH,HEIGHT".
[[nodiscard]] Result<imaging::Rectangle> parse_crop(const std::string& text);

// Nothing if the JSON has no "bounding_box"; the error: it is no JSON, or has a wrong one.
[[nodiscard]] Result<std::optional<imaging::Rectangle>> bounding_box_of_json(const std::string& text);
// Nothing if the text does not tell.
[[nodiscard]] std::optional<imaging::Rectangle> bounding_box_of_instrument(const std::string& text);

// The bounding box that belongs to the file. The error begins with the path of the wrong one.
[[nodiscard]] Result<std::optional<imaging::Rectangle>> bounding_box_of(const std::string& image_path);

}  // namespace memo::focus
