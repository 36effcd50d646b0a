// Coverage by differences (cli/map_density.h): a rectangle changes at most four cells of each row it touches,
// and a running sum along the row gives the coverage. One colour at a time, so that one grid will do.
#include "cli/map_density.h"

#include "cli/map_colors.h"

#include <algorithm>
#include <cmath>

namespace memo::cli {

namespace {

constexpr double kDust = 1e-6;  // what sums of fractions may leave in an empty cell

// Coverage of a grid by one colour, as differences along the rows; rows are one cell longer than the grid, so
// that every difference has a place.
class Differences {
  public:
    Differences(std::uint32_t columns, std::uint32_t rows)
        : columns_(columns), rows_(rows), width_(std::size_t{columns} + 2), values_(width_ * rows) {}

    // In cells.
    void add(double left, double top, double right, double bottom) {
        const auto first = cell_of(top, rows_);
        const auto last = cell_of(std::nextafter(bottom, 0), rows_);
        for (std::uint32_t row = first; row <= last; ++row) {
            const double covered = std::min<double>(bottom, row + 1) - std::max<double>(top, row);
            if (covered > 0) add_to_row(&values_[row * width_], left, right, covered);
        }
    }

    // Calls `visit(cell index, coverage)` for the covered cells, and forgets everything.
    template <class Visit>
    void drain(Visit visit) {
        for (std::uint32_t row = 0; row < rows_; ++row) {
            double covered = 0;
            for (std::uint32_t column = 0; column < columns_; ++column) {
                covered += values_[row * width_ + column];
                if (covered > kDust) visit(std::size_t{row} * columns_ + column, covered);
            }
        }
        std::fill(values_.begin(), values_.end(), 0.0);
    }

  private:
    [[nodiscard]] static std::uint32_t cell_of(double position, std::uint32_t cells) {
        return std::min(static_cast<std::uint32_t>(std::max(position, 0.0)), cells - 1);
    }

    void add_to_row(double* row, double left, double right, double covered) const {
        const std::uint32_t first = cell_of(left, columns_);
        const std::uint32_t last = cell_of(right, columns_);
        if (first == last) {
            row[first] += covered * (right - left);
            row[first + 1] -= covered * (right - left);
            return;
        }
        const double at_first = covered * (first + 1 - left);
        const double at_last = covered * (right - last);
        row[first] += at_first;
        row[first + 1] += covered - at_first;
        row[last] += at_last - covered;
        row[last + 1] -= at_last;
    }

    std::uint32_t columns_;
    std::uint32_t rows_;
    std::size_t width_;
    std::vector<double> values_;
};

struct Cell {
    double total = 0;
    double most = 0;
    std::uint8_t color = 0;
};

[[nodiscard]] std::uint8_t level_of(double coverage) {
    const auto level = static_cast<std::size_t>(coverage * kDensityLevels);
    return static_cast<std::uint8_t>(std::min(level, kDensityLevels - 1));
}

}  // namespace

std::vector<DensityRun> density_runs(std::span<const MapRectangle> rectangles, double cell,
                                     std::uint32_t columns, std::uint32_t rows) {
    std::vector<std::vector<const MapRectangle*>> by_color(kMapColors);
    for (const MapRectangle& one : rectangles) by_color[one.color].push_back(&one);
    std::vector<Cell> cells(std::size_t{columns} * rows);
    Differences differences(columns, rows);
    for (std::uint8_t color = 0; color < kMapColors; ++color) {
        if (by_color[color].empty()) continue;
        for (const MapRectangle* one : by_color[color]) {
            differences.add(one->left / cell, one->top / cell, one->right / cell, one->bottom / cell);
        }
        differences.drain([&](std::size_t index, double coverage) {
            Cell& at = cells[index];
            at.total += coverage;
            if (coverage > at.most + kDust) {
                at.most = coverage;
                at.color = color;
            }
        });
    }

    std::vector<DensityRun> runs;
    for (std::uint32_t row = 0; row < rows; ++row) {
        bool goes_on = false;
        for (std::uint32_t column = 0; column < columns; ++column) {
            const Cell& at = cells[std::size_t{row} * columns + column];
            if (at.total <= kDust) {
                goes_on = false;
                continue;
            }
            const std::uint8_t level = level_of(at.total);
            if (goes_on && runs.back().color == at.color && runs.back().level == level) {
                ++runs.back().length;
            } else {
                runs.push_back({column, row, 1, at.color, level});
                goes_on = true;
            }
        }
    }
    return runs;
}

}  // namespace memo::cli
