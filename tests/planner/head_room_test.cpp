// Head-room for slots of variable size: never over another block, never above the plan.
#include "planner/head_room.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <random>

using namespace memo;
using namespace memo::planner;

namespace {

PlannedSlot slot_of(std::uint64_t offset, std::uint64_t size, std::size_t lower, std::size_t upper,
                    bool variable) {
    PlannedSlot slot;
    slot.size = Bytes{size};
    slot.offset = Offset{offset};
    slot.life = {{lower}, {upper}};
    slot.variable = variable;
    return slot;
}

}  // namespace

TEST_CASE("a variable slot grows into what is free while it lives, an eighth at most") {
    PlanContents contents;
    contents.height = Bytes{4096};
    contents.slots = {slot_of(0, 1024, 0, 2, true),      // room to the end, but an eighth only
                      slot_of(2048, 1024, 1, 3, true),   // 32 bytes below the next one
                      slot_of(3104, 512, 2, 4, false),   // not variable
                      slot_of(3072, 1024, 4, 5, true)};  // ends where the plan does
    give_head_room(contents);
    CHECK(contents.slots[0].size.value == 1024 + 128);
    CHECK(contents.slots[1].size.value == 1024 + 32);
    CHECK(contents.slots[2].size.value == 512);
    CHECK(contents.slots[3].size.value == 1024);
    CHECK(contents.max_load.value == 1024 + 128 + 1024 + 32);
}

TEST_CASE("whatever the plan, growing makes no two blocks overlap that did not") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 300; ++round) {
        PlanContents contents;
        contents.height = Bytes{8192};
        for (std::size_t i = 0; i < 30; ++i) {
            const std::uint64_t size = 16 * (1 + random() % 60);
            const std::uint64_t offset = random() % ((8192 - size) / 16) * 16;
            PlannedSlot slot = slot_of(offset, size, i, i + 1 + random() % 6, random() % 2 == 0);
            slot.left_out = random() % 10 == 0;
            contents.slots.push_back(slot);
        }
        const auto overlaps = [](const PlannedSlot& a, const PlannedSlot& b) {
            return !a.left_out && !b.left_out && a.life.lower < b.life.upper && b.life.lower < a.life.upper &&
                   a.offset < b.offset + b.size && b.offset < a.offset + a.size;
        };
        const PlanContents before = contents;
        give_head_room(contents);
        for (std::size_t i = 0; i < 30; ++i) {
            const PlannedSlot& slot = contents.slots[i];
            CHECK((slot.size == before.slots[i].size || slot.variable));
            CHECK((slot.offset + slot.size).value <= 8192);
            for (std::size_t k = 0; k < i; ++k) {
                if (!overlaps(before.slots[i], before.slots[k]))
                    CHECK_FALSE(overlaps(slot, contents.slots[k]));
            }
        }
    }
}
