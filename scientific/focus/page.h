// A watched session as one HTML page that needs nothing else: the focus curve and thumbnails of the images.
// Thread safety: pure functions.
#pragma once

#include "scientific/focus/rows.h"
#include "scientific/imaging/image.h"

#include <deque>
#include <string>
#include <vector>

namespace memo::focus {

inline constexpr int kThumbnailSide = 144;         // pixels, the longer side
inline constexpr std::size_t kThumbnails = 48;     // on a page: the latest, and the latest out of focus
inline constexpr std::size_t kCurvePoints = 2000;  // on a page: the latest

// The prepared image, small, as a data URL.
[[nodiscard]] std::string thumbnail_of(const imaging::Image& prepared);

struct Thumbnail {
    Judged judged;
    std::string url;
};

struct Session {
    std::string folder;
    bool running = false;  // the page then loads itself again
    std::size_t images = 0;
    std::size_t out_of_focus = 0;
    std::size_t failed = 0;
    Usual usual;
    double limit = kLimit;
    double drift = 0;
    double latency_p50 = 0;  // ms
    double latency_p99 = 0;
    std::deque<Judged> curve;          // up to kCurvePoints
    std::deque<Thumbnail> latest;      // up to kThumbnails each, newest first
    std::deque<Thumbnail> suspicious;  // out of focus
};

[[nodiscard]] std::string html_of(const Session& session);

}  // namespace memo::focus
