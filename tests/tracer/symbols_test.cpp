// Function names from module files, and when they are not to be believed.
#include "cli/symbols.h"

#include "tests/tracer/traced.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>

using namespace memo;

TEST_CASE("a module file of another build gives no names, and says why") {
    const test::TracedRun run({"one", "7999"});
    Trace trace = run.trace();
    const Frame caller = trace.sites.stack(test::requests_of(trace, 7999).at(0).site).at(0);
    CHECK(ElfSymbols(trace).function_at(caller.module, caller.offset - 1) == "main");

    trace.modules.at(caller.module).build_id = "0123";
    ElfSymbols changed(trace);
    CHECK_FALSE(changed.function_at(caller.module, caller.offset - 1).has_value());
    REQUIRE(changed.problems().size() == 1);
    CHECK_THAT(changed.problems()[0], Catch::Contains("another build id"));
}

TEST_CASE("missing files, files that are no ELF and modules out of range have no names") {
    Trace trace;
    trace.modules = {{"/no/such/file", "", 0, 0}, {"/etc/passwd", "", 0, 0}};
    ElfSymbols symbols(trace);
    for (std::uint32_t module = 0; module < 3; ++module)
        CHECK_FALSE(symbols.function_at(module, 100).has_value());
    CHECK(symbols.problems().size() == 2);
    CHECK_FALSE(symbols.function_at(kNone, 100).has_value());
}
