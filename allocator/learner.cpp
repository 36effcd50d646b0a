// The learner's thread (allocator/learner.h). It may allocate: its requests go to the next allocator.
#include "allocator/learner.h"

#include "allocator/background.h"
#include "allocator/callers.h"
#include "allocator/environment.h"
#include "allocator/memory_policy.h"
#include "allocator/message.h"
#include "allocator/pace.h"
#include "allocator/roomy_plan.h"
#include "allocator/sealed_plan.h"
#include "allocator/service.h"
#include "common/file_name.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace memo {

constinit Learner learner;

namespace {

// How long the learner waits for a plan to take over before it leaves the memory of the first rounds where it
// is.
constexpr int kPolls = 500;
constexpr std::chrono::milliseconds kPoll{20};

// How long it rests between pieces of its work, in their length: what is likely to end in a plan is worth a
// ninth of a core, and anything else a twentieth.
constexpr unsigned kRests = 19;
constexpr unsigned kRestsIfLikely = 8;

// Arenas of all plans together take so much of the machine's memory before plans are dropped.
constexpr std::uint64_t kLimitShare = 4;

[[nodiscard]] std::uint64_t memory_of_machine() {
    const long pages = sysconf(_SC_PHYS_PAGES);
    return pages <= 0 ? 0 : static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(getpagesize());
}

// "512M": a number of bytes, or of KiB, MiB, GiB with K, M, G behind it.
[[nodiscard]] std::optional<std::uint64_t> bytes_of(const char* text) {
    char* end = nullptr;
    if (*text < '0' || *text > '9') return std::nullopt;
    const unsigned long long number = std::strtoull(text, &end, 10);
    constexpr std::string_view kUnits = "KMG";
    unsigned shift = 0;
    if (*end != '\0') {
        const auto unit = kUnits.find(*end++);
        if (unit == std::string_view::npos) return std::nullopt;
        shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
    if (*end != '\0' || number > UINT64_MAX >> shift) return std::nullopt;
    return std::uint64_t{number} << shift;
}

// How often the keeper finds that nobody had a plan before it is dropped: five minutes, unless
// MEMO_IDLE_PURGE_MS says otherwise.
constexpr unsigned kIdleTimes = 30;

// One part in so many of what was served may be refused before blocks that stay alive are looked for; and so
// often must one have been alive when its turn came.
constexpr std::uint64_t kRefusedPart = 8;
constexpr std::uint64_t kRoundsBefore = 64;
constexpr unsigned kEscapes = 2;

// Whether two plans serve the same requests in the same order, the one's beginning with request `first`.
[[nodiscard]] bool same_round(const PlanView& a, std::size_t first, const PlanView& b) {
    const auto caller_name = [](const PlanView& plan, const PlanSlot& slot) {
        const PlanCaller& caller = plan.callers()[slot.caller];
        return std::pair{std::string_view(plan.string(caller.module)), caller.offset};
    };
    const auto same = [&](const PlanSlot& one, const PlanSlot& other) {
        const bool variable = (one.flags & other.flags & kSlotVariable) != 0;
        return (variable ? one.size >= other.size : one.size == other.size) &&
               one.alignment == other.alignment && caller_name(a, one) == caller_name(b, other);
    };
    const auto middle = a.slots().begin() + static_cast<std::ptrdiff_t>(first);
    const auto rest = b.slots().begin() + (a.slots().end() - middle);
    return std::equal(middle, a.slots().end(), b.slots().begin(), same) &&
           std::equal(a.slots().begin(), middle, rest, same);
}

enum class Known : std::uint8_t { no, begins_elsewhere, yes };

// Whether a plan is served already, or one that has the same round but begins it with another request.
[[nodiscard]] Known is_known(const PlanView& known, const PlanView& plan) {
    const std::size_t slots = plan.slots().size();
    if (known.slots().size() != slots) return Known::no;
    for (std::size_t first = 0; first < slots; ++first) {
        if (same_round(known, first, plan)) return first == 0 ? Known::yes : Known::begins_elsewhere;
    }
    return Known::no;
}

}  // namespace

void Learner::start(const char* program) {
    const std::size_t length = std::strlen(program);
    if (length < sizeof program_) std::memcpy(program_, program, length);
    (void)copy_variable("MEMO_SAVE_PLAN", save_, sizeof save_);
    if (const char* learn = variable("MEMO_LEARN"); learn != nullptr && std::strcmp(learn, "always") == 0)
        budget_.set_unlimited();
    limit_ = memory_of_machine() / kLimitShare;
    if (const char* given = variable("MEMO_PLAN_LIMIT")) {
        const auto bytes = bytes_of(given);
        if (bytes) {
            limit_ = *bytes;
        } else {
            say("MEMO_PLAN_LIMIT=%.32s: no number of bytes, as 512M; taking a quarter of the memory", given);
        }
    }
}

// A full watch that is not looked at is over: the next one comes when there is more to spend.
void Learner::ask(Watch& watch) {
    if (!in_own_process()) return;
    if (!budget_.affords(budget_.cost_of_look(watch.count()), true)) {
        watch.set_looked_at(watch.count());
        return;
    }
    asked_.fetch_or(1U << watch.index(), std::memory_order_release);
    const int self = getpid();
    if (process_.exchange(self, std::memory_order_acq_rel) == self) return;

    if (!start_background(run, this)) process_.store(0, std::memory_order_release);
}

void* Learner::run(void* self) {
    Service::step_aside();
    pthread_setname_np(pthread_self(), "memo-learner");
    step_behind();
    static_cast<Learner*>(self)->look_at_what_is_asked();
    return nullptr;
}

void Learner::look_at_what_is_asked() {
    const int self = getpid();
    while (true) {
        for (int poll = 0; poll < kPolls; ++poll) {
            std::uint32_t asked = asked_.exchange(0, std::memory_order_acquire);
            for (; asked != 0; asked &= asked - 1) {
                look_at(*service.watches().at(static_cast<unsigned>(std::countr_zero(asked))));
                poll = 0;
            }
            clean_up();
            if (fresh_ == 0) break;
            // Not what keeps a process whose main thread has ended: what was asked is done.
            if (!sleep_in_background(kPoll)) break;
        }
        wait_for_idle_watches();
        if (asked_.load(std::memory_order_acquire) != 0) continue;
        process_.store(0, std::memory_order_release);
        // Somebody who asked just before that has not started another.
        if (asked_.load(std::memory_order_acquire) == 0) return;
        if (process_.exchange(self, std::memory_order_acq_rel) == self) return;
    }
}

// Until somebody asks for a look, or nobody is watched any more.
void Learner::wait_for_idle_watches() {
    std::uint64_t seen[Watches::kMost] = {};
    Watches& watches = service.watches();
    for (int poll = 1; watches.any() && asked_.load(std::memory_order_acquire) == 0; ++poll) {
        if (!sleep_in_background(kPoll)) return;
        if (poll % kPolls == 0) watches.give_up_idle(seen);
    }
}

std::optional<planner::PlannedCaller> Learner::place_of(const void* address) {
    const ModulePlace place = module_place(address, learner.program_);
    if (place.module == nullptr) return std::nullopt;
    return planner::PlannedCaller{file_name(place.module), place.offset};
}

// Whatever it is that fails here, the program goes on without a plan.
void Learner::look_at(Watch& watch) try {
    const std::vector<WatchedRequest> requests = Watches::snapshot(watch);
    const auto began = own_cpu_time();
    const auto used = [began] { return static_cast<std::uint64_t>((own_cpu_time() - began).count()); };
    const auto count = static_cast<std::uint32_t>(requests.size());
    Pace pace(budget_.is_unlimited() ? 0 : kRests);
    const bool likely = seems_to_repeat(requests);
    const bool affords = likely || budget_.affords(budget_.cost_of_look(count));
    if (!watch.is_worth_a_look(count, likely) || !affords) {
        budget_.spend(used());
        if (count == Watch::kMost) watch.set_looked_at(count);
        return;
    }
    if (likely && !budget_.is_unlimited()) pace.set_rests(kRestsIfLikely);
    LearnOptions options;
    options.min_size = Bytes{Service::kLearnFrom};
    options.program = program_;
    options.place_of = &Learner::place_of;
    options.budget = pace.with_rests(options.budget);
    options.thorough = budget_.affords(count * static_cast<std::uint64_t>(kThoroughCost.count()));
    const auto lesson = learn(requests, options);
    const std::uint64_t took = used();
    if (options.thorough) {
        budget_.spend(took);
    } else {
        budget_.spend_on_look(took, count);
    }
    watch.set_looked_at(count, likely);
    if (lesson) serve(lesson->plan);
} catch (...) {
    watch.set_looked_at(watch.count());
}

void Learner::serve(const std::vector<char>& plan) {
    PlanView view = seal_plan(plan);
    if (canaries.on() && !view.empty()) {
        const PlanView learnt = std::exchange(view, with_room_behind(view, Bytes{Canaries::kBytes}));
        unseal_plan(learnt);
    }
    if (view.empty()) return;
    // The keeper is at it for less than a second, seldom.
    const Held held(lock_);
    if (!held) return unseal_plan(view);
    Plans& plans = service.plans();
    for (unsigned index = 0; index < plans.count(); ++index) {
        ServedPlan& known = plans[index];
        if (!known.may_be_entered()) continue;
        switch (is_known(known.view, view)) {
            case Known::no:
                break;
            case Known::yes:
                plans.begin_turn();  // the thread that was watched may have been barred from it
                return unseal_plan(view);
            case Known::begins_elsewhere:
                known.replaced.store(true, std::memory_order_relaxed);
                known.outdated.store(true, std::memory_order_relaxed);
                break;
        }
    }
    trim_.store(reinterpret_cast<int (*)(std::size_t)>(dlsym(RTLD_NEXT, "malloc_trim")),
                std::memory_order_release);
    if (!adopt(view)) return;
    fresh_ |= 1U << plans.last_added();
    if (*save_ != '\0') save(plan);
}

// Takes the view: it is given back if there is no room for it.
bool Learner::adopt(const PlanView& view) {
    if (!make_room(view.header().height) || !service.adopt(view)) return unseal_plan(view), false;
    tended_[service.plans().last_added()] = {};
    ++learnt_;
    return true;
}

bool Learner::tend() {
    const Held held(lock_, Patience::none);
    if (!held) return true;
    if (learnt_ == 0) return false;
    bool left = false;
    Plans& plans = service.plans();
    for (unsigned place = 0; place < plans.count(); ++place) {
        ServedPlan& plan = plans[place];
        if (!plan.served.load()) continue;
        Tended& before = tended_[place];
        const ReplayCounts now = plan.counts();
        const std::uint64_t hits = now.hits - before.hits;
        before.idle = hits == 0 ? before.idle + 1 : 0;
        before.hits = now.hits;
        if (now.rounds - before.judged.rounds >= kRoundsBefore) {
            ReplayCounts since = now;
            since -= before.judged;
            before.judged = now;
            if (!plan.outdated.load(std::memory_order_relaxed) && since.occupied > since.hits / kRefusedPart)
                leave_out_escaping(plan);
        }
        const bool outdated = plan.outdated.load(std::memory_order_relaxed);
        const bool dropped = (outdated || before.idle >= kIdleTimes) && service.drop(place);
        left = left || (!dropped && (outdated || hits != 0));
    }
    plans.reclaim([&](const PlanView& view) { unseal_plan(view); });
    return left;
}

// Blocks that outlive their round now and then were not seen to when the plan was learnt.
void Learner::leave_out_escaping(ServedPlan& plan) try {
    const std::size_t slots = plan.view.slots().size();
    std::vector<char> escaping(slots, 0);
    bool some = false;
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
        unsigned escapes = 0;
        plan.arenas.for_each([&](const Arena& arena) { escapes += arena.replay.escapes(slot); });
        escaping[slot] = escapes >= kEscapes ? 1 : 0;
        some = some || escapes >= kEscapes;
    }
    if (!some) return;
    const Pace pace(kRestsIfLikely);
    const PlanView view = with_slots_left_out(plan.view, escaping);
    if (view.empty() || !adopt(view)) return;
    if (&service.plans()[service.plans().last_added()] == &plan) return;  // it made room for this one
    plan.replaced.store(true, std::memory_order_relaxed);
    plan.outdated.store(true, std::memory_order_relaxed);
    if (*save_ == '\0') return;
    const char* const bytes = reinterpret_cast<const char*>(&view.header());
    save({bytes, bytes + view.header().file_bytes});
} catch (...) {  // memory ran out: the plan stays as it is
}

