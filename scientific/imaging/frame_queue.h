// Images on their way from the thread that reads them to the one that looks at them, and how that is
// interrupted.
//
// Invariant: at most `most` images wait; then the oldest is dropped for one more, and its name kept. Thread
// safety: one thread offers, one takes.
#pragma once

#include "scientific/imaging/frames.h"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace memo::imaging {

// Set by SIGINT and SIGTERM once listen_to_signals() has been called.
inline volatile std::sig_atomic_t interrupted = 0;

inline void listen_to_signals() {
    const auto interrupt = [](int) { interrupted = 1; };
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
}

class FrameQueue {
  public:
    explicit FrameQueue(std::size_t most) : most_(most) {}

    void offer(Frame frame) {
        const std::lock_guard lock(mutex_);
        if (frames_.size() >= most_) {
            dropped_.push_back(frames_.front().name);
            frames_.pop_front();
        }
        frames_.push_back(std::move(frame));
        changed_.notify_one();
    }
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_one();
    }
    // Nothing at the end, or when a signal asks for it.
    [[nodiscard]] std::optional<Frame> take() {
        std::unique_lock lock(mutex_);
        while (frames_.empty() && !ended_ && interrupted == 0) {
            changed_.wait_for(lock, std::chrono::milliseconds(100));  // a signal wakes nobody
        }
        if (frames_.empty() || interrupted != 0) return std::nullopt;
        Frame frame = std::move(frames_.front());
        frames_.pop_front();
        return frame;
    }
    [[nodiscard]] bool empty() {
        const std::lock_guard lock(mutex_);
        return frames_.empty();
    }
    [[nodiscard]] std::vector<std::string> dropped() {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Frame> frames_;
    std::vector<std::string> dropped_;
    bool ended_ = false;
    std::size_t most_;
};

}  // namespace memo::imaging
