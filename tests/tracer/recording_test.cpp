// What the tracer records of one process: every entry point, order across threads, call stacks, labels.
#include "cli/symbols.h"
#include "common/trace_format.h"
#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_set>

using namespace memo;
using memo::test::path_of_context;
using memo::test::requests_of;
using memo::test::TracedRun;

TEST_CASE("every entry point is recorded with its size, alignment and caller") {
    const TracedRun run({"entry_points"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    ElfSymbols symbols(trace);
    struct Expected {
        std::uint64_t size;
        EntryPoint entry;
        std::uint32_t alignment;
        const char* caller;
    };
    const Expected all[] = {
        {7001, EntryPoint::malloc, 0, "call_malloc"},
        {7002, EntryPoint::calloc, 0, "call_calloc"},
        {7003, EntryPoint::realloc, 0, "call_realloc"},
        {7004, EntryPoint::reallocarray, 0, "call_reallocarray"},
        {7005, EntryPoint::memalign, 128, "call_memalign"},
        {7006, EntryPoint::posix_memalign, 256, "call_posix_memalign"},
        {7040, EntryPoint::aligned_alloc, 64, "call_aligned_alloc"},
        {7008, EntryPoint::valloc, 0, "call_valloc"},
        {7009, EntryPoint::pvalloc, 0, "call_pvalloc"},
        {7010, EntryPoint::operator_new, 0, "call_operator_new()"},
        {7011, EntryPoint::operator_new, 0, "call_operator_new_array"},
        {7012, EntryPoint::operator_new_aligned, 512, "call_operator_new_aligned"},
    };
    for (const Expected& expected : all) {
        INFO(expected.caller);
        const auto found = requests_of(trace, expected.size);
        REQUIRE(found.size() == 1);
        CHECK(found[0].entry == expected.entry);
        CHECK(found[0].alignment == expected.alignment);
        REQUIRE(found[0].site != kNone);
        const Frame caller = trace.sites.stack(found[0].site).at(0);
        REQUIRE(caller.module != kNone);
        const Module& module = trace.modules[caller.module];
        CHECK(module.path == std::filesystem::canonical(MEMO_TEST_SUBJECT));
        CHECK(module.build_id == trace.program_build_id);
        const auto function = symbols.function_at(caller.module, caller.offset - 1);
        REQUIRE(function.has_value());
        CHECK_THAT(*function, Catch::Contains(expected.caller));
        const bool released = std::ranges::any_of(trace.events, [&](const Event& event) {
            return event.kind == EventKind::free && event.address == found[0].address &&
                   event.sequence > found[0].sequence;
        });
        CHECK(released);
    }
}

TEST_CASE("a reallocation is a free and an allocation that names the old block") {
    const TracedRun run({"entry_points"});
    const Trace trace = run.trace();
    const Event grown = requests_of(trace, 7003).at(0);
    CHECK(grown.old_address == requests_of(trace, 7001).at(0).address);
    const bool freed = std::ranges::any_of(trace.events, [&](const Event& event) {
        return event.kind == EventKind::free && event.entry == EntryPoint::realloc &&
               event.address == grown.old_address && event.sequence < grown.sequence;
    });
    CHECK(freed);

    SECTION("to size 0 it is a free alone") {
        const Event block = requests_of(trace, 7013).at(0);
        const auto next = std::ranges::find_if(trace.events, [&](const Event& event) {
            return event.sequence > block.sequence && event.address == block.address;
        });
        REQUIRE(next != trace.events.end());
        CHECK(next->kind == EventKind::free);
        CHECK(next->entry == EntryPoint::realloc);
    }
}

TEST_CASE("the trace says which process it is of") {
    const TracedRun run({"one", "7999"});
    const Trace trace = run.trace();
    CHECK(trace.program == std::filesystem::canonical(MEMO_TEST_SUBJECT));
    REQUIRE(trace.arguments.size() == 3);
    CHECK(trace.arguments[2] == "7999");
    CHECK(trace.program_build_id.size() >= 16);
    CHECK_FALSE(trace.tool_version.empty());
    CHECK_THAT(trace.next_allocator, Catch::Contains("libc.so"));
    CHECK(trace.process_id > 0);
    CHECK(trace.parent_process_id > 0);
    CHECK(trace.start_unix_ns > 0);
    CHECK(trace.complete);
    CHECK(trace.damaged_chunks == 0);
    CHECK(trace.dropped_events == 0);
    CHECK(requests_of(trace, 7999).size() == 1);
}

TEST_CASE("blocks that threads pass around are never allocated twice without a free between") {
    const TracedRun run({"handover"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(trace.threads.size() == 17);
    CHECK(trace.events.size() > std::size_t{16} * 60'000);
    CHECK(trace.dropped_events == 0);
    test::check_addresses(trace);
}

TEST_CASE("every free of a threaded program has its allocation") {
    // Without stacks: the C library gives each thread that unwinds a block for libunwind's thread-local
    // storage, which is ours and unrecorded, and frees it itself when the thread has ended.
    const TracedRun run({"handover"}, {{"MEMO_TRACE_DEPTH", "0"}});
    const Trace trace = run.trace();
    test::check_addresses(trace);
    std::unordered_set<std::uint64_t> live;
    std::size_t unknown_frees = 0;
    for (const Event& event : trace.events) {
        if (event.kind == EventKind::allocate) live.insert(event.address);
        if (event.kind == EventKind::free && live.erase(event.address) == 0) ++unknown_frees;
    }
    CHECK(unknown_frees == 0);
}

TEST_CASE("call stacks lead from the caller to main") {
    const TracedRun run({"entry_points"});
    const Trace trace = run.trace();
    ElfSymbols symbols(trace);
    const std::uint32_t site = requests_of(trace, 7001).at(0).site;
    std::vector<std::string> names;
    for (const Frame frame : trace.sites.frames(site)) {
        if (frame.module != kNone)
            names.push_back(symbols.function_at(frame.module, frame.offset - 1).value_or("?"));
    }
    CHECK(std::ranges::find(names, "main") != names.end());
    CHECK_FALSE(trace.sites.is_truncated(site));

    SECTION("and no further than asked") {
        const TracedRun shallow({"entry_points"}, {{"MEMO_TRACE_DEPTH", "0"}});
        const Trace callers = shallow.trace();
        for (std::uint32_t each = 0; each < callers.sites.size(); ++each)
            REQUIRE(callers.sites.stack(each).size() == 1);
        CHECK(requests_of(callers, 7001).size() == 1);
    }
}

TEST_CASE("a full table of sites leaves allocations without one, and says so") {
    const TracedRun run({"entry_points"}, {{"MEMO_TRACE_MAX_SITES", "3"}});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    CHECK(trace.sites.size() <= 3);
    CHECK(requests_of(trace, 7012).at(0).site == kNone);
    CHECK(std::ranges::any_of(trace.notes,
                              [](const std::string& note) { return note.find("table") != note.npos; }));
}

TEST_CASE("labels nest, are per thread, survive a fork, and forgive unbalanced ends") {
    const std::string subject = GENERATE(MEMO_TEST_SUBJECT, MEMO_TEST_SUBJECT_NO_PIE);
    const TracedRun run({subject, "labels"});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    const auto path = [](const Trace& of, std::uint64_t size) {
        return path_of_context(of, requests_of(of, size).at(0).context);
    };
    CHECK(path(trace, 7301).empty());
    CHECK(path(trace, 7302) == "outer");
    CHECK(path(trace, 7303) == "outer/inner");
    CHECK(path(trace, 7304).empty());
    CHECK(path(trace, 7305).empty());
    CHECK(path(trace, 7307).empty());
    CHECK(std::ranges::any_of(trace.notes,
                              [](const std::string& note) { return note.find("1 label pops") == 0; }));
    for (const auto& [name, child] : run.traces()) {
        if (name != "trace") CHECK(path(child, 7306) == "outer/inner");
    }
    CHECK(run.traces().size() == 2);
}

TEST_CASE("a library that takes the place of an unloaded one gets its own sites") {
    const TracedRun run({"reload", MEMO_TEST_LIBRARY_A, MEMO_TEST_LIBRARY_B, MEMO_TEST_LIBRARY_A});
    REQUIRE(run.exit_code() == 0);
    const Trace trace = run.trace();
    const auto module_of = [&](const Event& event) {
        return trace.modules.at(trace.sites.stack(event.site).at(0).module).path;
    };
    REQUIRE(requests_of(trace, 7601).size() == 2);
    REQUIRE(requests_of(trace, 7602).size() == 1);
    for (const Event& event : requests_of(trace, 7601)) CHECK(module_of(event) == MEMO_TEST_LIBRARY_A);
    CHECK(module_of(requests_of(trace, 7602)[0]) == MEMO_TEST_LIBRARY_B);
}

TEST_CASE("errno survives recording") {
    CHECK(TracedRun({"keeps_errno"}).exit_code() == 0);
}
