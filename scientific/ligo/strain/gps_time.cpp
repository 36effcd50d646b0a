// GPS seconds as a date (gps_time.h).
#include "scientific/ligo/strain/gps_time.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iterator>

namespace memo::ligo {

namespace {

constexpr std::int64_t kEpoch = 315964800;  // 6 January 1980 in Unix time

// GPS seconds from which one more leap second separates GPS time from UTC (IERS, Bulletin C).
constexpr std::array<std::int64_t, 18> kLeaps = {
    46828800,  78364801,  109900802, 173059203, 252028804, 315187205, 346723206,  393984007,  425520008,
    457056009, 504489610, 551750411, 599184012, 820108813, 914803214, 1025136015, 1119744016, 1167264017};

}  // namespace

std::string utc_of_gps(double gps) {
    const auto tenths = static_cast<std::int64_t>(std::llround(gps * 10));
    const std::int64_t whole = tenths >= 0 ? tenths / 10 : (tenths - 9) / 10;
    const auto leaps = std::distance(kLeaps.begin(), std::upper_bound(kLeaps.begin(), kLeaps.end(), whole));
    const std::chrono::sys_seconds time{std::chrono::seconds(whole + kEpoch - leaps)};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{} UTC", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       tenths - whole * 10);
}

}  // namespace memo::ligo
