// memo verify: finds what is wrong with a plan, and calls damaged files damaged.
#include "common/units.h"
#include "planner/plan_builder.h"
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <cstring>

using memo::Bytes;
using memo::EventIndex;
using memo::Lifetime;
using memo::Offset;
using memo::test::Answer;
using memo::test::Folder;

namespace {

memo::planner::PlannedSlot slot(std::uint64_t size, std::uint64_t offset, std::uint64_t lower,
                                std::uint64_t upper) {
    memo::planner::PlannedSlot result;
    result.size = Bytes{size};
    result.offset = Offset{offset};
    result.caller = {"program", 0x10};
    result.life = Lifetime{EventIndex{lower}, EventIndex{upper}};
    result.position = static_cast<std::uint32_t>(lower);
    result.tag = "aten::conv2d";
    return result;
}

std::string plan(std::vector<memo::planner::PlannedSlot> slots, std::uint64_t max_load) {
    memo::planner::PlanContents contents;
    contents.height = Bytes{4096};
    contents.max_load = Bytes{max_load};
    contents.period_requests = slots.size();
    contents.slots = std::move(slots);
    const std::vector<char> bytes = memo::planner::build_plan(contents);
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("slots that overlap in space and time are the conflict") {
    const Folder folder;
    folder.write("good.plan", plan({slot(2048, 0, 0, 2), slot(1024, 2048, 1, 3)}, 3072));
    folder.write("bad.plan", plan({slot(2048, 0, 0, 2), slot(1024, 1024, 1, 3)}, 3072));
    CHECK(folder.memo("verify good.plan").code == 0);
    const Answer answer = folder.memo("verify bad.plan --json");
    CHECK(answer.code == 3);
    CHECK(answer.json()["valid"] == false);
    CHECK(answer.json()["conflict"]["kind"] == "overlap");
    CHECK(answer.json()["conflict"]["message"].get<std::string>().find("aten::conv2d #2") !=
          std::string::npos);
    CHECK(folder.memo("verify bad.plan").out.starts_with("valid      false\nconflict   "));
}

TEST_CASE("a left-out slot takes no place") {
    const Folder folder;
    auto left_out = slot(2048, 0, 1, 2);
    left_out.left_out = true;
    folder.write("x.plan", plan({slot(2048, 0, 0, 2), left_out}, 2048));
    const auto json = folder.memo("verify x.plan --json").json();
    CHECK(json["valid"] == true);
    CHECK(json["blocks"] == 1);
}

TEST_CASE("a max load that the slots do not have is a conflict") {
    const Folder folder;
    folder.write("x.plan", plan({slot(2048, 0, 0, 2)}, 4096));
    const Answer answer = folder.memo("verify x.plan --json");
    CHECK(answer.code == 3);
    CHECK(answer.json()["conflict"]["kind"] == "max_load");
    CHECK(answer.json()["max_load"] == 2048);
}

TEST_CASE("solved problems are verified, unsolved ones refused") {
    const Folder folder;
    folder.write("bad.csv", "id,lower,upper,size,offset\na,0,4,100,0\nb,2,8,50,60\n");
    folder.write("unsolved.csv", "id,lower,upper,size\na,0,4,100\n");
    folder.write("huge.csv", "id,lower,upper,size,offset\na,0,4,100,9223372036854775807\n");
    CHECK(folder.memo("verify bad.csv --json").json()["conflict"]["kind"] == "overlap");
    CHECK(folder.memo("verify bad.csv").code == 3);
    CHECK(folder.memo("verify unsolved.csv").code == 2);
    // The highest place there is: ends are not computed modulo 2^64.
    CHECK(folder.memo("verify huge.csv --json").json()["height"] == 9223372036854775907U);
}

TEST_CASE("damaged plans are one line and a wrong input") {
    const Folder folder;
    const std::string good = plan({slot(2048, 0, 0, 2), slot(1024, 2048, 1, 3)}, 3072);
    folder.write("empty.plan", "");
    CHECK(folder.memo("verify empty.plan").err == "memo: empty.plan: the file is empty\n");
    for (std::size_t length = 1; length < good.size(); length += 37) {
        INFO(length);
        folder.write("cut.plan", good.substr(0, length));
        for (const std::string command : {"verify", "show", "info"}) {
            CHECK_FALSE(folder.refusal(command + " cut.plan").empty());
        }
    }
    for (std::size_t at = 0; at < good.size(); at += 29) {
        INFO(at);
        std::string flipped = good;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        folder.write("flipped.plan", flipped);
        CHECK_FALSE(folder.refusal("verify flipped.plan").empty());
    }
}
