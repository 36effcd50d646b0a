// The C face of the planner (include/memoplan.h): structs of any version in, memo::planner::solve, numbers
// out.
//
// It keeps three promises of that header: no exception passes `guarded`, through which every function that
// can fail goes; a failed call has changed nothing; a struct is read as far as its caller knows it, the rest
// as zero. What makes a problem valid is left to `validate`.
#include "common/version.h"
#include "include/memoplan.h"
#include "planner/problem.h"
#include "planner/solve.h"
#include "planner/verifier.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct memoplan_problem {
    memo::planner::Problem problem;
};

struct memoplan_stop {
    std::atomic<bool> flag{false};
};

namespace {

using namespace memo::planner;
using memo::Bytes;
using memo::Offset;

// The first version of each struct. These sizes never change; the structs may grow beyond them.
constexpr std::size_t kBlockSize = 88;
constexpr std::size_t kOptionsSize = 72;
constexpr std::size_t kResultSize = 88;
static_assert(sizeof(memoplan_block) == kBlockSize && sizeof(memoplan_options) == kOptionsSize &&
              sizeof(memoplan_result) == kResultSize && sizeof(memoplan_gap) == 32 &&
              sizeof(memoplan_progress) == 64);
constexpr std::size_t kMostBytes = 4096;  // a struct_size beyond is one that nobody has set
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may request a stop");

constexpr std::uint32_t kArenas = 1 << 16;
constexpr std::uint32_t kMostThreads = 1024;

struct Failure {
    memoplan_status status;
    std::string line;
};
using Fault = std::optional<Failure>;

Fault invalid(std::string line) {
    return Failure{MEMOPLAN_INVALID, std::move(line)};
}

// Copies as much of `text` as fits, and ends it.
void copy_text(std::string_view text, char* to, std::size_t size) {
    if (to == nullptr || size == 0) return;
    const std::size_t length = std::min(text.size(), size - 1);
    // A line is one line, whatever the caller called a strategy.
    std::replace_copy_if(
        text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length), to,
        [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    to[length] = '\0';
}

template <class Work>
memoplan_status guarded(char* error, std::size_t error_size, const Work& work) noexcept {
    const auto fail = [&](memoplan_status status, std::string_view line) {
        copy_text(line, error, error_size);
        return status;
    };
    try {
        const Fault fault = work();
        return fault ? fail(fault->status, fault->line) : fail(MEMOPLAN_OK, "");
    } catch (const std::bad_alloc&) {
        return fail(MEMOPLAN_NO_MEMORY, "out of memory");
    } catch (const std::length_error&) {
        return fail(MEMOPLAN_NO_MEMORY, "out of memory");
    } catch (const std::exception& exception) {
        return fail(MEMOPLAN_FAILED, exception.what());
    } catch (...) {
        return fail(MEMOPLAN_FAILED, "an unknown exception");
    }
}

Fault check_size(std::size_t size, std::size_t least, const std::string& name) {
    if (size >= least && size <= kMostBytes) return std::nullopt;
    return invalid(name + ": struct_size is " + std::to_string(size) + ", not " + std::to_string(least));
}

// The struct at `from`, of `size` bytes as its caller counts them.
template <class Struct>
Fault read_struct(const void* from, std::size_t size, std::size_t least, const std::string& name,
                  Struct& into) {
    if (auto fault = check_size(size, least, name)) return fault;
    const auto* bytes = static_cast<const unsigned char*>(from);
    if (size > sizeof(Struct) &&
        std::any_of(bytes + sizeof(Struct), bytes + size, [](unsigned char byte) { return byte != 0; })) {
        return invalid(name + " asks for what only a later version of the library can do");
    }
    into = {};
    std::memcpy(&into, from, std::min(size, sizeof(Struct)));
    return std::nullopt;
}

// The block at `index` of an array whose elements are `stride` bytes apart, with its form checked.
Fault read_block(const memoplan_block* blocks, std::size_t index, std::size_t stride, std::size_t number,
                 memoplan_block& block) {
    const auto* from = reinterpret_cast<const unsigned char*>(blocks) + index * stride;
    const std::string name = "block " + std::to_string(number);
    std::size_t size = 0;
    std::memcpy(&size, from, sizeof size);
    if (size != stride) return invalid(name + ": struct_size is not that of the first block");
    if (auto fault = read_struct(from, size, kBlockSize, name, block)) return fault;
    if ((block.flags & ~std::uint32_t{MEMOPLAN_FIXED | MEMOPLAN_HINTED}) != 0 || block.reserved != 0) {
        return invalid(name + ": unknown flags, or reserved is not 0");
    }
    if (block.gaps == nullptr && block.gap_count != 0) {
        return invalid(name + ": gaps is null, but gap_count is not 0");
    }
    if (block.arena >= kArenas) {
        return invalid(name + ": arena " + std::to_string(block.arena) + " is not below " +
                       std::to_string(kArenas));
    }
    return std::nullopt;
}

// Appends the entry of block `number` to a list that is parallel to the blocks, and stays empty until one of
// them has something to say in it.
template <class Entry>
void put(std::vector<Entry>& list, std::size_t number, const Entry& nothing, Entry entry) {
    if (list.empty() && entry == nothing) return;
    list.resize(number, nothing);
    list.push_back(std::move(entry));
}

void append(Problem& problem, const memoplan_block& block) {
    const std::size_t number = problem.blocks.size();
    const auto place = [&](std::uint32_t flag, std::uint64_t offset) {
        return (block.flags & flag) != 0 ? std::optional(Offset{offset}) : std::nullopt;
    };
    put(problem.fixed, number, {}, place(MEMOPLAN_FIXED, block.fixed_offset));
    put(problem.hints, number, {}, place(MEMOPLAN_HINTED, block.hint));
    std::vector<Gap> gaps(block.gap_count);
    std::transform(block.gaps, block.gaps + block.gap_count, gaps.begin(), [](const memoplan_gap& gap) {
        return Gap{{{gap.lower}, {gap.upper}}, {gap.begin}, {gap.end}};
    });
    put(problem.gaps, number, {}, std::move(gaps));
    put(problem.aliases, number, kNoAlias, block.alias == 0 ? kNoAlias : block.alias - 1);
    put(problem.arena_of, number, 0U, block.arena);
    if (block.arena >= problem.arenas.size() && block.arena != 0) problem.arenas.resize(block.arena + 1);
    problem.blocks.push_back(
        {{block.size}, {std::max<std::uint64_t>(block.alignment, 1)}, {{block.lower}, {block.upper}}});
}

// Takes back what was appended since it was made, unless that is to stay.
class Appending {
  public:
    explicit Appending(Problem& problem) : problem_(problem) {
        for_each_list([this](const auto& list, std::size_t number) { sizes_[number] = list.size(); });
    }
    ~Appending() {
        if (keep) return;
        for_each_list([this](auto& list, std::size_t number) { list.resize(sizes_[number]); });
    }
    Appending(const Appending&) = delete;
    Appending& operator=(const Appending&) = delete;

    bool keep = false;

  private:
    template <class Visit>
    void for_each_list(const Visit& visit) {
        visit(problem_.blocks, 0);
        visit(problem_.fixed, 1);
        visit(problem_.hints, 2);
        visit(problem_.gaps, 3);
        visit(problem_.aliases, 4);
        visit(problem_.arena_of, 5);
        visit(problem_.arenas, 6);
    }

    Problem& problem_;
    std::size_t sizes_[7]{};
};

Fault add(Problem& problem, const memoplan_block* blocks, std::size_t count) {
    const std::size_t before = problem.blocks.size();
    if (count > kMaxBlocks - before) return invalid("more than " + std::to_string(kMaxBlocks) + " blocks");
    Appending appending(problem);
    for (std::size_t index = 0; index < count; ++index) {
        memoplan_block block{};
        if (auto fault = read_block(blocks, index, blocks->struct_size, before + index, block)) return fault;
        append(problem, block);
    }
    appending.keep = true;
    return std::nullopt;
}

Fault read_options(const memoplan_options* given, SolveOptions& options) {
    if (given == nullptr) return std::nullopt;
    memoplan_options read{};
    if (auto fault = read_struct(given, given->struct_size, kOptionsSize, "options", read)) return fault;
    if ((read.flags & ~std::uint32_t{MEMOPLAN_SKIP_LOCALITY}) != 0) return invalid("options: unknown flags");
    if (!(read.time_limit >= 0)) return invalid("options: time_limit is negative, or not a number");
    if (read.threads > kMostThreads) {
        return invalid("options: threads is " + std::to_string(read.threads) + ", more than " +
                       std::to_string(kMostThreads));
    }
    if (read.strategy != nullptr) options.strategy = read.strategy;
    if (read.capacity != 0) options.capacity = Bytes{read.capacity};
    if (read.time_limit != 0) options.time_limit = read.time_limit;
    if (read.seed != 0) options.seed = read.seed;
    options.threads = read.threads;
    options.locality = (read.flags & MEMOPLAN_SKIP_LOCALITY) == 0;
    if (read.stop != nullptr) options.stop = &read.stop->flag;
    if (read.progress != nullptr) {
        options.progress = [report = read.progress, context = read.context](const Incumbent& best) {
            memoplan_progress progress{
                sizeof(memoplan_progress), best.height.value, best.lower_bound.value, best.seconds, {}};
            copy_text(best.strategy, progress.strategy, sizeof progress.strategy);
            report(&progress, context);
        };
    }
    return std::nullopt;
}

int32_t verdict_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::fits:
            return MEMOPLAN_FITS;
        case Verdict::impossible:
            return MEMOPLAN_IMPOSSIBLE;
        case Verdict::unknown:
            break;
    }
    return MEMOPLAN_UNKNOWN;
}

