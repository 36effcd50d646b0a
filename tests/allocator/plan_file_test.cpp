// The plan file: what the builder writes, the loader accepts; what was damaged, it refuses; and what it
// accepts after deliberate changes with a right checksum is safe to replay all the same.
#include "checked_plan.h"
#include "random_plan.h"
#include "shadow_map.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

using namespace memo;
using namespace memo::testing;

namespace {

planner::PlannedSlot slot_at(std::uint64_t offset, std::uint64_t size, std::uint64_t caller) {
    planner::PlannedSlot slot;
    slot.offset = {offset};
    slot.size = {size};
    slot.caller = {"libmodel.so", caller};
    return slot;
}

planner::PlannedFrame frame_at(const char* module, std::uint64_t offset, const char* function,
                               std::uint32_t outer) {
    planner::PlannedFrame frame;
    frame.place.module = module;
    frame.place.offset = offset;
    frame.function = function;
    frame.outer = outer;
    return frame;
}

// Six slots that show all there is: an alignment, one left out, bytes used twice, a repeated caller, tags.
planner::PlanContents small_contents() {
    planner::PlanContents contents;
    contents.program = "/usr/bin/model";
    contents.program_build_id = "abcdef";
    contents.strategy = "by hand";
    contents.height = {1024};
    contents.max_load = {700};
    contents.min_size = {16};
    contents.period_requests = 9;
    contents.period_bytes = {5000};
    contents.slots = {slot_at(0, 100, 1), slot_at(112, 200, 2), slot_at(0, 64, 1),
                      slot_at(64, 32, 3), slot_at(0, 40, 4),    slot_at(512, 512, 5)};
    contents.slots[1].alignment = 16;
    contents.slots[4].left_out = true;
    contents.slots[5].alignment = 256;
    contents.slots[5].tag = "aten::conv2d";
    contents.frames.push_back(frame_at("libc.so.6", 9, "main", 0));
    contents.frames.push_back(frame_at("libmodel.so", 1, "run", 1));
    contents.frames.push_back(frame_at("", 7, "", 1));
    contents.slots[0].stack = 2;
    contents.slots[3].stack = 3;
    for (std::uint32_t i = 0; i < contents.slots.size(); ++i) {
        contents.slots[i].life = {{i}, {i + 1}};
        contents.slots[i].position = i + 2;
    }
    return contents;
}

CheckedPlan small_file() {
    return CheckedPlan(planner::build_plan(small_contents()));
}

std::string what_is_wrong(const CheckedPlan& file) {
    const char* const wrong = file.wrong();
    return wrong == nullptr ? "nothing" : wrong;
}

// Nullptr if any program is safe on the accepted plan, as far as some hundreds of steps can tell.
const char* drive(const PlanView& plan, std::mt19937_64& random, std::uint64_t steps) {
    for (const PlanSlot& slot : plan.slots()) (void)std::strlen(plan.string(slot.tag));
    for (std::uint32_t at : plan.stacks()) {
        for (; at != 0; at = plan.frames()[at - 1].outer) {
            (void)std::strlen(plan.string(plan.frames()[at - 1].function));
        }
    }
    auto memory = replay_memory(plan);
    WatchedReplay watched(plan, memory.data());
    return watched.wander(steps, [&](std::uint64_t below) { return draw(random, below); });
}

template <class Word>
std::vector<Word> replacements(Word word) {
    constexpr Word kHigh = Word{1} << (sizeof(Word) * 8 - 1);
    return {0,
            1,
            2,
            16,
            static_cast<Word>(~word),
            static_cast<Word>(word + 1),
            static_cast<Word>(word - 1),
            static_cast<Word>(word * 2),
            static_cast<Word>(kHigh - 1),
            kHigh,
            static_cast<Word>(~Word{0}),
            static_cast<Word>(~Word{0} - 15),
            Word{1} << 20,
            Word{1} << 21};
}

// Replaces each word of a sound plan in turn, sets the checksum right, and drives what is still accepted.
template <class Word>
void change_every_word(const CheckedPlan& sound, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    unsigned accepted = 0;
    unsigned refused = 0;
    for (std::size_t at = 0; at + sizeof(Word) <= sound.size(); at += sizeof(Word)) {
        CheckedPlan file = sound;
        Word word = 0;
        std::memcpy(&word, file.data() + at, sizeof word);
        for (const Word replacement : replacements(word)) {
            std::memcpy(file.data() + at, &replacement, sizeof word);
            file.fix_checksum();
            if (file.wrong() != nullptr) {
                ++refused;
                continue;
            }
            ++accepted;
            const char* const wrong = drive(file.view(), random, 300);
            INFO("word at " << at << " set to " << replacement);
            REQUIRE(wrong == nullptr);
        }
    }
    CHECK(accepted > 100);  // statistics, names and lifetimes, which replay does not rely on
    CHECK(refused > 500);
}

}  // namespace

