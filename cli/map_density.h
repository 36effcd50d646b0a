// What is too small to be drawn block by block: how much of each cell of a grid is covered, and by which
// colour most, as runs of equal cells. A million specks cost no more than the grid. Thread safety: pure
// function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::cli {

// A rectangle in pixels, from the upper left corner of the grid.
struct MapRectangle {
    double left = 0;
    double top = 0;
    double right = 0;
    double bottom = 0;
    std::uint8_t color = 0;   // below kMapColors
    std::uint32_t block = 0;  // index into the problem's blocks

    [[nodiscard]] double area() const { return (right - left) * (bottom - top); }
};

// How full a cell is, in thirds: 0 stands for anything up to a third, but not for nothing.
inline constexpr std::size_t kDensityLevels = 3;

// Cells [left, left + length) of a row.
struct DensityRun {
    std::uint32_t left = 0;
    std::uint32_t row = 0;
    std::uint32_t length = 0;
    std::uint8_t color = 0;
    std::uint8_t level = 0;  // below kDensityLevels

    bool operator==(const DensityRun&) const = default;
};

// Runs in order of row and then of left. The grid has `columns` x `rows` cells of `cell` pixels a side, and
// rectangles lie within it. Of colours that cover equally much the lowest counts. O(cells x colours + rows
// that rectangles touch).
[[nodiscard]] std::vector<DensityRun> density_runs(std::span<const MapRectangle> rectangles, double cell,
                                                   std::uint32_t columns, std::uint32_t rows);

}  // namespace memo::cli
