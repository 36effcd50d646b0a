// Features on fewer and fewer points (features.h).
//
// All blurs are kept until a row of the whole image is made of them, which is counted at once and never
// stored.
//
// Where a feature moves as sigma grows, the responses have a top for every slice, close to each other: they
// are lost if responses are interpolated, and kept if blurs are. So the blurs of the first coarser levels,
// where such features are many, are interpolated one by one (kOneByOne), and of the others the responses.
#include "scientific/imaging/double_row.h"
#include "scientific/imaging/feature_rows.h"
#include "scientific/imaging/features.h"
#include "scientific/imaging/pyramid_blurs.h"
#include "scientific/imaging/threads.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace memo::imaging {

namespace {

// What is lost beyond it is 6e-5 of the sum, of whose two effects normalising cures the first and the matched
// variance (gaussian_kernel.h) the second.
constexpr double kStepTruncate = 4.0;
constexpr std::size_t kOneByOne = 2;  // levels after the first

// Blurs on the same points, of growing sigma; one more than sigmas of their slices.
struct Stack {
    std::vector<std::shared_ptr<const Image>> blurs;
    std::vector<float> sigmas;
};

// What a thread needs for a row.
struct Scratch {
    std::vector<float> points;
    std::vector<float> doubled;
    std::vector<const float*> rows;
};

class PyramidFeatures final : public FeatureSource {
  public:
    PyramidFeatures(int width, int height, const Scales& scales, unsigned threads)
        : width_(width),
          height_(height),
          scales_(scales),
          blurs_(width, height, scales, kStepTruncate, threads),
          halves_(blurs_.levels().front().images.width() / 2, blurs_.levels().front().images.height() / 2) {
        coarse_.reserve(blurs_.levels().size());
        for (const PyramidLevel& level : blurs_.levels()) {
            const bool first = coarse_.empty();
            const int wide = first ? 0 : level.images.width();
            const int high = first ? 0 : level.images.height();
            coarse_.push_back({Image(wide, high), Image(wide, high)});
        }
    }

    [[nodiscard]] FeatureCount count(const Image& image, float threshold) override {
        prepare(image);
        FeatureCount all;
        std::mutex mutex;
        for_ranges(blurs_.threads_for(image), height_, [&](int begin, int end) {
            const FeatureCount some = count_rows(begin, end, threshold);
            const std::lock_guard lock(mutex);
            all = {all.bright + some.bright, all.dark + some.dark};
        });
        stacks_.clear();
        return all;
    }

    [[nodiscard]] Responses responses(const Image& image) override {
        prepare(image);
        Responses found{Image(width_, height_), Image(width_, height_)};
        for_ranges(blurs_.threads_for(image), height_, [&](int begin, int end) {
            Rows rows(stride());
            for (int y = begin; y < end; ++y) {
                make_row(y, rows.bright(y), rows.dark(y), rows.scratch);
                std::copy_n(rows.bright(y), width_, found.bright.row(y));
                std::copy_n(rows.dark(y), width_, found.dark.row(y));
            }
        });
        stacks_.clear();
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
        Scratch scratch;
    };

    [[nodiscard]] std::size_t stride() const { return stacks_.front().blurs.front()->stride(); }
    [[nodiscard]] bool has_rest() const { return stacks_.size() > 1 + kOneByOne; }

    // Makes all blurs. Those that are interpolated one by one are then on the points of the second level, and
    // so are the responses of the rest.
    void prepare(const Image& image) {
        stacks_.clear();
        const PyramidLevel* last = nullptr;
        blurs_.pairs(image, [&](int bin, PyramidLevel& level, const Blurred& narrow, const Blurred& wide) {
            if (&level != std::exchange(last, &level)) stacks_.push_back({{narrow.image}, {}});
            stacks_.back().blurs.push_back(wide.image);
            stacks_.back().sigmas.push_back(static_cast<float>(scales_.sigma(bin)));
        });
        most_blurs_ = 0;
        for (const Stack& stack : stacks_) most_blurs_ = std::max(most_blurs_, stack.blurs.size());
        for (std::size_t at = stacks_.size(); has_rest() && at-- > 1;) respond_on(at);
        for (std::size_t at = 2; at < std::min(stacks_.size(), 1 + kOneByOne); ++at) {
            for (auto& image_of : stacks_[at].blurs) image_of = doubled(*image_of);
        }
    }