TEST_CASE("the loader accepts what the builder writes, and reads the same") {
    const planner::PlanContents contents = small_contents();
    const CheckedPlan file = small_file();
    REQUIRE(what_is_wrong(file) == "nothing");
    const PlanView plan = file.view();
    const PlanHeader& header = plan.header();
    CHECK(header.height == 1024);
    CHECK(header.max_load == 700);
    CHECK(header.min_size == 16);
    CHECK(header.period_requests == 9);
    CHECK(header.period_bytes == 5000);
    CHECK(plan.string(header.program) == contents.program);
    CHECK(plan.string(header.program_build_id) == contents.program_build_id);
    CHECK(plan.string(header.strategy) == contents.strategy);
    CHECK(header.proven_optimal == 0);
    REQUIRE(plan.slots().size() == contents.slots.size());
    for (std::size_t i = 0; i < contents.slots.size(); ++i) {
        const planner::PlannedSlot& expected = contents.slots[i];
        const PlanSlot& slot = plan.slots()[i];
        CHECK(slot.size == expected.size.value);
        CHECK(slot.offset == (expected.left_out ? 0 : expected.offset.value));
        CHECK(slot.alignment == expected.alignment);
        CHECK(slot.flags == (expected.left_out ? kSlotLeftOut : 0));
        CHECK(slot.lower == expected.life.lower.value);
        CHECK(slot.upper == expected.life.upper.value);
        CHECK(slot.position == expected.position);
        CHECK(plan.string(slot.tag) == expected.tag);
        CHECK(plan.callers()[slot.caller].offset == expected.caller.offset);
        CHECK(plan.string(plan.callers()[slot.caller].module) == expected.caller.module);
        CHECK(plan.stacks()[i] == expected.stack);
    }
    REQUIRE(plan.frames().size() == contents.frames.size());
    for (std::size_t i = 0; i < contents.frames.size(); ++i) {
        const planner::PlannedFrame& expected = contents.frames[i];
        const PlanFrame& frame = plan.frames()[i];
        CHECK(plan.string(frame.module) == expected.place.module);
        CHECK(frame.offset == expected.place.offset);
        CHECK(plan.string(frame.function) == expected.function);
        CHECK(frame.outer == expected.outer);
    }
    CHECK(plan.callers().size() == 5);
    CHECK(std::vector(plan.starts().begin(), plan.starts().end()) ==
          std::vector<std::uint64_t>{0, 64, 112, 512});
}

TEST_CASE("a plan without call stacks is as version 1 had it, which is still read") {
    planner::PlanContents contents = small_contents();
    contents.frames.clear();
    for (planner::PlannedSlot& slot : contents.slots) slot.stack = 0;
    CheckedPlan file(planner::build_plan(contents));
    file.data()[offsetof(PlanHeader, version)] = 1;
    file.fix_checksum();
    CHECK(what_is_wrong(file) == "nothing");
    CHECK(file.view().frames().empty());
    CHECK(file.view().stacks().empty());

    CheckedPlan with_stacks = small_file();
    with_stacks.data()[offsetof(PlanHeader, version)] = 1;
    with_stacks.fix_checksum();
    CHECK(what_is_wrong(with_stacks) == "a reserved field is not zero");
}

TEST_CASE("predecessors are the last slots on each byte, in cyclic order") {
    const CheckedPlan file = small_file();
    REQUIRE(what_is_wrong(file) == "nothing");
    const PlanView plan = file.view();
    const auto of = [&](std::size_t index) {
        const PlanSlot& slot = plan.slots()[index];
        const auto run = plan.predecessors().subspan(slot.first_predecessor, slot.predecessor_count);
        return std::vector(run.begin(), run.end());
    };
    CHECK(of(0) == std::vector<std::uint32_t>{2, 3, 0});  // [0,64) slot 2, [64,96) slot 3, [96,100) itself
    CHECK(of(1) == std::vector<std::uint32_t>{1});
    CHECK(of(2) == std::vector<std::uint32_t>{0});
    CHECK(of(3) == std::vector<std::uint32_t>{0});
    CHECK(of(4).empty());
    CHECK(of(5) == std::vector<std::uint32_t>{5});
}

