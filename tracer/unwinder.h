// Keeping libunwind's hands off the program's file descriptors.
//
// libunwind tells readable memory from unreadable by writing a byte of it into a pipe of its own, which it
// opens at the lowest free numbers and never checks again: a program that closes all descriptors and opens
// its own would have bytes of its files read, and descriptors closed, by its unwinder. So the calls that
// libunwind makes for this are bent, in its own table of imported functions, to functions that need no
// descriptor. Nobody else's calls change.
//
// Invariants: the calls that open the pipe, read, write and close it are all found, or nothing is bent.
// Thread safety: once, before the first call of libunwind.
#pragma once

namespace memo::tracer {

// `function` is one of libunwind's own. False where its table is not as expected; it then works as it is.
bool free_of_descriptors(const void* function);

}  // namespace memo::tracer
