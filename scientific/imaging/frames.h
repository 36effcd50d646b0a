// Where images come from: files and folders, a folder that is watched, or raw frames on standard input.
//
// Invariants: a folder's images come in the order of their names; a watched folder's when they are complete
// (closed, or moved there). Thread safety: one thread at a time, but for stop().
#pragma once

#include "scientific/imaging/image_file.h"
#include "scientific/imaging/latencies.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace memo::imaging {

struct SourceOptions {
    std::vector<std::string> inputs;  // files and folders; "-" is a raw stream on standard input
    std::string watch;                // a folder, instead of inputs
    std::optional<RawFormat> raw;
    double rate = 0;      // images a second that inputs are offered at; 0: as fast as they are done
    unsigned repeat = 1;  // times through the inputs
};

struct Frame {
    std::string name;
    Moment arrival;  // when it was there to be read
    Result<Image> image;
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
[[nodiscard]] Result<std::unique_ptr<FrameSource>> open_source(const SourceOptions& options);

// The files that `inputs` are, a folder's in the order of their names. The error: as above.
[[nodiscard]] Result<std::vector<std::string>> list_images(const std::vector<std::string>& inputs, bool raw);

}  // namespace memo::imaging
