// heaptrack's interpreted text, file version 2 (cli/export/exports.h): lines of a letter and hexadecimal
// numbers. Strings, instruction pointers and nodes of the tree of stacks are numbered from 1 in the order in
// which they stand; pairs of a size and a stack from 0.
#include "cli/endings.h"
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

class Heaptrack {
  public:
    Heaptrack(const Exported& what, WholeFile& out) : what_(what), out_(out) {}

    void write() {
        const Trace& trace = what_.trace;
        out_.write("v 10400 2\n");
        out_.write("X " + printable(shell_words(trace.arguments)) + "\n");
        out_.write(fmt::format("I {:x} {:x}\n", sysconf(_SC_PAGESIZE), sysconf(_SC_PHYS_PAGES)));
        frames();
        stacks();
        events();
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

    std::uint32_t kind_of(const Event& event) {
        const std::uint32_t node = event.site == kNone ? 0 : node_of_site_[event.site];
        const auto [at, fresh] =
            kinds_[node].try_emplace(event.size, static_cast<std::uint32_t>(kind_count_));
        if (fresh) {
            out_.write(fmt::format("a {:x} {:x}\n", event.size, node));
            ++kind_count_;
        }
        return at->second;
    }

    void events() {
        const Endings endings(what_.trace, what_.ends);
        std::vector<std::uint32_t> kinds(what_.trace.events.size(), 0);
        for (std::size_t i = 0; i < what_.trace.events.size(); ++i) {
            if (i % kEventsPerMillisecond == 0)
                out_.write(fmt::format("c {:x}\n", i / kEventsPerMillisecond));
            if (makes_block(what_.trace, what_.ends, i)) {
                kinds[i] = kind_of(what_.trace.events[i]);
                out_.write(fmt::format("+ {:x}\n", kinds[i]));
            }
            for (const std::uint32_t block : endings.at(i)) out_.write(fmt::format("- {:x}\n", kinds[block]));
        }
    }

    const Exported& what_;
    WholeFile& out_;
    std::vector<std::uint32_t> node_of_site_;
    std::unordered_map<std::uint32_t, std::unordered_map<std::uint64_t, std::uint32_t>> kinds_;
    std::size_t kind_count_ = 0;
};

}  // namespace

void export_heaptrack(const Exported& what, WholeFile& out) {
    Heaptrack(what, out).write();
}

}  // namespace memo::cli
