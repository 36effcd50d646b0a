// Times of images (latencies.h).
#include "scientific/imaging/latencies.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace memo::imaging {

double ms_between(Moment from, Moment to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    const double rank = std::ceil(share * static_cast<double>(values.size()));
    const auto place = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
    std::nth_element(values.begin(), values.begin() + place, values.end());
    return values[static_cast<std::size_t>(place)];
}

Usage Usage::now() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    long pages = 0;
    long resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return {ms(usage.ru_utime) + ms(usage.ru_stime), usage.ru_minflt + usage.ru_majflt,
            resident * (sysconf(_SC_PAGESIZE) / 1024)};
}

Result<CostLog> CostLog::open(const std::string& path) {
    std::FILE* file = path.empty() ? nullptr : std::fopen(path.c_str(), "ae");
    if (file == nullptr && !path.empty()) return Error{path + ": " + std::strerror(errno)};
    return CostLog(path, file);
}

void CostLog::add() {
    if (file_ == nullptr) return;
    const Usage after = Usage::now();
    const Moment end = std::chrono::steady_clock::now();
    // What fails is found by close().
    (void)std::fprintf(file_.get(), "%.4f %.4f %ld %ld\n", ms_between(begin_, end),
                       after.cpu_ms - before_.cpu_ms, after.faults - before_.faults, after.resident);
    before_ = Usage::now();
    begin_ = std::chrono::steady_clock::now();
}

std::optional<Error> CostLog::close() {
    if (file_ == nullptr) return std::nullopt;
    const bool failed = std::ferror(file_.get()) != 0;
    if (std::fclose(file_.release()) != 0 || failed) return Error{path_ + ": " + std::strerror(errno)};
    return std::nullopt;
}

}  // namespace memo::imaging