// Drops plans, those first that were used longest ago, until there is a place for another one and its first
// arena is within the limit. False if what cannot be dropped is too much already.
bool Learner::make_room(std::uint64_t bytes) const {
    Plans& plans = service.plans();
    const auto held = [&] {
        std::uint64_t sum = 0;
        for (unsigned plan = 0; plan < plans.count(); ++plan) {
            if (plans[plan].served.load()) sum += plans[plan].arenas.arena_bytes();
        }
        return sum;
    };
    const auto is_room = [&] {
        return plans.served() < Plans::kMost && (limit_ == 0 || held() + bytes <= limit_);
    };
    while (!is_room() && service.drop_one()) {
    }
    plans.reclaim([&](const PlanView& view) { unseal_plan(view); });
    return is_room();
}

// Beside its place first, so that whoever is killed meanwhile leaves no half of a plan. Plans after the first
// get their number behind the name.
void Learner::save(const std::vector<char>& plan) {
    std::string path = save_;
    if (learnt_ > 1) path += "." + std::to_string(learnt_);
    const std::string part = path + "." + std::to_string(getpid()) + ".part";
    const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool saved = file >= 0 && write_all(file, plan.data(), plan.size());
    saved = file >= 0 && close(file) == 0 && saved;
    saved = saved && rename(part.c_str(), path.c_str()) == 0;
    if (saved) return;
    say("%s: the plan cannot be saved: %s", path.c_str(), std::strerror(errno));
    if (file >= 0) unlink(part.c_str());
}

// Once a plan has served two rounds, what the rounds before it were made of is free, and of no more use.
void Learner::clean_up() {
    const Plans& plans = service.plans();
    std::uint64_t height = 0;  // of the highest plan that has taken over
    for (unsigned fresh = fresh_; fresh != 0; fresh &= fresh - 1) {
        const auto index = static_cast<unsigned>(std::countr_zero(fresh));
        if (plans[index].served.load() && plans[index].counts().rounds < 2) continue;
        fresh_ &= ~(1U << index);
        height = std::max(height, plans[index].arenas.height());
    }
    // Not in real-time mode: it would hold the next allocator's locks while the program's threads want them.
    if (height != 0 && !memory_policy.realtime()) service.shed(height);
}

}  // namespace memo
