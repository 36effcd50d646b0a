// A file's score (file_scorer.h).
#include "scientific/focus/file_scorer.h"

#include "scientific/focus/crop.h"
#include "scientific/imaging/latencies.h"

namespace memo::focus {

Result<std::optional<imaging::Rectangle>> FileScorer::crop_of(const std::string& path) const {
    if (options_.crop) return options_.crop;
    return bounding_box_of(path);
}

Row FileScorer::score(const std::string& path) {
    const imaging::Moment begin = std::chrono::steady_clock::now();
    const auto image = imaging::read_image(path, options_.raw);
    if (!image) return Row{path, image.error(), {}, 0, 0};
    return score(path, *image, imaging::ms_between(begin, std::chrono::steady_clock::now()));
}

Row FileScorer::score(const std::string& path, const imaging::Image& image, double read_ms) {
    Row row{path, {}, {}, read_ms, 0};
    const auto crop = crop_of(path);
    if (!crop) return Row{path, crop.error(), {}, 0, 0};
    const auto score = scorer_.score(image, *crop);
    if (!score) return Row{path, path + ": " + score.error(), {}, 0, 0};
    row.score = *score;
    return row;
}

}  // namespace memo::focus