// Fills as much of the caller's struct as both sides know, and zeroes what only the caller knows.
void write_result(const Outcome& outcome, memoplan_result* to) {
    const std::size_t size = to->struct_size;
    memoplan_result result{};
    result.struct_size = size;
    result.height = outcome.height.value;
    result.max_load = outcome.max_load.value;
    result.lower_bound = outcome.lower_bound.value;
    result.gap = outcome.gap;
    result.seconds = outcome.seconds;
    result.verdict = verdict_of(outcome.verdict);
    result.proven_optimal = outcome.proven_optimal ? 1 : 0;
    copy_text(outcome.strategy, result.strategy, sizeof result.strategy);
    std::memset(to, 0, size);
    std::memcpy(to, &result, std::min(size, sizeof result));
}

Fault check_offsets(const memoplan_problem* problem, const uint64_t* offsets, std::size_t count) {
    if (problem == nullptr) return invalid("problem is null");
    if (offsets == nullptr && count != 0) return invalid("offsets is null");
    if (count != problem->problem.blocks.size()) {
        return invalid("offset_count is " + std::to_string(count) + ", but there are " +
                       std::to_string(problem->problem.blocks.size()) + " blocks");
    }
    return std::nullopt;
}

}  // namespace

const char* memoplan_version(void) {
    return memo::kVersion;
}

