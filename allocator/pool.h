// The pool: large blocks that no plan serves, of all threads. A program whose shapes never repeat gets its
// memory here, and so does every other until its round is learnt: what general allocators do worst, giving
// large blocks back to the system and asking for them again, page fault by page fault, is what the pool does
// not do.
//
// Blocks lie on whole pages, best fit (extents.h). Memory is kept when a block is freed, but for three rules:
// where a block is to lie on fresh addresses and as much as was live at once is in memory already, pages that
// are free are *moved* there (mremap: nothing is cleared, copied or faulted in), so that no more is in memory
// than the program needed at its own peak; what stayed free over `purge` after `purge`, or is more than
// was live at once lately, is given back to the system; and so is at once what was live for long. Where pages
// cannot be moved (Linux before 5.7), or were often enough, free ones are given back while more is live than
// lately. *Lately* is the time of the last kPeriods calls of `purge`.
//
// Invariants: a block given out overlaps no other; a free in any thread, even in a signal handler that
// interrupted the pool itself, never waits: what cannot be given back at once is pushed onto a list that the
// next caller works off. `take` waits for other threads, but not for ever (patient_lock.h), and then leaves
// the request to the next allocator, as it does at once in a forked child that was born while another thread
// was in the pool. Thread safety: all functions, once `lie_in` returned.
#pragma once

#include "allocator/collapse.h"
#include "allocator/extents.h"
#include "allocator/patient_lock.h"
#include "allocator/replay.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace memo {

// Plain words, so that `memo live` can copy them out of another process. Written by who has the lock.
struct PoolCounts {
    std::uint64_t blocks = 0;      // ever given out
    std::uint64_t live = 0;        // bytes, in whole pages
    std::uint64_t peak = 0;        // most bytes that were live at once
    std::uint64_t resident = 0;    // bytes that may be in memory, in whole granules
    std::uint64_t given_back = 0;  // bytes, to the system
    std::uint64_t busy = 0;        // requests that found the pool occupied for too long
};

// Whether to go on, after work that took so much CPU time; it may sleep.
using GoOn = bool (*)(std::chrono::nanoseconds took);

class Pool {
  public:
    static constexpr unsigned kPageShift = 12;
    static constexpr std::uint64_t kPageBytes = std::uint64_t{1} << kPageShift;
    // Smaller blocks are better off in size classes.
    static constexpr std::uint64_t kFrom = 16384;
    // From here on general allocators go to the system for each block: the pool takes them all.
    static constexpr std::uint64_t kAlwaysFrom = 131072;
    static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 38;

    // Addresses that the pool wants for its own records beside `bytes` of blocks.
    [[nodiscard]] static std::uint64_t record_bytes(std::uint64_t bytes) {
        return (bytes >> kPageShift) * sizeof(Extents::Page);
    }

    // From now on blocks lie in [start, start + bytes), their records in `records`; both are reserved,
    // inaccessible, and begin at multiples of a huge page.
    void lie_in(std::uintptr_t start, std::uint64_t bytes, void* records);

    // A block of that many bytes, aligned to a page; nullptr if there is none to be had.
    [[nodiscard]] void* take(std::size_t size);

    // Gives back the block that starts at `block`, an address in the pool's stretch.
    [[nodiscard]] Release give(void* block);

    // Makes a live block longer or shorter where it lies; false if it cannot be, or if there is none.
    [[nodiscard]] bool resize(void* block, std::size_t size);

    // Bytes of the live block that starts at `block`; 0 if there is none.
    [[nodiscard]] std::size_t size_of(const void* block) const;

    // Gives memory that is free back to the system: what has been free since the last call and what is more
    // than was needed lately, or all of it.
    void purge(bool all);

    // Puts what is in memory on huge pages (collapse.h), wherever nothing has come or gone since the last
    // call. False if it did not go on to the end. By one thread at a time.
    bool settle(GoOn go_on);

    // Keeps to the addresses that it uses, for ever. Bytes of blocks that those are; nothing if somebody else
    // is in the pool and stays there.
    [[nodiscard]] std::optional<std::uint64_t> confine();

    // In a forked child: whoever was in the pool is not here.
    void after_fork() { lock_.after_fork(); }

    // Moments old, and of one another too.
    [[nodiscard]] PoolCounts counts() const;
    // Where they are, for whoever copies them himself.
    [[nodiscard]] const PoolCounts& live_counts() const { return counts_; }

    // Whether a plan of that height, which has taken over, serves what the pool did. A few small blocks that
    // come again and again between large ones of any size are a plan too, and the large ones are still the
    // pool's.
    [[nodiscard]] bool is_replaced_by(std::uint64_t height) const {
        const std::uint64_t resident = read(counts_.resident);
        const std::uint64_t live = read(counts_.live);
        return resident <= live || height >= (resident - live) / kLittle;
    }

    // Whether so much may be in memory that it is worth a thread to give back what is idle.
    [[nodiscard]] bool is_worth_keeping() const { return read(counts_.resident) > kWorthKeeping; }

