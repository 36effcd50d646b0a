// Where images come from (frames.h).
#include "scientific/imaging/frames.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <thread>

namespace memo::imaging {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPatience(100);  // until somebody who waits looks whether to stop

[[nodiscard]] bool named_as_image(const fs::path& path, bool raw) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".png" || extension == ".tif" || extension == ".tiff" || extension == ".bmp" ||
           (raw && extension == ".raw");
}

// Waits until there is something to read.
[[nodiscard]] bool readable(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return poll(&wanted, 1, static_cast<int>(kPatience.count())) > 0;
}

// Files and folders, at a rate if there is one.
class Listed final : public FrameSource {
  public:
    Listed(std::vector<std::string> paths, const SourceOptions& options)
        : paths_(std::move(paths)),
          raw_(options.raw),
          rate_(options.rate),
          left_(paths_.size() * options.repeat) {}

    [[nodiscard]] std::optional<Frame> next() override {
        if (left_ == 0 || stopped()) return std::nullopt;
        --left_;
        const std::string& path = paths_[count_ % paths_.size()];
        if (rate_ > 0) {
            const std::chrono::duration<double> due(static_cast<double>(count_) / rate_);
            const Moment when = begin_ + std::chrono::duration_cast<Moment::duration>(due);
            while (!stopped() && std::chrono::steady_clock::now() < when) {
                std::this_thread::sleep_until(std::min(when, std::chrono::steady_clock::now() + kPatience));
            }
        }
        ++count_;
        const Moment arrival = std::chrono::steady_clock::now();
        return Frame{path, arrival, read_image(path, raw_)};
    }

  private:
    std::vector<std::string> paths_;
    std::optional<RawFormat> raw_;
    double rate_;
    std::size_t left_;
    std::size_t count_ = 0;
    Moment begin_ = std::chrono::steady_clock::now();
};

class Watched final : public FrameSource {
  public:
    Watched(std::string folder, int notifications, const SourceOptions& options)
        : folder_(std::move(folder)), raw_(options.raw), notifications_(notifications) {}
    ~Watched() override { close(notifications_); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    [[nodiscard]] std::optional<Frame> next() override {
        while (names_.empty()) {
            if (stopped() || !wait()) return std::nullopt;
        }
        const std::string path = (fs::path(folder_) / names_.front().first).string();
        const Moment arrival = names_.front().second;
        names_.pop_front();
        return Frame{path, arrival, read_image(path, raw_)};
    }

  private:
    // False once the folder is gone.
    [[nodiscard]] bool wait() {
        if (!readable(notifications_)) return true;
        alignas(inotify_event) std::array<char, 16384> events;
        const ssize_t got = read(notifications_, events.data(), events.size());
        if (got < 0) return errno == EINTR;
        const Moment now = std::chrono::steady_clock::now();
        for (ssize_t at = 0; at < got;) {
            inotify_event event;
            std::memcpy(&event, events.data() + at, sizeof event);
            if ((event.mask & IN_IGNORED) != 0) return false;
            const std::string name = event.len > 0 ? events.data() + at + sizeof event : "";
            if (named_as_image(name, raw_.has_value())) names_.emplace_back(name, now);
            at += static_cast<ssize_t>(sizeof event + event.len);
        }
        return true;
    }

    std::string folder_;
    std::optional<RawFormat> raw_;
    int notifications_;
    std::deque<std::pair<std::string, Moment>> names_;
};

class Streamed final : public FrameSource {
  public:
    explicit Streamed(const RawFormat& format) : format_(format), bytes_(format.bytes()) {}

    [[nodiscard]] std::optional<Frame> next() override {
        std::size_t have = 0;
        while (have < bytes_.size() && !stopped()) {
            if (!readable(STDIN_FILENO)) continue;
            const ssize_t got = read(STDIN_FILENO, bytes_.data() + have, bytes_.size() - have);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            have += static_cast<std::size_t>(got);
        }
        if (have == 0 || stopped()) return std::nullopt;
        const Moment arrival = std::chrono::steady_clock::now();
        const std::string name = "frame " + std::to_string(count_++);
        if (have < bytes_.size()) {
            return Frame{name, arrival,
                         Error{name + ": the stream ends within it, after " + std::to_string(have) + " of " +
                               std::to_string(bytes_.size()) + " bytes"}};
        }
        auto image = decode_raw(bytes_, format_);
        if (!image) return Frame{name, arrival, Error{name + ": " + image.error()}};
        return Frame{name, arrival, std::move(image)};
    }

  private:
    RawFormat format_;
    std::vector<Byte> bytes_;
    std::size_t count_ = 0;
};

}  // namespace

Result<std::vector<std::string>> list_images(const std::vector<std::string>& inputs, bool raw) {
    std::vector<std::string> paths;
    for (const std::string& input : inputs) {
        if (input == "-") return Error{"standard input (-) goes alone"};
        std::error_code error;
        if (!fs::is_directory(input, error)) {
            if (!fs::exists(input, error)) return Error{input + ": No such file or directory"};
            paths.push_back(input);
            continue;
        }
        std::vector<std::string> inside;
        for (const fs::directory_entry& entry : fs::directory_iterator(input, error)) {
            if (named_as_image(entry.path(), raw)) inside.push_back(entry.path().string());
        }
        if (error) return Error{input + ": " + error.message()};
        if (inside.empty())
            return Error{input + ": has no images (.png, .tif, .tiff, .bmp; .raw with --raw)"};
        std::sort(inside.begin(), inside.end());
        paths.insert(paths.end(), inside.begin(), inside.end());
    }
    return paths;
}

Result<std::unique_ptr<FrameSource>> open_source(const SourceOptions& options) {
    if (!options.watch.empty()) {
        const int notifications = inotify_init1(IN_CLOEXEC);
        const auto what = IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR;
        if (notifications < 0 || inotify_add_watch(notifications, options.watch.c_str(), what) < 0) {
            Error error{options.watch + ": " + std::strerror(errno)};
            if (notifications >= 0) close(notifications);
            return error;
        }
        return std::unique_ptr<FrameSource>(std::make_unique<Watched>(options.watch, notifications, options));
    }
    if (options.inputs == std::vector<std::string>{"-"}) {
        if (!options.raw) return Error{"standard input needs --raw WIDTHxHEIGHT:TYPE"};
        return std::unique_ptr<FrameSource>(std::make_unique<Streamed>(*options.raw));
    }
    auto paths = list_images(options.inputs, options.raw.has_value());
    if (!paths) return Error{paths.error()};
    return std::unique_ptr<FrameSource>(std::make_unique<Listed>(*std::move(paths), options));
}

}  // namespace memo::imaging
