// Where allocations were asked for: interned call stacks, kept as the tree that they form. A node is a frame
// and, as its parent, the node of the frames outside of it; a site is the node of a caller, and its stack the
// path from there to the root. So a stack costs only the frames in which it differs from the others, sixteen
// bytes each, and is walked, not copied.
//
// Invariants: a parent is older than its children, so no path has a cycle; a node is a site at most once.
// Thread safety: concurrent reads are fine.
#pragma once

#include "common/none.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

namespace memo {

// One return address: where in which module.
struct Frame {
    std::uint32_t module = kNone;  // index into Trace::modules; kNone: not in any (JIT code)
    std::uint64_t offset = 0;      // from the module's load bias; the raw address where there is no module

    bool operator==(const Frame&) const = default;
};

class Sites {
  public:
    // The module of a root that stands for frames that were not kept.
    static constexpr std::uint32_t kCutModule = kNone - 1;

    struct Node {
        std::uint64_t offset = 0;
        std::uint32_t module = kNone;
        std::uint32_t parent = kNone;
    };

    class FrameIterator {
      public:
        using difference_type = std::ptrdiff_t;
        using value_type = Frame;
        using iterator_category = std::forward_iterator_tag;

        FrameIterator() = default;
        FrameIterator(const std::vector<Node>& nodes, std::uint32_t node) : nodes_(&nodes), node_(node) {
            stop_at_cut();
        }
        [[nodiscard]] Frame operator*() const { return {(*nodes_)[node_].module, (*nodes_)[node_].offset}; }
        FrameIterator& operator++() {
            node_ = (*nodes_)[node_].parent;
            stop_at_cut();
            return *this;
        }
        FrameIterator operator++(int) {
            const FrameIterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const FrameIterator& other) const { return node_ == other.node_; }
        [[nodiscard]] std::uint32_t node() const { return node_; }

      private:
        void stop_at_cut() {
            if (node_ != kNone && (*nodes_)[node_].module == kCutModule) node_ = kNone;
        }
        const std::vector<Node>* nodes_ = nullptr;
        std::uint32_t node_ = kNone;
    };

    // The frames of a stack, innermost first: the caller, what called it, and so on.
    class FrameRange {
      public:
        FrameRange(const std::vector<Node>& nodes, std::uint32_t node) : begin_(nodes, node) {}
        [[nodiscard]] FrameIterator begin() const { return begin_; }
        [[nodiscard]] static FrameIterator end() { return {}; }
        [[nodiscard]] bool empty() const { return begin() == end(); }
        [[nodiscard]] Frame front() const { return *begin(); }

      private:
        FrameIterator begin_;
    };

    [[nodiscard]] std::size_t size() const { return node_of_site_.size(); }
    [[nodiscard]] FrameRange frames(std::uint32_t site) const { return {nodes_, node_of_site_[site]}; }
    // The same, copied.
    [[nodiscard]] std::vector<Frame> stack(std::uint32_t site) const;
    // Deeper than the tracer follows. O(depth).
    [[nodiscard]] bool is_truncated(std::uint32_t site) const;
    [[nodiscard]] std::size_t truncated() const;  // how many are

    // The tree. Nodes that are no sites lie on the way to some, or were never used.
    [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
    // Of each node, whether a site's stack goes through it.
    [[nodiscard]] std::vector<bool> nodes_on_stacks() const;
    [[nodiscard]] std::uint32_t node_of(std::uint32_t site) const { return node_of_site_[site]; }

    // Adds a node below `parent` (kNone: a root) and returns it.
    std::uint32_t add_node(std::uint32_t parent, const Frame& frame);
    std::uint32_t add_cut();
    // The site of a node, new if it has not been one.
    std::uint32_t site_of(std::uint32_t node);
    // A whole stack, innermost frame first, as a new site whose nodes it shares with nobody.
    std::uint32_t add(std::span<const Frame> frames, bool truncated = false);

  private:
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> site_of_node_;
    std::vector<std::uint32_t> node_of_site_;
};

}  // namespace memo
