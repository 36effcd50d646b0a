// Features on fewer and fewer points (features.h).
//
// All blurs of a level are kept until the coarser levels have their responses; then a row of responses takes
// one pass over them. Rows of the whole image are counted as they are made and never stored.
#include "scientific/imaging/double_row.h"
#include "scientific/imaging/feature_rows.h"
#include "scientific/imaging/features.h"
#include "scientific/imaging/pyramid_blurs.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

namespace memo::imaging {

namespace {

// What is lost beyond it is 6e-5 of the sum, of whose two effects normalising cures the first and the matched
// variance (gaussian_kernel.h) the second.
constexpr double kStepTruncate = 4.0;

// The blurs on the points of one level, and what they respond.
struct Stack {
    std::vector<std::shared_ptr<const Image>> blurs;
    std::vector<float> sigmas;
    Responses responses;  // not of the whole image
};

class PyramidFeatures final : public FeatureSource {
  public:
    PyramidFeatures(int width, int height, const Scales& scales, unsigned threads)
        : width_(width),
          height_(height),
          scales_(scales),
          blurs_(width, height, scales, kStepTruncate, threads) {
        for (const PyramidLevel& level : blurs_.levels()) {
            Stack& stack = stacks_.emplace_back();
            if (stacks_.size() == 1) continue;
            const ImagePool& images = level.images;
            stack.responses = {Image(images.width(), images.height()),
                               Image(images.width(), images.height())};
        }
    }

    [[nodiscard]] FeatureCount count(const Image& image, float threshold) override {
        respond_coarsely(image);
        FeatureCount all;
        std::mutex mutex;
        for_ranges(blurs_.threads_for(image), height_, [&](int begin, int end) {
            const FeatureCount some = count_rows(begin, end, threshold);
            const std::lock_guard lock(mutex);
            all = {all.bright + some.bright, all.dark + some.dark};
        });
        release();
        return all;
    }

    [[nodiscard]] Responses responses(const Image& image) override {
        respond_coarsely(image);
        Responses found{Image(width_, height_), Image(width_, height_)};
        for_ranges(blurs_.threads_for(image), height_, [&](int begin, int end) {
            Rows rows(stride());
            for (int y = begin; y < end; ++y) {
                make_row(0, y, rows.bright(y), rows.dark(y), rows.scratch);
                std::copy_n(rows.bright(y), width_, found.bright.row(y));
                std::copy_n(rows.dark(y), width_, found.dark.row(y));
            }
        });
        release();
        return found;
    }

  private:
    // Three rows of either response, used in turn.
    struct Rows {
        explicit Rows(std::size_t length) : stride(length), pixels(6 * length) {}
        [[nodiscard]] float* bright(int y) {
            return pixels.data() + static_cast<std::size_t>(y % 3) * stride;
        }
        [[nodiscard]] float* dark(int y) { return bright(y) + 3 * stride; }

        std::size_t stride;
        std::vector<float> pixels;
        std::vector<float> scratch;
    };

    [[nodiscard]] std::size_t stride() const { return stacks_.front().blurs.front()->stride(); }

    // Makes all blurs, and the responses of all levels but the first.
    void respond_coarsely(const Image& image) {
        std::size_t at = 0;
        blurs_.pairs(image, [&](int bin, PyramidLevel& level, const Blurred& narrow, const Blurred& wide) {
            while (&blurs_.levels()[at] != &level) ++at;
            Stack& stack = stacks_[at];
            if (stack.blurs.empty()) stack.blurs.push_back(narrow.image);
            stack.blurs.push_back(wide.image);
            stack.sigmas.push_back(static_cast<float>(scales_.sigma(bin)));
        });
        last_ = at;
        for (; at > 0; --at) {
            Responses& found = stacks_[at].responses;
            for_ranges(blurs_.threads_for(found.bright), found.bright.height(), [&](int begin, int end) {
                std::vector<float> scratch;
                for (int y = begin; y < end; ++y)
                    make_row(at, y, found.bright.row(y), found.dark.row(y), scratch);
            });
        }
    }

    void make_row(std::size_t at, int y, float* bright, float* dark, std::vector<float>& scratch) const {
        const Stack& stack = stacks_[at];
        if (at < last_) {
            double_row(stacks_[at + 1].responses.bright, y, bright, scratch);
            double_row(stacks_[at + 1].responses.dark, y, dark, scratch);
        }
        std::array<const float*, kMostBlurs> rows;  // NOLINT(cppcoreguidelines-pro-type-member-init)
        for (std::size_t i = 0; i < stack.blurs.size(); ++i) rows[i] = stack.blurs[i]->row(y);
        respond(rows.data(), stack.sigmas.data(), stack.blurs.size(), at < last_, bright, dark,
                stack.blurs.front()->stride());
    }

    [[nodiscard]] FeatureCount count_rows(int begin, int end, float threshold) const {
        Rows rows(stride());
        const auto make = [&](int y) { make_row(0, y, rows.bright(y), rows.dark(y), rows.scratch); };
        FeatureCount count;
        if (begin > 0) make(begin - 1);
        make(begin);
        for (int y = begin; y < end; ++y) {
            const int up = std::max(y - 1, 0);
            const int down = std::min(y + 1, height_ - 1);
            if (down > y) make(down);
            count.bright +=
                count_in_row(rows.bright(up), rows.bright(y), rows.bright(down), width_, threshold);
            count.dark += count_in_row(rows.dark(up), rows.dark(y), rows.dark(down), width_, threshold);
        }
        return count;
    }

    void release() {
        for (Stack& stack : stacks_) {
            stack.blurs.clear();
            stack.sigmas.clear();
        }
    }

    int width_;
    int height_;
    Scales scales_;
    PyramidBlurs blurs_;
    std::vector<Stack> stacks_;
    std::size_t last_ = 0;  // the coarsest level that has responses
};

}  // namespace

std::unique_ptr<FeatureSource> make_pyramid_features(int width, int height, const Scales& scales,
                                                     unsigned threads) {
    return std::make_unique<PyramidFeatures>(width, height, scales, threads);
}

}  // namespace memo::imaging
