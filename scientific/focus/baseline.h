// What scores are usual in a session, and what that says of one: in or out of focus, how surely, and whether
// the series drifts.
//
// The paper publishes no decision rule; this one is a reconstruction (docs/focus.md). With L = ln(features +
// 1), over the scores the baseline knows:
//
//   centre = median L        spread = max(1.4826 median |L - centre|, 1 / sqrt(median features), 0.02)
//   out of focus where  L < centre - limit * spread
//   confidence = Phi(|L - (centre - limit * spread)| / spread)      a half at the limit, 1 far from it
//
// Medians stand as long as more than half of the images they are taken of are in focus. The spread is never
// less than counting alone scatters. Thread safety: that of a container.
#pragma once

#include "common/result.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace memo::focus {

inline constexpr double kLimit = 4.0;            // spreads
inline constexpr std::size_t kLeast = 5;         // scores, before anything is decided
inline constexpr std::size_t kRemembered = 200;  // scores that a running baseline keeps

struct Usual {
    double centre = 0;
    double spread = 0;
    std::size_t scores = 0;  // it was learnt from

    [[nodiscard]] bool known() const { return scores >= kLeast; }
};

[[nodiscard]] Usual usual_of(const std::vector<double>& log_features);

struct Verdict {
    bool in_focus = true;
    double distance = 0;    // from the centre, in spreads; negative: fewer features
    double confidence = 0;  // 0.5 ... 1
};

[[nodiscard]] Verdict verdict_of(double log_features, const Usual& usual, double limit);

// The change of L a position in the series, as the median of all pairs' slopes (Theil and Sen); 0 of fewer
// than two. Of more than 500, every so many.
[[nodiscard]] double drift_of(const std::vector<double>& log_features);

// Learns as images come: from the first ones whatever they are, then from those in focus.
class RunningBaseline {
  public:
    explicit RunningBaseline(double limit, std::optional<Usual> given = std::nullopt)
        : limit_(limit), given_(given) {}

    // Nothing while too few scores are known. The score itself is learnt from after it was judged.
    [[nodiscard]] std::optional<Verdict> judge(double log_features);
    [[nodiscard]] Usual usual() const;

  private:
    double limit_;
    std::optional<Usual> given_;
    std::deque<double> known_;
};

// A baseline in a file: {"centre": ..., "spread": ..., "scores": ...}.
[[nodiscard]] std::string json_of(const Usual& usual);
[[nodiscard]] Result<Usual> usual_of_json(const std::string& text);

}  // namespace memo::focus
