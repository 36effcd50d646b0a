// The ends of a process that no destructor sees: `_exit` and `_Exit`, which this file stands in front of, and
// `quick_exit`. The kernel's own exit_group, a signal that kills, and an exec stay unseen.
#pragma once

namespace memo {

// Finds the functions behind us; for the library's constructor, once the reports have started.
void watch_exits();

}  // namespace memo
