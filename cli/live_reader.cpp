// Following memo_live (cli/live_reader.h).
#include "cli/live_reader.h"

#include "cli/output.h"
#include "common/version.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace memo::cli {

namespace {

constexpr std::size_t kMostText = 4096;

[[nodiscard]] std::uint64_t address_of(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace

Result<LiveReader> LiveReader::open(pid_t process) {
    const ProcessMemory memory(process);
    const std::string name = "process " + std::to_string(process);
    const auto symbol = memory.find_symbol(kLiveSymbol);
    if (!symbol) return Error{symbol.error()};
    const auto root = *symbol == 0 ? std::nullopt : memory.read<LiveRoot>(*symbol);
    if (!root || std::memcmp(root->magic, kLiveMagic, sizeof kLiveMagic) != 0) {
        return Error{name + ": does not run under libmemomalloc.so; start it with memo run -- PROGRAM"};
    }
    const std::string version(root->version, strnlen(root->version, sizeof root->version));
    if (root->layout != kLiveLayout || root->root_bytes != sizeof(LiveRoot) ||
        root->table_bytes != sizeof(LiveTable) || root->counts_bytes != sizeof(ReplayCounts) ||
        root->pool_bytes != sizeof(PoolCounts) || root->past_bytes != sizeof(PastPlans) ||
        root->small_bytes != sizeof(SmallCounts) || version != kVersion) {
        return Error{name + ": runs under another libmemomalloc.so, " + printable(version) +
                     "; this is memo " + kVersion + ": use the memo that belongs to it"};
    }
    return LiveReader(process, *root);
}

// An arena whose counts cannot be read is left out: its name was read before it was whole.
PlanStatistics LiveReader::read_plan(const LivePlan& plan) const {
    PlanStatistics one;
    one.slots = plan.slots;
    one.height = plan.height;
    one.max_load = plan.max_load;
    for (const ReplayCounts* arena : plan.arenas) {
        const auto counts = arena == nullptr ? std::nullopt : memory_.read<ReplayCounts>(address_of(arena));
        if (!counts) continue;
        ++one.arenas;
        one.arena_bytes += plan.arena_bytes;
        one.counts += *counts;
    }
    return one;
}

const Statistics* LiveReader::read() {
    const auto table = std::make_unique<LiveTable>();
    if (!memory_.read(address_of(root_.table), table.get(), sizeof *table)) return nullptr;
    statistics_ = Statistics();
    for (std::uint32_t k = 0; k < std::min(table->plans, Plans::kMost); ++k) {
        if (table->plan[k].slots != 0) statistics_.add(read_plan(table->plan[k]));
    }
    PastPlans past;
    if (memory_.read(address_of(root_.past), &past, sizeof past)) statistics_.add(past);
    const auto state = memory_.read<std::uint64_t>(address_of(root_.state));
    state_ = state ? printable(memory_.text(*state, kMostText)) : "not started yet";
    plan_ = printable(memory_.text(address_of(root_.plan_path), kMostText));
    if (plan_.empty() && statistics_.plans != 0) plan_ = "learnt";
    next_ = printable(memory_.text(address_of(root_.next_allocator), kMostText));
    statistics_.no_arena = memory_.read<std::uint64_t>(address_of(root_.no_arena)).value_or(0);
    statistics_.pool = memory_.read<PoolCounts>(address_of(root_.pool)).value_or(PoolCounts());
    statistics_.small = memory_.read<SmallCounts>(address_of(root_.small)).value_or(SmallCounts());
    statistics_.plan = plan_.c_str();
    statistics_.state = state_.c_str();
    statistics_.next_allocator = next_.c_str();
    statistics_.process = process_;
    statistics_.memory = read_memory_use(("/proc/" + std::to_string(process_) + "/status").c_str());
    return &statistics_;
}

}  // namespace memo::cli