  private:
    // What is resident is known by granules of so many pages.
    static constexpr std::uint32_t kGranule = 16;
    static constexpr std::uint64_t kGranuleBytes = kGranule * kPageBytes;
    static constexpr std::uint32_t kGranulesInHugePage = kHugePage / kGranuleBytes;
    // General allocators keep as much, and more, to themselves. A small program never has a thread of ours:
    // its sandbox may forbid it one, and some system calls are for processes without threads.
    static constexpr std::uint64_t kWorthKeeping = std::uint64_t{16} << 20;
    static constexpr std::uint64_t kStep = std::uint64_t{64} << 20;
    // What was live at most is remembered over so many calls of `purge`: a minute.
    static constexpr unsigned kPeriods = 6;
    // So great a part of what was live at most may be in memory beside it: moving pages is cheap, now and
    // then. A program that has had many moved has ever more to come: its round is not one that is learnt
    // soon.
    static constexpr std::uint64_t kSlack = 256;
    static constexpr std::uint64_t kSlackThen = 4;
    static constexpr std::uint32_t kManyMoves = 256;
    // So great a part of a whole is little: not worth giving back, or no reason to give back all of it.
    static constexpr std::uint64_t kLittle = 32;
    // A block is old once so many were given out after it, a plan has taken over since, or two looks for what
    // is idle found it live.
    static constexpr std::uint32_t kOld = 4096;
    // Granules that are given back in one go, some tens of microseconds.
    static constexpr std::uint64_t kPurgedAtOnce = 64;
    // Each leaves two more mappings behind at the worst, of 65,530 that a process may have.
    static constexpr std::uint32_t kMostMoves = 8192;

    // What is known of the stretch of a huge page, for `settle`.
    enum class Stretch : std::uint8_t {
        lacking,   // something was given back since anything came, or nothing ever was there
        restless,  // something came since the last look
        quiet,
        settled,  // on a huge page, or it cannot be
    };

    // Granules [begin, end).
    struct Run {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        [[nodiscard]] std::uint32_t count() const { return end > begin ? end - begin : 0; }
    };

    [[nodiscard]] static std::uint64_t read(const std::uint64_t& count) {
        return std::atomic_ref(const_cast<std::uint64_t&>(count)).load(std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint32_t page_of(const void* block) const {
        return static_cast<std::uint32_t>((reinterpret_cast<std::uintptr_t>(block) - start_) >> kPageShift);
    }
    [[nodiscard]] static std::uint32_t pages_for(std::size_t size);
    [[nodiscard]] std::uint32_t age() const { return static_cast<std::uint32_t>(counts_.blocks) + aged_; }
    [[nodiscard]] bool grow(std::uint32_t pages);
    void became_live(std::uint32_t first, std::uint32_t pages);
    void give_now(std::uint32_t first);
    void work_off();
    [[nodiscard]] std::uint64_t excess(std::uint64_t more) const;
    void make_room();
    std::uint64_t move_to(Run block, std::uint64_t most);
    [[nodiscard]] std::uint32_t move(Run from, Run to);
    std::uint64_t give_back(const Extents::Extent& extent, std::uint64_t most);
    [[nodiscard]] Run last_resident(Run within, std::uint64_t most) const;
    [[nodiscard]] Run first_missing(Run within, std::uint64_t most) const;
    template <class MostOf>
    void give_back_in_steps(MostOf most_of);
    void mark(Run run, bool resident);
    [[nodiscard]] static std::chrono::nanoseconds settle_stretch(std::atomic<Stretch>& stretch,
                                                                 std::uintptr_t at);
    [[nodiscard]] static Run whole_granules(const Extents::Extent& extent) {
        return {(extent.first + kGranule - 1) / kGranule, (extent.first + extent.count) / kGranule};
    }
    [[nodiscard]] void* address_of(std::uint32_t granule) const {
        return reinterpret_cast<void*>(start_ + granule * kGranuleBytes);
    }
    [[nodiscard]] bool is_resident(std::uint32_t granule) const {
        return (resident_[granule / 64] >> (granule % 64) & 1) != 0;
    }

    std::uintptr_t start_ = 0;
    std::uint64_t bytes_ = 0;  // of the stretch, for who has the lock
    Extents::Page* records_ = nullptr;
    PatientLock lock_;                       // whoever has it has the pool for itself
    std::atomic<std::uint32_t> to_give_{0};  // claimed blocks, through their records' `next`; set by `lie_in`
    Extents extents_;
    std::uint32_t stamp_ = 0;               // of blocks freed now: counts the calls of `purge`
    std::uint64_t demands_[kPeriods] = {};  // most bytes that were live at once between two calls of `purge`
    std::uint64_t demand_ = 0;              // the largest of them
    std::uint32_t aged_ = 0;                // by the calls of `purge`, modulo 2^32
    std::uint32_t moves_ = 0;               // ever
    bool stays_ = false;                    // pages cannot be moved, or were often enough
    PoolCounts counts_;                     // through std::atomic_ref: anybody reads them
    std::uint64_t resident_[kMostBytes / kGranuleBytes / 64] = {};  // a bit for each granule
    std::atomic<Stretch> stretches_[kMostBytes / kHugePage] = {};
};

}  // namespace memo
