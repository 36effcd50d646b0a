// Reporting on the way out (allocator/exits.h).
#include "allocator/exits.h"

#include "allocator/report.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace memo {

namespace {

using Exit = void (*)(int);
constinit std::atomic<Exit> next_exit{nullptr};

// A signal handler, or the child of a vfork, may be who calls: no look-up here.
[[noreturn]] void leave(int code) {
    reports.at_sudden_end();
    if (const Exit next = next_exit.load(std::memory_order_acquire)) next(code);
    while (true) syscall(SYS_exit_group, code);
}

}  // namespace

void watch_exits() {
    next_exit.store(reinterpret_cast<Exit>(dlsym(RTLD_NEXT, "_exit")), std::memory_order_release);
    if (reports.wanted()) (void)at_quick_exit([] { reports.at_sudden_end(); });
}

}  // namespace memo

extern "C" {
__attribute__((visibility("default"))) void _exit(int code) {
    memo::leave(code);
}
__attribute__((visibility("default"))) void _Exit(int code) noexcept {
    memo::leave(code);
}
}
