// The entry point of every test binary: compiled once, linked by all.
#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 with -fsanitize=address takes std::regex's moved-from std::function for uninitialised (GCC bug
// 105562).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