    // The responses of the levels from this one on that are not interpolated one by one, on this one's
    // points.
    void respond_on(std::size_t at) {
        const Stack& stack = stacks_[at];
        Responses& found = coarse_[at];
        const bool last = at + 1 == stacks_.size();
        for_ranges(blurs_.threads_for(found.bright), found.bright.height(), [&](int begin, int end) {
            Scratch scratch;
            for (int y = begin; y < end; ++y) {
                if (!last) {
                    double_row(coarse_[at + 1].bright, y, found.bright.row(y), scratch.points);
                    double_row(coarse_[at + 1].dark, y, found.dark.row(y), scratch.points);
                }
                if (at > kOneByOne) add_own(stack, y, !last, found.bright.row(y), found.dark.row(y), scratch);
            }
        });
    }

    [[nodiscard]] std::shared_ptr<const Image> doubled(const Image& image) {
        std::shared_ptr<Image> larger = halves_.take();
        for_ranges(blurs_.threads_for(*larger), larger->height(), [&](int begin, int end) {
            std::vector<float> points;
            for (int y = begin; y < end; ++y) double_row(image, y, larger->row(y), points);
        });
        return larger;
    }

    static void add_own(const Stack& stack, int y, bool onto, float* bright, float* dark, Scratch& scratch) {
        scratch.rows.clear();
        scratch.rows.reserve(stack.blurs.size());
        for (const auto& image : stack.blurs) scratch.rows.push_back(image->row(y));
        respond(scratch.rows.data(), stack.sigmas.data(), scratch.rows.size(), onto, bright, dark,
                stack.blurs.front()->stride());
    }

    // Row `y` of the responses of the whole image. Even and odd pixels of what is interpolated are kept
    // apart, one half of a row after the other, until its responses are known.
    void make_row(int y, float* bright, float* dark, Scratch& scratch) const {
        add_own(stacks_.front(), y, false, bright, dark, scratch);
        if (stacks_.size() == 1) return;
        const std::size_t half = stacks_[1].blurs.front()->stride();
        const auto width = static_cast<std::size_t>(stacks_[1].blurs.front()->width());
        const auto row = [&](std::size_t i) { return scratch.doubled.data() + 2 * half * i; };
        scratch.doubled.resize(2 * half * (2 + most_blurs_));
        if (has_rest()) {
            double_row_apart(coarse_[1].bright, y, row(0), row(0) + half, scratch.points);
            double_row_apart(coarse_[1].dark, y, row(1), row(1) + half, scratch.points);
        }
        for (std::size_t at = 1; at < std::min(stacks_.size(), 1 + kOneByOne); ++at) {
            const Stack& stack = stacks_[at];
            scratch.rows.clear();
            for (std::size_t i = 0; i < stack.blurs.size(); ++i) {
                double_row_apart(*stack.blurs[i], y, row(2 + i), row(2 + i) + half, scratch.points);
                scratch.rows.push_back(row(2 + i));
            }
            respond(scratch.rows.data(), stack.sigmas.data(), scratch.rows.size(), has_rest() || at > 1,
                    row(0), row(1), 2 * half);
        }
        raise_to(row(0), row(0) + half, width, bright);
        raise_to(row(1), row(1) + half, width, dark);
    }

    [[nodiscard]] FeatureCount count_rows(int begin, int end, float threshold) const {
        Rows rows(stride());
        const auto make = [&](int y) { make_row(y, rows.bright(y), rows.dark(y), rows.scratch); };
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

    int width_;
    int height_;
    Scales scales_;
    PyramidBlurs blurs_;
    ImagePool halves_;               // on the points of the second level
    std::vector<Responses> coarse_;  // by level; the first has none
    std::vector<Stack> stacks_;      // by level
    std::size_t most_blurs_ = 0;     // of a level
};

}  // namespace

std::unique_ptr<FeatureSource> make_pyramid_features(int width, int height, const Scales& scales,
                                                     unsigned threads) {
    return std::make_unique<PyramidFeatures>(width, height, scales, threads);
}

}  // namespace memo::imaging
