// A plan with room behind every block: the same requests, laid out so that nothing overlaps, and sealed.
#include "allocator/roomy_plan.h"

#include "checked_plan.h"
#include "planner/plan_builder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

constexpr std::uint64_t kRoom = 16;

// Forty slots, four alive at once, every seventh left out; offsets as if nothing ever died.
[[nodiscard]] CheckedPlan some_plan() {
    planner::PlanContents contents;
    contents.program = "/usr/bin/model";
    contents.min_size = Bytes{100};
    contents.period_requests = 80;
    std::uint64_t end = 0;
    for (std::uint64_t k = 0; k < 40; ++k) {
        planner::PlannedSlot slot;
        slot.size = Bytes{100 + 7 * k};
        slot.alignment = k % 3 == 0 ? 256 : 0;
        slot.caller = {"libmodel.so", k % 5};
        slot.life = {{2 * k}, {2 * k + 8 < 80 ? 2 * k + 8 : 80}};
        slot.position = static_cast<std::uint32_t>(2 * k);
        slot.left_out = k % 7 == 6;
        slot.tag = "aten::op" + std::to_string(k % 4);
        slot.offset = Offset{end};
        end = round_up(end + slot.size.value, 256);
        contents.slots.push_back(slot);
    }
    contents.height = Bytes{end};
    return CheckedPlan(planner::build_plan(contents));
}

}  // namespace

TEST_CASE("a plan with room behind its blocks holds the same requests, and nothing overlaps") {
    const CheckedPlan file = some_plan();
    REQUIRE(file.wrong() == nullptr);
    const PlanView before = file.view();
    const PlanView after = with_room_behind(before, Bytes{kRoom});
    REQUIRE_FALSE(after.empty());
    CHECK(std::string(after.string(after.header().program)) == "/usr/bin/model");
    CHECK(after.header().min_size == 100);
    CHECK(after.header().period_requests == 80);
    CHECK(after.header().height < before.header().height);  // this one was laid out by the planner
    REQUIRE(after.slots().size() == before.slots().size());
    for (std::size_t k = 0; k < after.slots().size(); ++k) {
        const PlanSlot& is = after.slots()[k];
        const PlanSlot& was = before.slots()[k];
        CHECK(is.size == was.size + kRoom);
        CHECK(is.alignment == was.alignment);
        CHECK(is.flags == was.flags);
        CHECK(is.lower == was.lower);
        CHECK(is.upper == was.upper);
        CHECK(is.position == was.position);
        CHECK(std::string(after.string(is.tag)) == before.string(was.tag));
        CHECK(after.callers()[is.caller].offset == before.callers()[was.caller].offset);
        if ((is.flags & kSlotLeftOut) != 0) continue;
        for (std::size_t other = 0; other < k; ++other) {
            const PlanSlot& one = after.slots()[other];
            if ((one.flags & kSlotLeftOut) != 0) continue;
            const bool meet = one.lower < is.upper && is.lower < one.upper;
            const bool overlap = one.offset < is.offset + is.size && is.offset < one.offset + one.size;
            CHECK_FALSE((meet && overlap));
        }
    }
}

TEST_CASE("slots are left out of a plan, and the rest is laid out without them") {
    const CheckedPlan file = some_plan();
    REQUIRE(file.wrong() == nullptr);
    const PlanView before = file.view();
    std::vector<char> leaves_out(before.slots().size(), 0);
    leaves_out[1] = 1;
    const PlanView after = with_slots_left_out(before, leaves_out);
    REQUIRE_FALSE(after.empty());
    REQUIRE(after.slots().size() == before.slots().size());
    for (std::size_t k = 0; k < after.slots().size(); ++k) {
        CHECK(after.slots()[k].size == before.slots()[k].size);
        const bool was_left_out = (before.slots()[k].flags & kSlotLeftOut) != 0;
        CHECK(((after.slots()[k].flags & kSlotLeftOut) != 0) == (was_left_out || k == 1));
    }
    std::fill(leaves_out.begin(), leaves_out.end(), 1);
    CHECK(with_slots_left_out(before, leaves_out).empty());
}

TEST_CASE("a plan in which nothing is placed, or that grows too high, is not laid out") {
    planner::PlanContents contents;
    planner::PlannedSlot slot;
    slot.size = Bytes{kMaxPlanHeight};
    slot.caller = {"m", 0};
    slot.life = {{0}, {1}};
    contents.height = Bytes{kMaxPlanHeight};
    contents.slots = {slot};
    const CheckedPlan highest(planner::build_plan(contents));
    REQUIRE(highest.wrong() == nullptr);
    CHECK(with_room_behind(highest.view(), Bytes{kRoom}).empty());

    contents.slots[0].left_out = true;
    contents.height = Bytes{0};
    const CheckedPlan nothing(planner::build_plan(contents));
    if (nothing.wrong() == nullptr) CHECK(with_room_behind(nothing.view(), Bytes{kRoom}).empty());
}
