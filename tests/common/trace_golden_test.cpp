// Files of every version of the format, as they were written once: tests/common/golden/. They must stay
// readable, and say what they said; a golden file is never written again.
#include "common/trace_reader.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace memo;

namespace {

// What the small ones hold, in the words of their version: the small trace of tests/common/trace_bytes.h.
Trace golden(const std::string& name) {
    auto trace = read_trace(std::string(MEMO_TEST_GOLDEN) + "/" + name);
    if (!trace.ok()) FAIL(trace.error());
    CHECK(trace->process_id == 42);
    CHECK(trace->program == "/bin/p");
    CHECK(trace->program_build_id == "12ab");
    CHECK(trace->arguments == std::vector<std::string>{"p", "-x"});
    CHECK(trace->complete);
    CHECK(trace->dropped_events == 3);
    CHECK(trace->damaged_chunks == 0);
    REQUIRE(trace->modules.size() == 1);
    CHECK(trace->modules[0].build_id == "ff");
    REQUIRE(trace->threads.size() == 2);
    CHECK(trace->threads[0].name == "main");
    REQUIRE(trace->events.size() == 5);
    const std::uint64_t sequences[] = {1, 2, 3, 4, 6};
    for (std::size_t i = 0; i < 5; ++i) CHECK(trace->events[i].sequence == sequences[i]);
    CHECK(trace->events[0].size == 100);
    CHECK(trace->contexts.at(trace->events[0].context).name == "aten::add");
    CHECK(trace->sites.stack(trace->events[0].site) == std::vector<Frame>{{0, 7}, {0, 9}});
    CHECK(trace->events[1].alignment == 64);
    CHECK(trace->events[1].entry == EntryPoint::posix_memalign);
    CHECK(trace->events[2].kind == EventKind::free);
    CHECK(trace->events[2].address == trace->events[1].address);
    CHECK(trace->events[3].to_move);
    CHECK(trace->events[4].old_address == trace->events[0].address);
    CHECK(trace->sites.stack(trace->events[4].site) == std::vector<Frame>{{kNone, 5}, {0, 9}});
    CHECK(trace->sites.is_truncated(trace->events[4].site));
    return std::move(*trace);
}

// Whole traces as the tracer writes them: `ls /` on Debian 12.
void check_ls(const std::string& name, std::size_t sites, std::size_t allocations, std::size_t frees,
              std::uint64_t bytes) {
    const auto trace = read_trace(std::string(MEMO_TEST_GOLDEN) + "/" + name);
    if (!trace.ok()) FAIL(trace.error());
    CHECK(trace->program == "/usr/bin/ls");
    CHECK(trace->arguments == std::vector<std::string>{"ls", "/"});
    CHECK(trace->complete);
    CHECK(trace->damaged_chunks == 0);
    REQUIRE(trace->modules.size() == 4);
    CHECK(trace->modules[0].path == "/lib/x86_64-linux-gnu/libc.so.6");
    CHECK(trace->threads.size() == 1);
    CHECK(trace->sites.size() == sites);
    CHECK(trace->events.size() == allocations + frees);
    std::uint64_t asked = 0;
    std::size_t freed = 0;
    for (const Event& event : trace->events) {
        asked += event.size;
        if (event.kind == EventKind::free) {
            ++freed;
        } else {
            CHECK_FALSE(trace->sites.frames(event.site).empty());
        }
    }
    CHECK(asked == bytes);
    CHECK(freed == frees);
}

}  // namespace

TEST_CASE("a trace of version 1 still reads", "[golden]") {
    CHECK(golden("version1.memo").events[0].address == 0x5000);
}

TEST_CASE("a trace of version 2 still reads", "[golden]") {
    CHECK(golden("version2.memo").events[0].address == 0x5000);
}

TEST_CASE("a trace of version 3 still reads", "[golden]") {
    check_ls("version3.memo", 17, 42, 9, 60453);
}

TEST_CASE("a trace of version 4 still reads", "[golden]") {
    check_ls("version4.memo", 35, 240, 72, 79308);
}

// perl -e 'for (1..1500) { $x{$_} = "a" x ($_ % 50); delete $x{$_ - 40}; }': a run of three chunks of events.
TEST_CASE("a trace of version 5 still reads", "[golden]") {
    const auto trace = read_trace(std::string(MEMO_TEST_GOLDEN) + "/version5.memo");
    if (!trace.ok()) FAIL(trace.error());
    CHECK(trace->program == "/usr/bin/perl");
    CHECK(trace->complete);
    CHECK(trace->damaged_chunks == 0);
    CHECK(trace->sites.size() == 347);
    CHECK(trace->events.size() == 9270);
    std::uint64_t asked = 0;
    std::size_t freed = 0;
    std::set<std::uint64_t> live;
    for (const Event& event : trace->events) {
        asked += event.size;
        if (event.kind == EventKind::free) {
            ++freed;
            live.erase(event.address);
        } else {
            CHECK(live.insert(event.address).second);  // nobody got a block that another still had
        }
    }
    CHECK(asked == 319322);
    CHECK(freed == 4300);
}

TEST_CASE("a compact trace still reads", "[golden]") {
    CHECK_FALSE(golden("compact.memo").has_addresses);
}

TEST_CASE("a compact trace with addresses still reads", "[golden]") {
    const Trace trace = golden("compact_addresses.memo");
    CHECK(trace.has_addresses);
    CHECK(trace.events[0].address == 0x5000);
}
