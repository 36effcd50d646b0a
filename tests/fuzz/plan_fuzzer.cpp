// Fuzzing the plan loader and replay. The first byte chooses: the bytes are a file as they are but for its
// checksum; or they describe slots, from which a plan is built and then changed in a few places, so that the
// fuzzer gets past the loader. Whatever the loader accepts is replayed under steps drawn from the rest of the
// bytes, with a shadow of what lives.
#include "allocator/replay.h"
#include "common/plan_view.h"
#include "planner/plan_builder.h"
#include "tests/allocator/checked_plan.h"
#include "tests/allocator/shadow_map.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

namespace {

using namespace memo;
using memo::testing::CheckedPlan;

constexpr std::uint64_t kHeight = 4096;

// The input, a few bytes at a time; zeros after its end.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

    [[nodiscard]] std::size_t size() const { return left_.size(); }

    std::uint64_t take(std::size_t count) {
        std::uint64_t value = 0;
        count = std::min(count, left_.size());
        if (count != 0) std::memcpy(&value, left_.data(), count);
        left_ = left_.subspan(count);
        return value;
    }
    std::vector<char> take_block(std::size_t count) {
        count = std::min(count, left_.size());
        const auto block = left_.first(count);
        left_ = left_.subspan(count);
        return {block.begin(), block.end()};
    }

  private:
    std::span<const std::uint8_t> left_;
};

// The bytes as a file, as long as its header says.
CheckedPlan raw_file(Input& bytes) {
    std::vector<char> file = bytes.take_block(sizeof(PlanHeader));
    if (file.size() == sizeof(PlanHeader)) {
        PlanHeader header;
        std::memcpy(&header, file.data(), sizeof header);
        std::memcpy(header.magic, kPlanMagic, sizeof kPlanMagic);
        header.version = kPlanVersion;
        std::memcpy(file.data(), &header, sizeof header);
        const std::uint64_t more =
            header.file_bytes - std::min<std::uint64_t>(header.file_bytes, sizeof header);
        const std::vector<char> rest = bytes.take_block(static_cast<std::size_t>(more));
        file.insert(file.end(), rest.begin(), rest.end());
    }
    return CheckedPlan(file);
}

CheckedPlan built_file(Input& bytes) {
    planner::PlanContents contents;
    contents.height = {kHeight};
    const std::uint64_t slots = bytes.take(1) % 48;
    for (std::uint64_t i = 0; i < slots; ++i) {
        planner::PlannedSlot slot;
        slot.offset = {bytes.take(1) * 16};
        slot.size = {1 + bytes.take(1) * 4};
        const std::uint64_t kind = bytes.take(1);
        slot.left_out = kind % 16 == 0;
        slot.alignment = kind % 16 == 1 ? 32 : 0;
        slot.caller = {"m", kind / 16};
        slot.life = {{i}, {i + 1}};
        slot.stack = kind % 4;
        contents.slots.push_back(slot);
    }
    for (std::uint32_t i = 0; i < 3; ++i) {
        planner::PlannedFrame& frame = contents.frames.emplace_back();
        frame.place = {"m", i};
        frame.function = "f";
        frame.outer = i;
    }
    CheckedPlan file(planner::build_plan(contents));
    for (std::uint64_t changes = bytes.take(1) % 4; changes != 0; --changes) {
        const std::size_t at = static_cast<std::size_t>(bytes.take(2)) % (file.size() / 4) * 4;
        const auto word = static_cast<std::uint32_t>(bytes.take(4));
        std::memcpy(file.data() + at, &word, sizeof word);
    }
    return file;
}

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input bytes(data, size);
    CheckedPlan file = bytes.take(1) % 2 == 0 ? raw_file(bytes) : built_file(bytes);
    file.fix_checksum();
    if (const char* const wrong = file.wrong()) {
        require(*wrong != '\0' && std::strchr(wrong, '\n') == nullptr);
        return 0;
    }
    const PlanView plan = file.view();
    for (const PlanSlot& slot : plan.slots()) (void)std::strlen(plan.string(slot.tag));
    for (const PlanCaller& caller : plan.callers()) (void)std::strlen(plan.string(caller.module));
    for (std::uint32_t at : plan.stacks()) {
        std::uint32_t depth = 0;
        for (; at != 0; at = plan.frames()[at - 1].outer) {
            (void)std::strlen(plan.string(plan.frames()[at - 1].module));
            require(++depth <= plan.frames().size());
        }
    }

    auto memory = memo::testing::replay_memory(plan);
    memo::testing::WatchedReplay watched(plan, memory.data());
    const std::uint64_t steps = std::min<std::uint64_t>(bytes.size() * 2, 4096);
    require(watched.wander(steps, [&](std::uint64_t below) {
        return bytes.take(below > 256 ? 4 : 1) % below;
    }) == nullptr);
    require(watched.replay().invariant_holds());
    require(watched.release_all() == nullptr);
    return 0;
}
