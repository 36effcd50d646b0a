// What is said of a free that cannot be right: one line that names the block, so that the program's author
// need not guess. Three cases are told apart: a block that is dead already, an address inside a live block,
// and an address at which no block ever was.
//
// Whether a dead block's slot was ever served is known only for the first round of an arena; after that a
// start of the plan counts as a block that was. Thread safety: the function reads states that other threads
// may be changing; the line is about what it saw.
#pragma once

#include "allocator/plans.h"

#include <span>

namespace memo {

// Writes that line, without "memomalloc: " and without its end, into `text`, cut to fit and ended by a zero
// byte. `block` is owned by `plans`, and was not the start of a live block. `caller` is where it was freed, a
// return address; left out of the line where it is null or lies in no module of the program.
void describe_bad_free(const Plans& plans, const void* block, const void* caller, std::span<char> text);

// The same for a block of the pool, and for a small one (small_heap.h), by what was said of it.
void describe_bad_pool_free(Release outcome, const void* block, const void* caller, std::span<char> text);
void describe_bad_small_free(Release outcome, const void* block, const void* caller, std::span<char> text);

// "aten::conv2d (slot 12 of 167), 4096 bytes, allocated at libtorch_cpu.so+0x1234": what the plan knows of a
// slot, for any line about its block. Cut to fit and ended by a zero byte.
void describe_slot(const PlanView& plan, std::uint32_t slot, std::span<char> text);

}  // namespace memo
