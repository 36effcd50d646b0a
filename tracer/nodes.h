// The tree of call stacks: a node is a frame, and the node of the frames outside of it. Finding and entering
// one takes no lock and no system call, because a program may come through new stacks all the time.
//
// A node is first claimed (its id, then its content) and then published in a hash table of (part of the
// hash, id) words, which whoever enters the same node at the same time can only find or lose to; the loser's
// own is then a node that nobody refers to. Identity is exact: the content of a node is compared.
//
// Invariants: a parent's id is below its children's; whoever knows an id finds its content. What is written
// to the trace is claimed once and for all: ids whose content is not there yet are spoilt, and their claimers
// take others, so that no handler that never returns holds up anybody. A table that was outgrown is frozen,
// word by word, and stays mapped. Thread safety: find and enter from any thread, without the trace lock
// (which growing takes); the rest under it.
#pragma once

#include "common/trace.h"
#include "tracer/settings.h"

#include <atomic>
#include <cstdint>

namespace memo::tracer {

struct Node {
    std::uint32_t parent = kNone;  // kNone: the outermost frame
    std::uint32_t frame = kNone;   // kNone: the frames that were not kept
    friend bool operator==(const Node&, const Node&) = default;
};

namespace nodes {

// A node as one word: parent + 1 in the upper half, and in the lower one frame + 2, or 1 for no frame. Never
// 0, which says that its claimer has not written it yet. One bit more says that it has been published too,
// and not lost to the same node with another id.
using Content = std::uint64_t;
inline constexpr Content kPublished = Content{1} << 31U;
[[nodiscard]] inline Content content_of(const Node& node) {
    return Content{node.parent + 1} << 32U | (node.frame == kNone ? 1 : node.frame + 2);
}
extern constinit std::atomic<std::atomic<Content>*> contents;  // of all nodes there may be

// Is this the content of the node that was entered next after its parent? A stack that was new had its frames
// entered one after the other: most are found where they are near, their ids being the parents' plus 1.
[[nodiscard]] inline bool follows_parent(const Node& node) {
    const std::atomic<Content>* const all = contents.load(std::memory_order_acquire);
    return all != nullptr && node.parent + 1 < settings.max_sites &&
           all[node.parent + 1].load(std::memory_order_acquire) == (content_of(node) | kPublished);
}

// The id of a node, which is entered if it is new; kNone when there is no room for more.
[[nodiscard]] std::uint32_t enter(const Node& node);

// Nodes so far.
[[nodiscard]] std::uint32_t count();

// Defines in the trace what has been entered since the last time.
void define_new();

// In the child of a fork: forgets all nodes.
void after_fork();

}  // namespace nodes
}  // namespace memo::tracer
