// plan_of_record [--late] RECORD... PLAN: takes the longest of the records (recorder.cpp), the thread in it
// that asked most often, and plans everything that thread asked for as one period, for any program. Such a
// plan says nothing about speed; it makes a test program's own requests come from an arena, which is all the
// tests want of it.
#include "planner/plan_builder.h"
#include "planner/solve.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using memo::Bytes;
using memo::planner::PlannedSlot;

constexpr std::size_t kStartRequests = 500;
constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20;  // larger blocks stay with the next allocator

struct Line {
    char kind = 0;
    int thread = 0;
    std::string address;
    std::uint64_t size = 0;
    std::uint32_t alignment = 0;
    std::uint64_t offset = 0;
    std::string module;
    std::string old;
};

[[nodiscard]] std::vector<Line> read_record(const std::string& path) {
    std::vector<Line> lines;
    std::ifstream file(path);
    for (std::string text; std::getline(file, text);) {
        std::istringstream words(text);
        Line line;
        words >> line.kind;
        if (line.kind == 's') lines.clear();
        if (line.kind != 'f') words >> line.thread;
        words >> line.address;
        if (line.kind != 'f') words >> line.size >> line.alignment >> line.offset >> line.module >> line.old;
        if (words) lines.push_back(line);
    }
    return lines;
}

[[nodiscard]] bool plannable(const Line& line) {
    return line.size > 0 && line.size <= kMostBytes && line.module != "?" &&
           (line.alignment & (line.alignment - 1)) == 0 && line.alignment <= 4096;
}

[[nodiscard]] int busiest_thread(const std::vector<Line>& lines) {
    std::map<int, int> requests;
    for (const Line& line : lines) {
        if (line.kind != 'f') ++requests[line.thread];
    }
    const auto most = std::max_element(requests.begin(), requests.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == requests.end() ? 0 : most->first;
}

// The chosen thread's requests in order; a block's life ends with the request after its free.
[[nodiscard]] std::vector<PlannedSlot> slots_of(const std::vector<Line>& lines, bool late) {
    const int thread = busiest_thread(lines);
    const auto requests =
        static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const Line& line) {
            return line.kind != 'f' && line.thread == thread;
        }));
    std::size_t to_skip = late ? std::min(kStartRequests, requests / 4) : 0;
    std::vector<PlannedSlot> slots;
    std::unordered_map<std::string, std::size_t> live;
    const auto end_life = [&](const std::string& address) {
        const auto found = live.find(address);
        if (found == live.end()) return;
        slots[found->second].life.upper.value = std::max<std::uint64_t>(slots.size(), found->second + 1);
        live.erase(found);
    };
    for (const Line& line : lines) {
        if (line.kind == 'f') {
            end_life(line.address);
            continue;
        }
        bool mine = line.thread == thread && plannable(line);
        if (mine && to_skip > 0) {
            --to_skip;
            mine = false;
        }
        if (mine) {
            PlannedSlot slot;
            slot.size = Bytes{line.size};
            slot.alignment = line.alignment;
            slot.caller = {line.module == "-" ? "" : line.module, line.offset};
            slot.life = {{slots.size()}, {~std::uint64_t{0}}};
            slot.position = static_cast<std::uint32_t>(slots.size());
            slots.push_back(slot);
        }
        if (line.kind == 'r') end_life(line.old);  // after the new block began: both live while it copies
        if (mine) live[line.address] = slots.size() - 1;
    }
    for (PlannedSlot& slot : slots)
        slot.life.upper.value = std::min<std::uint64_t>(slot.life.upper.value, slots.size());
    return slots;
}

}  // namespace

int main(int count, char** arguments) {
    const bool late = count > 1 && std::strcmp(arguments[1], "--late") == 0;
    const int first = late ? 2 : 1;
    if (count < first + 2) return std::cerr << "usage: plan_of_record [--late] RECORD... PLAN\n", 2;
    std::vector<Line> lines;
    for (int i = first; i + 1 < count; ++i) {
        std::vector<Line> more = read_record(arguments[i]);
        if (more.size() > lines.size()) lines = std::move(more);
    }
    memo::planner::PlanContents contents;
    contents.slots = slots_of(lines, late);
    if (contents.slots.empty()) return std::cerr << "plan_of_record: nothing to plan\n", 1;

    memo::planner::Problem problem;
    for (const PlannedSlot& slot : contents.slots) {
        problem.blocks.push_back({slot.size, Bytes{std::max<std::uint32_t>(slot.alignment, 16)}, slot.life});
        contents.period_bytes += slot.size;
    }
    const auto outcome = memo::planner::solve(problem, "greedy-by-size");
    if (!outcome) return std::cerr << "plan_of_record: " << outcome.error() << '\n', 1;
    for (std::size_t i = 0; i < contents.slots.size(); ++i)
        contents.slots[i].offset = outcome->packing.offsets[i];
    contents.height = outcome->height;
    contents.max_load = outcome->max_load;
    contents.strategy = outcome->strategy;
    contents.period_requests = contents.slots.size();

    const std::vector<char> bytes = memo::planner::build_plan(contents);
    std::ofstream plan(arguments[count - 1], std::ios::binary);
    plan.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return plan.flush() ? 0 : 1;
}