memoplan_problem* memoplan_problem_new(void) {
    return new (std::nothrow) memoplan_problem;
}

void memoplan_problem_free(memoplan_problem* problem) {
    delete problem;
}

memoplan_status memoplan_add(memoplan_problem* problem, const memoplan_block* blocks, size_t count,
                             char* error, size_t error_size) {
    return guarded(error, error_size, [&]() -> Fault {
        if (problem == nullptr) return invalid("problem is null");
        if (count == 0) return std::nullopt;
        if (blocks == nullptr) return invalid("blocks is null");
        return add(problem->problem, blocks, count);
    });
}

size_t memoplan_count(const memoplan_problem* problem) {
    return problem == nullptr ? 0 : problem->problem.blocks.size();
}

memoplan_stop* memoplan_stop_new(void) {
    return new (std::nothrow) memoplan_stop;
}

void memoplan_stop_request(memoplan_stop* stop) {
    stop->flag = true;
}

void memoplan_stop_clear(memoplan_stop* stop) {
    stop->flag = false;
}

void memoplan_stop_free(memoplan_stop* stop) {
    delete stop;
}

memoplan_status memoplan_solve(const memoplan_problem* problem, const memoplan_options* options,
                               uint64_t* offsets, size_t offset_count, memoplan_result* result, char* error,
                               size_t error_size) {
    return guarded(error, error_size, [&]() -> Fault {
        if (auto fault = check_offsets(problem, offsets, offset_count)) return fault;
        if (result == nullptr) return invalid("result is null");
        if (auto fault = check_size(result->struct_size, kResultSize, "result")) return fault;
        SolveOptions chosen;
        if (auto fault = read_options(options, chosen)) return fault;
        const auto outcome = solve(problem->problem, chosen);
        if (!outcome) return invalid(outcome.error());
        std::transform(outcome->packing.offsets.begin(), outcome->packing.offsets.end(), offsets,
                       [](Offset offset) { return offset.value; });
        write_result(*outcome, result);
        return std::nullopt;
    });
}

memoplan_status memoplan_verify(const memoplan_problem* problem, const uint64_t* offsets, size_t offset_count,
                                uint64_t height, char* error, size_t error_size) {
    return guarded(error, error_size, [&]() -> Fault {
        if (auto fault = check_offsets(problem, offsets, offset_count)) return fault;
        Packing packing;
        packing.height = {height};
        packing.offsets.resize(offset_count);
        std::transform(offsets, offsets + offset_count, packing.offsets.begin(),
                       [](uint64_t offset) { return Offset{offset}; });
        const auto conflict = find_conflict(problem->problem, packing);
        if (conflict) return Failure{MEMOPLAN_CONFLICT, conflict->message};
        return std::nullopt;
    });
}
