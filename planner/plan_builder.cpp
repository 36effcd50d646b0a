// Writing a plan block (planner/plan_builder.h).
#include "planner/plan_builder.h"

#include "common/crc32c.h"
#include "common/plan_format.h"
#include "common/predecessors.h"
#include "common/version.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <span>

namespace memo::planner {

namespace {

// Names, each once, each ended by a zero byte; index 0 is the empty name.
class Names {
  public:
    std::uint32_t index_of(const std::string& name) {
        const auto [found, is_new] = indices_.try_emplace(name, static_cast<std::uint32_t>(bytes_.size()));
        if (is_new) bytes_.append(name).push_back('\0');
        return found->second;
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_ = std::string(1, '\0');
    std::map<std::string, std::uint32_t> indices_ = {{"", 0}};
};

// Appends an array as the next section, at a multiple of 8, and returns where it lies.
template <class T>
std::uint64_t append_section(std::vector<char>& file, std::span<const T> items) {
    const std::uint64_t at = round_up(file.size(), 8);
    file.resize(at + items.size_bytes());
    if (!items.empty()) std::memcpy(file.data() + at, items.data(), items.size_bytes());
    return at;
}

[[nodiscard]] std::vector<std::uint64_t> distinct_starts(const std::vector<PlannedSlot>& slots) {
    std::vector<std::uint64_t> starts;
    for (const PlannedSlot& slot : slots) {
        if (!slot.left_out) starts.push_back(slot.offset.value);
    }
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    return starts;
}

[[nodiscard]] std::vector<std::uint32_t> hash_starts(const std::vector<std::uint64_t>& starts) {
    std::uint32_t count = 2;
    while (count < 2 * starts.size()) count *= 2;
    std::vector<std::uint32_t> buckets(count, 0);
    for (std::uint32_t i = 0; i < starts.size(); ++i) {
        std::uint32_t bucket = plan_bucket(starts[i], count);
        while (buckets[bucket] != 0) bucket = (bucket + 1) & (count - 1);
        buckets[bucket] = i + 1;
    }
    return buckets;
}

[[nodiscard]] std::vector<std::uint32_t> find_predecessors(std::vector<PlanSlot>& slots) {
    std::vector<std::uint64_t> scratch(predecessor_scratch_words(slots.size()));
    std::vector<std::uint32_t> predecessors;
    for_each_predecessor(slots, scratch, [&](std::uint32_t slot, std::uint32_t predecessor) {
        if (slots[slot].predecessor_count++ == 0) {
            slots[slot].first_predecessor = static_cast<std::uint32_t>(predecessors.size());
        }
        predecessors.push_back(predecessor);
    });
    return predecessors;
}

}  // namespace

std::vector<char> build_plan(const PlanContents& contents) {
    Names names;
    std::map<PlannedCaller, std::uint32_t> caller_indices;
    std::vector<PlanCaller> callers;
    std::vector<PlanSlot> slots;
    std::vector<std::uint32_t> stacks;
    const std::vector<std::uint64_t> starts = distinct_starts(contents.slots);

    for (const PlannedSlot& planned : contents.slots) {
        const auto [caller, is_new] =
            caller_indices.try_emplace(planned.caller, static_cast<std::uint32_t>(callers.size()));
        if (is_new) callers.push_back({planned.caller.offset, names.index_of(planned.caller.module), 0});
        PlanSlot slot{};
        slot.size = planned.size.value;
        slot.alignment = planned.alignment;
        slot.caller = caller->second;
        slot.lower = static_cast<std::uint32_t>(planned.life.lower.value);
        slot.upper = static_cast<std::uint32_t>(planned.life.upper.value);
        slot.tag = names.index_of(planned.tag);
        slot.position = planned.position;
        slot.flags = (planned.left_out ? kSlotLeftOut : 0) | (planned.variable ? kSlotVariable : 0);
        if (!planned.left_out) {
            slot.offset = planned.offset.value;
            slot.start = static_cast<std::uint32_t>(
                std::lower_bound(starts.begin(), starts.end(), slot.offset) - starts.begin());
        }
        slots.push_back(slot);
        stacks.push_back(planned.stack);
    }
    std::vector<PlanFrame> frames;
    for (const PlannedFrame& planned : contents.frames) {
        frames.push_back({planned.place.offset, names.index_of(planned.place.module),
                          names.index_of(planned.function), planned.outer, 0});
    }
    const std::vector<std::uint32_t> predecessors = find_predecessors(slots);
    const std::vector<std::uint32_t> buckets = hash_starts(starts);

    PlanHeader header{};
    std::memcpy(header.magic, kPlanMagic, sizeof kPlanMagic);
    header.version = kPlanVersion;
    header.height = contents.height.value;
    header.max_load = contents.max_load.value;
    header.min_size = contents.min_size.value;
    header.period_requests = contents.period_requests;
    header.period_bytes = contents.period_bytes.value;
    header.slot_count = static_cast<std::uint32_t>(slots.size());
    header.predecessor_count = static_cast<std::uint32_t>(predecessors.size());
    header.caller_count = static_cast<std::uint32_t>(callers.size());
    header.start_count = static_cast<std::uint32_t>(starts.size());
    header.bucket_count = static_cast<std::uint32_t>(buckets.size());
    header.program = names.index_of(contents.program);
    header.program_build_id = names.index_of(contents.program_build_id);
    header.strategy = names.index_of(contents.strategy);
    header.tool_version = names.index_of(kVersion);
    header.proven_optimal = contents.proven_optimal ? 1 : 0;
    header.frame_count = static_cast<std::uint32_t>(frames.size());
    header.string_bytes = static_cast<std::uint32_t>(names.bytes().size());

    std::vector<char> file(sizeof header);
    header.slots_at = append_section(file, std::span<const PlanSlot>(slots));
    header.predecessors_at = append_section(file, std::span<const std::uint32_t>(predecessors));
    header.callers_at = append_section(file, std::span<const PlanCaller>(callers));
    header.starts_at = append_section(file, std::span<const std::uint64_t>(starts));
    header.buckets_at = append_section(file, std::span<const std::uint32_t>(buckets));
    header.strings_at = append_section(file, std::span<const char>(names.bytes()));
    if (!frames.empty()) {
        header.frames_at = append_section(file, std::span<const PlanFrame>(frames));
        header.stacks_at = append_section(file, std::span<const std::uint32_t>(stacks));
    }
    header.file_bytes = file.size();
    std::memcpy(file.data(), &header, sizeof header);
    const std::uint32_t checksum = crc32c(file.data(), file.size());
    std::memcpy(file.data() + offsetof(PlanHeader, checksum), &checksum, sizeof checksum);
    return file;
}

}  // namespace memo::planner
