// heaptrack's interpreted text, file version 2 (cli/export/exports.h): lines of a letter and hexadecimal
// numbers. Strings, instruction pointers and nodes of the tree of stacks are numbered from 1 in the order in
// which they stand; pairs of a size and a stack from 0.
#include "cli/export/exports.h"
#include "cli/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <map>
#include <unordered_map>
#include <utility>

namespace memo::cli {

namespace {

constexpr std::size_t kEventsPerMillisecond = 1000;  // an event stands for a microsecond

class Heaptrack final : public BlockVisitor {
  public:
    Heaptrack(const Exported& what, WholeFile& out) : what_(what), out_(out) {}

    void allocated(const Allocation& allocation) override {
        go_to(allocation.index);
        if (allocation.makes_block)
            out_.write(fmt::format("+ {:x}\n", kind_of(allocation.requester, allocation.event.size)));
    }
    void ended(const Block& block, std::uint64_t end, bool /*temporary*/) override {
        go_to(end);
        out_.write(fmt::format("- {:x}\n", kind_of(block.requester, block.size)));
    }

    void write() {
        const Trace& trace = what_.trace;
        out_.write("v 10400 2\n");
        out_.write("X " + printable(shell_words(trace.arguments)) + "\n");
        out_.write(fmt::format("I {:x} {:x}\n", sysconf(_SC_PAGESIZE), sysconf(_SC_PHYS_PAGES)));
        frames();
        stacks();
        replay(what_.source, what_.requesters, {this});
        if (what_.count.events > 0) go_to(what_.count.events - 1);
    }

  private:
    void frames() {
        const Trace& trace = what_.trace;
        for (std::uint32_t i = 0; i < trace.modules.size(); ++i)
            out_.write("s " + printable(trace.modules[i].path) + "\n");
        for (const FunctionName& function : what_.frames.functions()) out_.write("s " + function.name + "\n");
        for (const TableFrame& frame : what_.frames.frames()) {
            const bool is_mapped = frame.frame.module != kNone;
            const std::uint64_t base = is_mapped ? trace.modules[frame.frame.module].base : 0;
            out_.write(fmt::format("i {:x} {:x} {:x}\n", base + frame.frame.offset,
                                   is_mapped ? frame.frame.module + 1 : 0,
                                   trace.modules.size() + frame.function + 1));
        }
    }

    // The tree of stacks: what they have in common at their outer ends is written once.
    void stacks() {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> nodes;  // parent, frame: number
        for (std::uint32_t site = 0; site < what_.trace.sites.size(); ++site) {
            std::uint32_t node = 0;
            const auto stack = what_.frames.stack(site);
            for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) {
                const auto next = static_cast<std::uint32_t>(nodes.size() + 1);
                const auto [at, fresh] = nodes.try_emplace({node, *frame}, next);
                if (fresh) out_.write(fmt::format("t {:x} {:x}\n", *frame + 1, node));
                node = at->second;
            }
            node_of_site_.push_back(node);
        }
    }

    std::uint32_t kind_of(std::uint32_t requester, std::uint64_t size) {
        const std::uint32_t site = what_.requesters[requester].site;
        const std::uint32_t node = site == kNone ? 0 : node_of_site_[site];
        const auto [at, fresh] = kinds_[node].try_emplace(size, static_cast<std::uint32_t>(kind_count_));
        if (fresh) {
            out_.write(fmt::format("a {:x} {:x}\n", size, node));
            ++kind_count_;
        }
        return at->second;
    }

    // Writes the time of all milliseconds that begin up to an event.
    void go_to(std::uint64_t event) {
        for (; milliseconds_ * kEventsPerMillisecond <= event; ++milliseconds_)
            out_.write(fmt::format("c {:x}\n", milliseconds_));
    }

    const Exported& what_;
    WholeFile& out_;
    std::vector<std::uint32_t> node_of_site_;
    std::unordered_map<std::uint32_t, std::unordered_map<std::uint64_t, std::uint32_t>> kinds_;
    std::size_t kind_count_ = 0;
    std::uint64_t milliseconds_ = 0;  // whose time is to be written next
};

}  // namespace

void export_heaptrack(const Exported& what, WholeFile& out) {
    Heaptrack(what, out).write();
}

}  // namespace memo::cli
