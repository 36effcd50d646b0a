// GPS seconds as a date. Thread safety: pure functions.
#pragma once

#include <string>

namespace memo::ligo {

// "2015-09-14 09:50:45.4 UTC"; leap seconds as of 2017, the last one so far.
[[nodiscard]] std::string utc_of_gps(double gps);

}  // namespace memo::ligo
