// A part of an image, at another size. Thread safety: pure functions.
#pragma once

#include "scientific/imaging/image.h"

namespace memo::imaging {

struct Rectangle {
    int x = 0;  // of the first column
    int y = 0;  // of the first row
    int width = 0;
    int height = 0;

    [[nodiscard]] bool within(int wide, int high) const {
        return x >= 0 && y >= 0 && width > 0 && height > 0 && x <= wide - width && y <= high - height;
    }
};

// The pixels of `part`, which lies within `image`, as width x height: each from those within one new pixel of
// it, nearer ones counting more (a triangle), so that shrinking does not alias and enlarging interpolates
// linearly. At the same size they are copied.
[[nodiscard]] Image resized(const Image& image, const Rectangle& part, int width, int height);

}  // namespace memo::imaging
