// Statistics as text, JSON and metrics: what is written is what was counted, whatever its size.
#include "allocator/statistics.h"

#include "allocator/fixed_text.h"
#include "allocator/memory_use.h"
#include "allocator/metrics.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

using namespace memo;

namespace {

// What `write` writes.
template <class Write>
[[nodiscard]] std::string written(Write write) {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    write(fileno(file));
    std::rewind(file);
    std::string text;
    for (int byte = 0; (byte = std::fgetc(file)) != EOF;) text.push_back(static_cast<char>(byte));
    std::fclose(file);
    return text;
}

template <class... Parts>
[[nodiscard]] std::string text_of(Parts... parts) {
    return written([&](int file) { FixedText(file).add(parts...); });
}

[[nodiscard]] Statistics some_statistics() {
    Statistics statistics;
    for (std::uint64_t k = 1; k <= 2; ++k) {
        PlanStatistics plan;
        plan.slots = 10 * k;
        plan.height = 4096 * k;
        plan.max_load = 4000 * k;
        plan.arenas = k;
        plan.arena_bytes = 4096 * k * k;
        plan.counts.rounds = 100 * k;
        plan.counts.hits = 900 * k;
        plan.counts.occupied = 50;
        plan.counts.skipped = 50;
        statistics.add(plan);
    }
    statistics.state = "serving \"all\"";
    statistics.next_allocator = "/lib/a\\b.so";
    statistics.process = 42;
    statistics.memory = {1U << 20, 1U << 21};
    statistics.pool = {7, 1U << 22, 1U << 23, 1U << 24, 1U << 25, 3};
    statistics.small = {5, 6U << 16, 2};
    return statistics;
}

}  // namespace

TEST_CASE("numbers and shares are written digit by digit", "[statistics]") {
    CHECK(text_of(std::uint64_t{0}, " ", UINT64_MAX) == "0 18446744073709551615");
    CHECK(text_of(-17, " ", 0, " ", INT32_MIN) == "-17 0 -2147483648");
    CHECK(text_of(Share{0}, " ", Share{1}, " ", Share{0.0000004}) == "0.000000 1.000000 0.000000");
    CHECK(text_of(Share{0.9999996}, " ", Share{2.0 / 3}) == "1.000000 0.666667");
    CHECK(text_of(Percent{0.12345}, " ", Percent{1}) == "12.35 100.00");
}

TEST_CASE("strings are quoted so that JSON and labels hold them", "[statistics]") {
    CHECK(text_of(Quoted{"a\"b\\c\n\x1f"}) == R"(a\"b\\c\u000a\u001f)");
    CHECK(text_of(Label{"a\"b\\c\n\x1f"}) == "a\\\"b\\\\c\\n\x1f");
}

TEST_CASE("text longer than the buffer is written whole, and a full file is noticed", "[statistics]") {
    const std::string part(700, 'x');
    CHECK(text_of(part.c_str(), part.c_str(), part.c_str()) == part + part + part);
    std::FILE* full = std::fopen("/dev/full", "w");
    REQUIRE(full != nullptr);
    FixedText text(fileno(full));
    text.add(part.c_str(), part.c_str());
    CHECK_FALSE(text.flush());
    CHECK_FALSE(write_statistics_json(some_statistics(), fileno(full)));
    CHECK_FALSE(write_metrics(some_statistics(), fileno(full)));
    std::fclose(full);
}

TEST_CASE("sums over plans are those of the plans", "[statistics]") {
    const Statistics statistics = some_statistics();
    CHECK(statistics.plans == 2);
    CHECK(statistics.planned_slots == 30);
    CHECK(statistics.height == 8192);
    CHECK(statistics.max_load == 8000);
    CHECK(statistics.arenas == 3);
    CHECK(statistics.arena_bytes == 5 * 4096);
    CHECK(statistics.counts.rounds == 300);
    CHECK(statistics.counts.hits == 2700);
    CHECK(hit_rate(statistics.per_plan[0].counts) == Approx(0.9));
    CHECK(hit_rate(ReplayCounts()) == 0);
}

