// What the C++ runtime, linked statically, asks the process for without needing it, answered here: each would
// be looked up by the loader in every process that starts, a weak one in every library of it.
//
// - The functions of transactional memory (`_ITM_…`, `_ZGTt…`), which libstdc++'s exceptions refer to for
//   code compiled with -fgnu-tm. There is none in this library.
// - `std::terminate`'s handler: libstdc++'s own prints the exception's demangled name, through stdio. Ours
//   only ends the program. Nothing here lets an exception escape.
//
// Invariants: nothing of this is exported. Thread safety: all functions.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-redundant-declaration)
namespace __cxxabiv1 {

extern std::terminate_handler __terminate_handler;
constinit std::terminate_handler __terminate_handler = std::abort;

}  // namespace __cxxabiv1

extern "C" {

void _ITM_addUserCommitAction(void (*action)(void*), std::uint64_t id, void* argument);
std::uint8_t _ITM_RU1(const std::uint8_t* from);
std::uint64_t _ITM_RU8(const std::uint64_t* from);
void _ITM_memcpyRnWt(void* to, const void* from, std::size_t bytes);
void _ITM_memcpyRtWn(void* to, const void* from, std::size_t bytes);
void* _ZGTtnam(std::size_t bytes);
void _ZGTtdlPv(void* block);

void _ITM_addUserCommitAction(void (* /*action*/)(void*), std::uint64_t /*id*/, void* /*argument*/) {
    std::abort();
}
std::uint8_t _ITM_RU1(const std::uint8_t* /*from*/) {
    std::abort();
}
std::uint64_t _ITM_RU8(const std::uint64_t* /*from*/) {
    std::abort();
}
void _ITM_memcpyRnWt(void* /*to*/, const void* /*from*/, std::size_t /*bytes*/) {
    std::abort();
}
void _ITM_memcpyRtWn(void* /*to*/, const void* /*from*/, std::size_t /*bytes*/) {
    std::abort();
}
void* _ZGTtnam(std::size_t /*bytes*/) {
    std::abort();
}
void _ZGTtdlPv(void* /*block*/) {
    std::abort();
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-redundant-declaration)
