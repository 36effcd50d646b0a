// Chunks of stacks: the tree of call stacks of a compact trace, node after node in depth-first order, so that
// a parent costs nothing and a frame is mostly one that has followed its parent's before.
// docs/trace-format.md says what stands in each column.
//
// Invariants: writer and reader hold the same FrameMemory after the same node. Sites have the numbers in
// which they come. The path to the last node and the frames go on from chunk to chunk, so that a damaged one
// takes the stacks of those behind it with it, but not their sites. Thread safety: none.
#pragma once

#include "common/columns.h"
#include "common/sites.h"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace memo::format {

inline constexpr std::uint32_t kMostStackNodes = 1U << 17U;

enum class StackColumn : std::uint8_t {
    head,    // number of the first site
    ups,     // of each node: how far above the last one its parent is, twice, plus 1 if it is a site
    frames,  // 0: that which followed the parent's frame when that last came; 1: a new one; else its number +
             // 2
    modules,  // of each new frame: module + 2, 0 for a cut, 1 for none
    offsets,  // likewise: zigzag difference to the last one
};
inline constexpr std::size_t kStackColumns = 5;

// Which frame followed each frame last.
class FrameMemory {
  public:
    static constexpr std::uint32_t kRoot = kNone;  // the frame "above" the outermost ones
    [[nodiscard]] std::uint32_t foreseen(std::uint32_t parent) const {
        const auto found = follower_.find(parent);
        return found == follower_.end() ? kNone : found->second;
    }
    void visit(std::uint32_t parent, std::uint32_t frame) { follower_[parent] = frame; }

  private:
    std::unordered_map<std::uint32_t, std::uint32_t> follower_;
};

class StackWriter {
  public:
    // Called with each payload and the number of its nodes.
    using Chunk = std::function<void(std::span<const std::uint8_t>, std::uint32_t)>;

    // Writes all nodes on the stacks of the sites; returns the number that each site got.
    [[nodiscard]] std::vector<std::uint32_t> write(const Sites& sites, const Chunk& chunk);

  private:
    void put(const Sites::Node& node, std::size_t depth, bool is_site);
    void flush(const Chunk& chunk);

    ColumnsOut<StackColumn, kStackColumns> columns_;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint32_t> frames_;
    FrameMemory memory_;
    std::vector<std::uint32_t> path_;  // frames from the root to the last node
    std::uint64_t offset_ = 0;
    std::uint32_t nodes_ = 0;  // in the chunk
    std::uint32_t first_site_ = 0;
    std::uint32_t next_site_ = 0;
};

class StackReader {
  public:
    // A node that was read, and the number of its site, or kNone.
    struct Read {
        std::uint32_t depth = 0;       // of its parent; 0: it is a root
        std::uint32_t module = kNone;  // of the file
        std::uint64_t offset = 0;
        bool cut = false;
        std::uint32_t site = kNone;
    };

    // Calls `take` for each of `count` nodes; false if the payload is malformed.
    [[nodiscard]] bool read(std::span<const std::uint8_t> payload, std::uint32_t count,
                            const std::function<bool(const Read&)>& take);

  private:
    std::vector<Read> frames_;
    FrameMemory memory_;
    std::vector<std::uint32_t> path_;
};

}  // namespace memo::format