TEST_CASE("text and JSON say what was counted, also plan by plan", "[statistics]") {
    const Statistics statistics = some_statistics();
    const std::string text = written([&](int file) { write_statistics_text(statistics, file); });
    CHECK(text.find("rounds 300 (0 begun again), hits 2700 (93.10 %") != std::string::npos);
    CHECK(text.find("plan 1: rounds 200, hits 1800 (94.74 %), 20 slots") != std::string::npos);
    CHECK(text.find("resident 1048576 bytes, at most 2097152 bytes") != std::string::npos);
    CHECK(text.find("pool: 7 blocks, live 4194304 bytes, at most 8388608, resident 16777216, given back "
                    "33554432, busy 3 times\n") != std::string::npos);
    const std::string json = written([&](int file) { write_statistics_json(statistics, file); });
    CHECK(json.find("\"pool\": {\"blocks\": 7, \"live_bytes\": 4194304, \"peak_bytes\": 8388608, "
                    "\"resident_bytes\": 16777216, \"given_back_bytes\": 33554432, \"busy\": 3},\n") !=
          std::string::npos);
    CHECK(text.find("small blocks: 5 spans, 393216 bytes, 2 threads with a cache\n") != std::string::npos);
    CHECK(json.find("\"small\": {\"spans\": 5, \"bytes\": 393216, \"caches\": 2},\n") != std::string::npos);
    CHECK(json.find("\"state\": \"serving \\\"all\\\"\"") != std::string::npos);
    CHECK(json.find("\"hit_rate\": 0.931034") != std::string::npos);
    CHECK(json.find("\"per_plan\": [\n  {\"slots\": 10, \"height\": 4096,") != std::string::npos);
}

// The format: https://prometheus.io/docs/instrumenting/exposition_formats
TEST_CASE("metrics are lines of the exposition format, each family headed once", "[statistics]") {
    const Statistics statistics = some_statistics();
    const std::string text = written([&](int file) { CHECK(write_metrics(statistics, file)); });
    CHECK(text.find("memo_misses_total{reason=\"occupied\"} 100\n") != std::string::npos);
    CHECK(text.find("memo_plan_height_bytes{plan=\"1\"} 8192\n") != std::string::npos);
    CHECK(text.find("memo_resident_bytes 1048576\n") != std::string::npos);
    CHECK(text.find("memo_pool_blocks_total 7\n") != std::string::npos);
    CHECK(text.find("memo_pool_live_bytes 4194304\n") != std::string::npos);
    CHECK(text.find("memo_pool_resident_bytes 16777216\n") != std::string::npos);
    std::istringstream lines(text);
    std::vector<std::string> families;
    std::string family;
    std::string help;
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        std::istringstream words(line);
        std::string first;
        std::string second;
        std::string third;
        words >> first >> second >> third;
        if (first == "#" && second == "HELP") {
            help = third;
            continue;
        }
        if (first == "#") {
            CHECK(second == "TYPE");
            CHECK(third == help);
            family = third;
            CHECK(std::find(families.begin(), families.end(), family) == families.end());
            families.push_back(family);
            continue;
        }
        CHECK(line.substr(0, line.find_first_of("{ ")) == family);
        const std::string value = line.substr(line.rfind(' ') + 1);
        CHECK(value.find_first_not_of("0123456789") == std::string::npos);
    }
    CHECK(families.size() == 27);
}

TEST_CASE("a file of metrics replaces the last one whole, or not at all", "[statistics]") {
    char folder[] = "/tmp/memo-metrics.XXXXXX";
    REQUIRE(mkdtemp(folder) != nullptr);
    const std::string path = std::string(folder) + "/m.prom";
    const std::string part = path + ".part";
    std::ofstream(path) << "old\n";
    CHECK(write_metrics_file(some_statistics(), path.c_str(), part.c_str()));
    CHECK_FALSE(write_metrics_file(some_statistics(), folder, part.c_str()));
    const bool nowhere = write_metrics_file(some_statistics(), path.c_str(), "/no/such/folder/part");
    const int why = errno;
    CHECK_FALSE(nowhere);
    CHECK(why == ENOENT);
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(text.find("memo_rounds_total 300\n") != std::string::npos);
    CHECK(access(part.c_str(), F_OK) != 0);
    unlink(path.c_str());
    rmdir(folder);
}

TEST_CASE("the memory of a process is what its pages are", "[statistics]") {
    constexpr std::size_t kBytes = std::size_t{64} << 20;
    const MemoryUse before = read_memory_use("/proc/self/status");
    REQUIRE(before.resident > 0);
    CHECK(before.resident <= before.resident_peak);
    void* memory =
        mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    const MemoryUse more = read_memory_use("/proc/self/status");
    CHECK(more.resident > before.resident + kBytes / 2);
    munmap(memory, kBytes);
    const MemoryUse after = read_memory_use("/proc/self/status");
    CHECK(after.resident < more.resident - kBytes / 2);
    CHECK(after.resident_peak >= more.resident - kBytes / 2);

    errno = E2BIG;
    CHECK(read_memory_use("/proc/self/no-such-file").resident == 0);
    CHECK(errno == E2BIG);
}
