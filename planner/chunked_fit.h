// Greedy placement for problems of any length: largest first, lowest gap (as `greedy-by-size`), but in chunks
// of time.
//
// A list of *cuts* divides time into chunks. Blocks that live across a cut are placed first, all others
// within their own chunk around what is placed already. So a chunk's working set stays in the cache, chunks
// run on several threads, the time is near-linear in the number of blocks, and a second call, with a few
// blocks put elsewhere, repeats only the chunks that they touch. The price is that larger blocks of a chunk
// may come after smaller ones that cross a cut: cuts lie where loads are low, and callers see to the peaks
// themselves (peaks_first.h).
//
// Thread safety: one object, one caller; it starts and joins threads of its own. The result does not depend
// on their number.
#pragma once

#include "planner/problem.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace memo::planner {

// Offsets parallel to the blocks, empty where a block is yet to be placed.
using PartialOffsets = std::vector<std::optional<Offset>>;

class ChunkedFit {
  public:
    // A plain, valid problem, which must outlive the object. `chunk`: blocks in a chunk, about.
    explicit ChunkedFit(const Problem& problem, unsigned threads = 1, std::size_t chunk = std::size_t{8192});

    // Completes `placed`, whose offsets do not conflict. The answer is valid until the next call.
    [[nodiscard]] const std::vector<Offset>& complete(const PartialOffsets& placed);

  private:
    // What a chunk saw when it was placed: the blocks that were there, and where.
    struct Chunk {
        std::vector<std::uint32_t> inner;     // live in it alone, largest first
        std::vector<std::uint32_t> crossing;  // live in it and beyond
        std::vector<std::pair<std::uint32_t, Offset>> seen;
        bool done = false;
    };

    void place_crossing(const PartialOffsets& placed);
    void place_chunk(Chunk& chunk, const PartialOffsets& placed);

    const Problem& problem_;
    unsigned threads_;
    std::vector<std::uint32_t> crossing_;  // largest first
    std::vector<Chunk> chunks_;
    std::vector<Offset> offsets_;
};

}  // namespace memo::planner
