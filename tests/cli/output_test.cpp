// The helpers that need no process: words, tables, names, rounds files.
#include "cli/output.h"

#include "cli/bench_results.h"
#include "cli/json.h"
#include "cli/nearest.h"

#include <catch2/catch.hpp>

using namespace memo::cli;

TEST_CASE("edit distance counts insertions, deletions, replacements and swaps") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "") == 3);
    CHECK(edit_distance("trace", "trace") == 0);
    CHECK(edit_distance("trac", "trace") == 1);
    CHECK(edit_distance("jsno", "json") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name prefers what the word begins, then the smallest distance, then the first") {
    const std::vector<std::string> names = {"periods", "plan", "show", "top"};
    CHECK(nearest("p", names) == "plan");
    CHECK(nearest("per", names) == "periods");
    CHECK(nearest("sohw", names) == "show");
    CHECK(nearest("", {}).empty());
}

TEST_CASE("bytes are written with three digits and units of 1024") {
    CHECK(format_bytes(0) == "0 B");
    CHECK(format_bytes(1023) == "1023 B");
    CHECK(format_bytes(1024) == "1.00 KiB");
    CHECK(format_bytes(20 * 1024 * 1024 + 600 * 1024) == "20.6 MiB");
    CHECK(format_bytes(1023 * 1024) == "1.00 MiB");
    CHECK(format_bytes(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("shell words survive a shell") {
    CHECK(shell_word("model.memo") == "model.memo");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("two words") == "'two words'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_words({"a", "b c"}) == "a 'b c'");
}

TEST_CASE("control characters do not reach the terminal") {
    CHECK(printable("a\x1b[31mb\n") == "a?[31mb?");
    CHECK(printable("é") == "é");
}

TEST_CASE("a table aligns its columns and marks the best") {
    Table table({{"name", Align::left}, {"ms"}});
    table.add({"a", Cell("1", true)});
    table.add({"long", "12"});
    CHECK(table.text() == "name  ms\na     1*\nlong  12\n");
}

TEST_CASE("rounds files hold three numbers a line, or four") {
    const auto rounds = parse_rounds("1 0.5 10\n\n 2e0\t1.5 0 \r\n3 3 3 4096 ");
    REQUIRE(rounds.ok());
    REQUIRE(rounds->size() == 3);
    CHECK((*rounds)[1].wall_ms == 2);
    CHECK((*rounds)[1].cpu_ms == 1.5);
    CHECK((*rounds)[2].faults == 3);
    CHECK((*rounds)[1].rss_kb == 0);
    CHECK((*rounds)[2].rss_kb == 4096);
    CHECK(parse_rounds("")->empty());
    for (const char* bad :
         {"1 2", "1 2 3 4 5", "1 2 3 -4", "a b c", "1 2 -3", "nan 1 1", "1,2,3", "1 2 3x"}) {
        INFO(bad);
        const auto wrong = parse_rounds(std::string("1 1 1\n") + bad);
        REQUIRE_FALSE(wrong.ok());
        CHECK(wrong.error().starts_with("line 2 "));
    }
}

TEST_CASE("quantiles take the nearest rank, medians the middle") {
    CHECK(quantile_of({}, 0.99) == 0);
    CHECK(quantile_of({5}, 0.99) == 5);
    std::vector<double> hundred;
    for (int i = 100; i >= 1; --i) hundred.push_back(i);
    CHECK(quantile_of(hundred, 0.99) == 99);
    CHECK(quantile_of(hundred, 0.5) == 50);
    CHECK(quantile_of(hundred, 1) == 100);
    CHECK(median_of({3, 1, 2}) == 2);
    CHECK(median_of({4, 1, 2, 3}) == 2.5);
    CHECK(median_of({}) == 0);
}

TEST_CASE("the bench table takes medians over starts and compares CPU time with glibc's") {
    std::vector<Measurement> measurements;
    for (std::size_t start = 1; start <= 3; ++start) {
        const auto value = static_cast<double>(start);
        measurements.push_back({"glibc", start, 1, 10 * value, 10 * value, 4 * value, 100, 2048});
        measurements.push_back({"memomalloc", start, 1, 5 * value, 5 * value, 2 * value, 0, 1024});
    }
    const std::string text = bench_text(measurements);
    CHECK(text.find("20.0 (10.0–30.0)") != std::string::npos);
    CHECK(text.find("10.0* ") == std::string::npos);  // the range stands before the mark
    CHECK(text.find("10.0 (5.00–15.0)*") != std::string::npos);
    CHECK(text.find("0.500") != std::string::npos);
    const Json json = bench_json(measurements);
    REQUIRE(json.items().size() == 6);
    for (const char* key :
         {"allocator", "start", "wall_ms_median", "wall_ms_p99", "cpu_ms_median", "faults", "peak_rss_kb"}) {
        CHECK(json.items()[0].contains(key));
    }
}