TEST_CASE("every plan cut short is refused") {
    const CheckedPlan file = small_file();
    CheckedPlan whole = file;
    for (std::size_t size = 0; size < file.size(); ++size) {
        CheckedPlan cut(std::span(whole.data(), size));
        CHECK(cut.wrong() != nullptr);
        // The same with a header that owns up to it.
        if (size < sizeof(PlanHeader)) continue;
        const std::uint64_t bytes = size;
        std::memcpy(cut.data() + offsetof(PlanHeader, file_bytes), &bytes, sizeof bytes);
        cut.fix_checksum();
        CHECK(cut.wrong() != nullptr);
    }
    std::vector<char> longer(whole.data(), whole.data() + whole.size());
    longer.push_back(0);
    CHECK(what_is_wrong(CheckedPlan(longer)) == "bytes after the plan's end");
}

TEST_CASE("every flipped bit is refused") {
    CheckedPlan file = small_file();
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
        const auto flip = static_cast<char>(1U << (bit % 8));
        file.data()[bit / 8] = static_cast<char>(file.data()[bit / 8] ^ flip);
        if (file.wrong() == nullptr) FAIL("bit " << bit << " flipped, and accepted");
        file.data()[bit / 8] = static_cast<char>(file.data()[bit / 8] ^ flip);
    }
    CHECK(what_is_wrong(file) == "nothing");
}

TEST_CASE("what is wrong with a file is said in words") {
    CheckedPlan file = small_file();
    const auto set = [&](std::size_t at, std::uint32_t value) {
        std::memcpy(file.data() + at, &value, sizeof value);
    };
    CHECK(what_is_wrong(CheckedPlan(std::span<const char>())) == "the file is empty");
    CHECK(what_is_wrong(CheckedPlan(std::vector<char>(100))) == "too short for a plan");
    CHECK(what_is_wrong(CheckedPlan(std::vector<char>(1000, 'x'))) == "not a MemoMalloc plan");
    SECTION("another version") {
        set(offsetof(PlanHeader, version), kPlanVersion + 1);
        CHECK(what_is_wrong(file) == "a plan of another version of MemoMalloc: plan again from the trace");
    }
    SECTION("a cut file") {
        set(offsetof(PlanHeader, file_bytes), static_cast<std::uint32_t>(file.size()) + 8);
        CHECK(what_is_wrong(file) == "the plan is cut short");
    }
    SECTION("damage") {
        set(offsetof(PlanHeader, period_bytes), 1);
        CHECK(what_is_wrong(file) == "the checksum does not match: the plan is damaged");
    }
    SECTION("no slots") {
        planner::PlanContents contents = small_contents();
        contents.slots.clear();
        CHECK(what_is_wrong(CheckedPlan(planner::build_plan(contents))) == "the plan has no slots");
    }
}

TEST_CASE("contents beyond the limits are built, and refused") {
    planner::PlanContents contents = small_contents();
    const auto answer = [&] { return what_is_wrong(CheckedPlan(planner::build_plan(contents))); };
    SECTION("a slot beyond the arena") {
        contents.slots[0].size = {1025};
        CHECK(answer() == "a slot lies outside the arena");
    }
    SECTION("a misplaced slot") {
        contents.slots[5].offset = {256 + 128};
        CHECK(answer() == "a slot is not aligned");
    }
    SECTION("an alignment of 24") {
        contents.slots[1].alignment = 24;
        CHECK(answer() == "a slot's alignment is not a power of two in range");
    }
    SECTION("an empty lifetime") {
        contents.slots[2].life = {{4}, {4}};
        CHECK(answer() == "a slot's lifetime is empty");
    }
    SECTION("a slot below the smallest size") {
        contents.slots[3].size = {15};
        CHECK(answer() == "a slot is smaller than the plan's smallest size");
    }
    SECTION("a max load above the height") {
        contents.max_load = {1025};
        CHECK(answer() == "the plan's height is below its max load");
    }
    SECTION("a call stack without an end") {
        contents.frames[1].outer = 2;
        CHECK(answer() == "a frame comes before the one outside of it");
    }
    SECTION("a call stack that is not there") {
        contents.slots[0].stack = 4;
        CHECK(answer() == "a slot's call stack is out of range");
    }
    SECTION("a height of a petabyte") {
        contents.height = {std::uint64_t{1} << 50};
        CHECK(answer() == "the plan's height is out of range");
    }
}

