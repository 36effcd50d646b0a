// Images of one size that are used again: a scale space needs a few at a time, many times over.
//
// Invariant: an image is handed out only when nobody holds it any more. Its pixels are what the last user
// left there. Thread safety: one thread takes; others may use what it took.
#pragma once

#include "scientific/imaging/image.h"

#include <memory>
#include <vector>

namespace memo::imaging {

class ImagePool {
  public:
    ImagePool(int width, int height) : width_(width), height_(height) {}

    [[nodiscard]] std::shared_ptr<Image> take() {
        for (const auto& image : images_) {
            if (image.use_count() == 1) return image;
        }
        return images_.emplace_back(std::make_shared<Image>(width_, height_));
    }

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    [[nodiscard]] std::size_t size() const { return images_.size(); }  // the most ever held at once

  private:
    int width_;
    int height_;
    std::vector<std::shared_ptr<Image>> images_;
};

}  // namespace memo::imaging
