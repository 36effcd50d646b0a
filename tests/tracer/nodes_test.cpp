// The tree of call stacks under threads: a node has one id, whoever enters it and whenever the table grows,
// and what is defined in the trace is what was entered.
#include "tracer/nodes.h"

#include "tracer/definitions.h"
#include "tracer/lock.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

namespace memo::tracer {

constinit TraceLock trace_lock;  // of life.cpp

namespace {
std::map<std::uint32_t, Node> defined;  // NOLINT(cert-err58-cpp): of the test
}

void definitions::node(std::uint32_t id, const Node& node) {
    REQUIRE(defined.emplace(id, node).second);
}

}  // namespace memo::tracer

using memo::kNone;
using memo::tracer::Node;
namespace nodes = memo::tracer::nodes;

namespace {

// Stack `which` of a family in which outer frames are shared; its site.
std::uint32_t enter_stack(std::uint32_t which) {
    std::uint32_t id = kNone;
    for (std::uint32_t depth = 0; depth < 6; ++depth) {
        const Node node{id, which >> 3U * (5 - depth)};
        id = nodes::follows_parent(node) ? id + 1 : nodes::enter(node);
        if (id == kNone) return kNone;
    }
    return id;
}

}  // namespace

TEST_CASE("threads that enter the same call stacks agree on every node, and each is defined once") {
    constexpr std::uint32_t kStacks = 30'000;
    constexpr std::size_t kThreads = 4;
    memo::tracer::settings.max_sites = 1U << 20;
    memo::tracer::defined.clear();
    nodes::after_fork();
    std::vector<std::vector<std::uint32_t>> ids(kThreads, std::vector<std::uint32_t>(kStacks));
    std::atomic<bool> done{false};
    std::thread definer([&] {
        while (!done) {
            const memo::tracer::Locked lock;
            nodes::define_new();
        }
    });
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (std::uint32_t i = 0; i < kStacks; ++i) {
                const auto which = static_cast<std::uint32_t>((i * 7919 + t * 5000) % kStacks);
                ids[t][which] = enter_stack(which);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    done = true;
    definer.join();
    nodes::define_new();
    for (std::size_t t = 1; t < kThreads; ++t) CHECK(ids[t] == ids[0]);
    const auto& defined = memo::tracer::defined;
    CHECK(defined.size() == nodes::count());
    for (std::uint32_t which = 0; which < kStacks; ++which) {
        std::uint32_t id = ids[0][which];
        for (std::uint32_t depth = 6; depth-- > 0; id = defined.at(id).parent) {
            const Node& node = defined.at(id);
            if (node.frame != which >> 3U * (5 - depth)) FAIL("stack " << which << " at depth " << depth);
            if (node.parent != kNone && node.parent >= id) FAIL("a parent is newer than its child");
        }
        if (id != kNone) FAIL("stack " << which << " has another end");
    }
}

TEST_CASE("a full tree of call stacks finds what it has and takes nothing more") {
    memo::tracer::settings.max_sites = 10;
    memo::tracer::defined.clear();
    nodes::after_fork();
    for (std::uint32_t frame = 0; frame < 20; ++frame)
        CHECK(nodes::enter({kNone, frame}) == (frame < 10 ? frame : kNone));
    CHECK(nodes::enter({kNone, 4}) == 4);
    CHECK(nodes::count() == 10);
    nodes::define_new();
    CHECK(memo::tracer::defined.size() == 10);
    CHECK(memo::tracer::defined.at(4) == Node{kNone, 4});
}
