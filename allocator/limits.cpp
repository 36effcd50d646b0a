// setrlimit and prlimit, which this file stands in front of: a program that limits its own addresses
// (RLIMIT_AS) must not find that what we have merely reserved is over the limit already. The pool keeps what
// it uses, and the rest goes back before the limit comes.
//
// The system call is made here, as the C library makes it: nothing to look up in a forked child.
#include "allocator/background.h"
#include "allocator/service.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

int limit(pid_t process, int resource, const void* wanted, void* before) {
    const auto* limits = static_cast<const rlimit*>(wanted);
    const bool limited = resource == RLIMIT_AS && limits != nullptr && limits->rlim_cur != RLIM_INFINITY;
    if (limited && (process == 0 || process == getpid()) && memo::in_own_process())
        memo::service.give_up_addresses();
    return static_cast<int>(syscall(SYS_prlimit64, process, resource, wanted, before));
}

}  // namespace

static_assert(sizeof(rlimit) == sizeof(rlimit64) && RLIM_INFINITY == RLIM64_INFINITY);

extern "C" {
__attribute__((visibility("default"))) int setrlimit(__rlimit_resource_t resource,
                                                     const rlimit* limits) noexcept {
    return limit(0, resource, limits, nullptr);
}
__attribute__((visibility("default"))) int setrlimit64(__rlimit_resource_t resource,
                                                       const rlimit64* limits) noexcept {
    return limit(0, resource, limits, nullptr);
}
__attribute__((visibility("default"))) int prlimit(pid_t process, __rlimit_resource resource,
                                                   const rlimit* limits, rlimit* before) noexcept {
    return limit(process, resource, limits, before);
}
__attribute__((visibility("default"))) int prlimit64(pid_t process, __rlimit_resource resource,
                                                     const rlimit64* limits, rlimit64* before) noexcept {
    return limit(process, resource, limits, before);
}
}
