// Where images come from: files and folders, a folder that is watched, or raw frames on standard input.
//
// Invariants: a folder's images come in the order of their names; a watched folder's when they are complete
// (closed, or moved there). Thread safety: one thread at a time, but for stop().
#pragma once

#include "scientific/dog/latencies.h"
#include "scientific/dog/options.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace memo::dog {

struct Frame {
    std::string name;
    Moment arrival;  // when it was there to be read
    Result<imaging::Image> image;
};

class FrameSource {
  public:
    FrameSource() = default;
    FrameSource(const FrameSource&) = delete;
    FrameSource& operator=(const FrameSource&) = delete;
    virtual ~FrameSource() = default;

    // The next image, or one that cannot be read; nothing at the end. Waits for one where it must.
    [[nodiscard]] virtual std::optional<Frame> next() = 0;

    // From any thread: what waits in next() comes back with nothing, soon.
    void stop() { stopped_ = true; }

  protected:
    [[nodiscard]] bool stopped() const { return stopped_; }

  private:
    std::atomic<bool> stopped_ = false;
};

// The error: a path that is not there, a folder without images, a stream without a format.
[[nodiscard]] Result<std::unique_ptr<FrameSource>> open_source(const Options& options);

}  // namespace memo::dog
