// What is said of a free that cannot be right: which of the three cases it is, and of which block.
#include "allocator/bad_free.h"

#include "checked_plan.h"
#include "planner/plan_builder.h"

#include <catch2/catch.hpp>
#include <sys/mman.h>

#include <cstdint>
#include <memory>
#include <string>

using namespace memo;
using namespace memo::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

// Three slots: `a` at [0, 64); then `b` at [32, 96), and `c` at [96, 112).
[[nodiscard]] CheckedPlan tagged_plan() {
    planner::PlanContents contents;
    contents.height = Bytes{4096};
    struct Wanted {
        const char* tag;
        std::uint64_t offset, size;
    };
    for (const Wanted& wanted : {Wanted{"aten::conv2d", 0, 64}, {"", 32, 64}, {"aten::relu", 96, 16}}) {
        planner::PlannedSlot slot;
        slot.size = Bytes{wanted.size};
        slot.offset = Offset{wanted.offset};
        slot.tag = wanted.tag;
        slot.caller = {"libmodel.so", 0x1230 + contents.slots.size()};
        slot.position = static_cast<std::uint32_t>(contents.slots.size());
        slot.life = {{contents.slots.size()}, {contents.slots.size() + 1}};
        contents.slots.push_back(slot);
    }
    return CheckedPlan(planner::build_plan(contents));
}

class Served {
  public:
    Served() : file_(tagged_plan()), plans_(std::make_unique<Plans>()) {
        REQUIRE(file_.wrong() == nullptr);
        REQUIRE(plans_->add(file_.view()) == Plans::Added::yes);
        arena_ = (*plans_)[0].arenas.take();
        REQUIRE(arena_ != nullptr);
    }
    // Serves slot `index`, the next one.
    void serve(std::uint32_t index) {
        const PlanSlot& slot = file_.view().slots()[index];
        const Answer answer =
            arena_->replay.request(slot.size, 0, [&](std::uint32_t caller) { return caller == slot.caller; });
        REQUIRE(answer.miss == Miss::none);
        REQUIRE(answer.offset == slot.offset);
    }
    void release(std::uint64_t offset) { REQUIRE(arena_->replay.release(offset) == Release::done); }
    [[nodiscard]] std::string said_of(std::uint64_t offset) const {
        char text[512];
        describe_bad_free(*plans_, reinterpret_cast<const void*>(arena_->base + offset), nullptr, text);
        return text;
    }
    [[nodiscard]] const Plans& plans() const { return *plans_; }
    [[nodiscard]] std::uintptr_t base() const { return arena_->base; }

  private:
    CheckedPlan file_;
    std::unique_ptr<Plans> plans_;
    Arena* arena_ = nullptr;
};

}  // namespace

TEST_CASE("a second free names the dead block") {
    Served served;
    served.serve(0);
    served.release(0);
    const std::string said = served.said_of(0);
    CHECK_THAT(said, StartsWith("double free of a planned block at 0x"));
    CHECK_THAT(said, Contains("aten::conv2d #1 (slot 0 of 3), 64 bytes, allocated at libmodel.so+0x1230"));
    CHECK_THAT(said, !Contains("live"));
}

TEST_CASE("a second free of a block whose bytes are another's says so") {
    Served served;
    served.serve(0);
    served.release(0);
    served.serve(1);
    served.release(32);
    served.serve(2);
    served.serve(0);  // on the bytes where slot 1 started
    const std::string said = served.said_of(32);
    CHECK_THAT(said, StartsWith("double free of a planned block at 0x"));
    CHECK_THAT(said, Contains(": slot 1 of 3, 64 bytes, allocated at libmodel.so+0x1231; "));
    CHECK_THAT(said, Contains("its bytes are in a live block now, 32 bytes behind its start"));
}

TEST_CASE("a pointer into a live block says where the block starts") {
    Served served;
    served.serve(0);
    for (const std::uint64_t offset : {1, 16, 32, 63}) {
        const std::string said = served.said_of(offset);
        CHECK_THAT(said, StartsWith("free of 0x"));
        CHECK_THAT(said, Contains("inside a live planned block, which starts " + std::to_string(offset) +
                                  " bytes before: aten::conv2d #1 (slot 0 of 3), 64 bytes"));
    }
}

TEST_CASE("a pointer to where no block ever was is not taken for one") {
    Served served;
    served.serve(0);
    served.release(0);
    for (const std::uint64_t offset : {16, 32, 96, 1000, 4096, 100000}) {
        const std::string said = served.said_of(offset);
        CHECK_THAT(said, StartsWith("free of 0x"));
        CHECK_THAT(said, Contains("where no planned block was ever: " + std::to_string(offset) +
                                  " bytes into an arena of 4096 bytes"));
    }
    // The next arena, which was never made.
    char text[512];
    const std::uint64_t stride = Arenas::stride_of(served.plans()[0].view);
    describe_bad_free(served.plans(), reinterpret_cast<const void*>(served.base() + stride), nullptr, text);
    CHECK_THAT(text, Contains("no arena is there yet"));
}

TEST_CASE("a line that is too long is cut") {
    Served served;
    served.serve(0);
    served.release(0);
    char text[40];
    describe_bad_free(served.plans(), reinterpret_cast<const void*>(served.base()), nullptr, text);
    CHECK(std::string(text).size() == 39);
}
