// Where the C++ runtime keeps a thread's exceptions in flight, in place of libstdc++'s own object for it.
// That one is in dynamic TLS, which the loader allocates with malloc at a thread's first throw; the learner's
// memory running out, the one thing that is thrown here, is no time for that. The layout is the Itanium C++
// ABI's (§2.2.2); the runtime, linked statically, finds these definitions first. Thread safety: thread-local.
namespace __cxxabiv1 {

struct __cxa_eh_globals {  // NOLINT(bugprone-reserved-identifier)
    void* caught_exceptions;
    unsigned int uncaught_exceptions;
};

namespace {
constinit thread_local __cxa_eh_globals of_this_thread{};
}

extern "C" {
__cxa_eh_globals* __cxa_get_globals() noexcept;       // NOLINT(bugprone-reserved-identifier)
__cxa_eh_globals* __cxa_get_globals_fast() noexcept;  // NOLINT(bugprone-reserved-identifier)

__cxa_eh_globals* __cxa_get_globals() noexcept {  // NOLINT(bugprone-reserved-identifier)
    return &of_this_thread;
}
__cxa_eh_globals* __cxa_get_globals_fast() noexcept {  // NOLINT(bugprone-reserved-identifier)
    return &of_this_thread;
}
}

}  // namespace __cxxabiv1