TEST_CASE("a start that no slot has is refused") {
    // Leave the last slot out by hand: its start stays in the table, and would lead to a slot that lies
    // elsewhere.
    CheckedPlan file = small_file();
    PlanHeader header;
    std::memcpy(&header, file.data(), sizeof header);
    const std::uint64_t at = header.slots_at + (header.slot_count - 1) * sizeof(PlanSlot);
    PlanSlot slot;
    std::memcpy(&slot, file.data() + at, sizeof slot);
    header.predecessor_count -= slot.predecessor_count;
    slot.predecessor_count = 0;
    slot.flags = kSlotLeftOut;
    std::memcpy(file.data(), &header, sizeof header);
    std::memcpy(file.data() + at, &slot, sizeof slot);
    file.fix_checksum();
    CHECK(what_is_wrong(file) == "the plan has a start of no slot");
}

TEST_CASE("a plan of which every slot is left out serves nothing, and keeps its place") {
    planner::PlanContents contents = small_contents();
    for (planner::PlannedSlot& slot : contents.slots) slot.left_out = true;
    const CheckedPlan file(planner::build_plan(contents));
    REQUIRE(what_is_wrong(file) == "nothing");
    auto memory = replay_memory(file.view());
    WatchedReplay watched(file.view(), memory.data());
    for (int round = 0; round < 3; ++round) {
        for (const PlanSlot& slot : file.view().slots()) {
            Answer answer;
            CHECK(watched.request(slot, answer) == nullptr);
            CHECK(answer.miss == Miss::left_out);
        }
    }
    CHECK(watched.replay().counts().rounds == 3);
    CHECK(watched.replay().release(0) == Release::not_a_block);
}

TEST_CASE("blocks are found at their starts and nowhere else") {
    std::mt19937_64 random(3);
    const CheckedPlan file(planner::build_plan(random_plan(random, {.slots = 1000})));
    REQUIRE(what_is_wrong(file) == "nothing");
    const PlanView plan = file.view();
    for (std::size_t i = 0; i < plan.starts().size(); ++i) {
        CHECK(find_start(plan, plan.starts()[i]) == static_cast<std::int64_t>(i));
        CHECK(find_start(plan, plan.starts()[i] + 1) == -1);
    }
    for (int i = 0; i < 10000; ++i) {
        const std::uint64_t offset = random() | 1;
        CHECK(find_start(plan, offset) == -1);
    }
    CHECK(find_start(plan, ~std::uint64_t{0}) == -1);
}

TEST_CASE("a plan changed in any one word is refused or safe to replay") {
    change_every_word<std::uint32_t>(small_file(), 1);
    change_every_word<std::uint64_t>(small_file(), 2);
}

TEST_CASE("a plan changed in several places is refused or safe to replay") {
    std::mt19937_64 random(4);
    const CheckedPlan sound = small_file();
    const std::size_t words = sound.size() / sizeof(std::uint32_t);
    unsigned accepted = 0;
    for (int i = 0; i < 50000; ++i) {
        CheckedPlan file = sound;
        for (std::uint64_t left = 1 + draw(random, 4); left != 0; --left) {
            // Words of the same plan are likelier to make sense than random ones.
            std::uint32_t word = 0;
            std::memcpy(&word, file.data() + draw(random, words) * sizeof word, sizeof word);
            if (chance(random, 30000)) word += static_cast<std::uint32_t>(draw(random, 3)) - 1;
            std::memcpy(file.data() + draw(random, words) * sizeof word, &word, sizeof word);
        }
        file.fix_checksum();
        if (file.wrong() != nullptr) continue;
        ++accepted;
        const char* const wrong = drive(file.view(), random, 100);
        REQUIRE(wrong == nullptr);
    }
    CHECK(accepted > 1000);
}
