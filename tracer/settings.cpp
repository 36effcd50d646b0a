// Reading the environment (tracer/settings.h).
#include "tracer/settings.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace memo::tracer {
namespace {

std::uint32_t number(const char* name, std::uint32_t fallback, std::uint32_t most) {
    const char* text = std::getenv(name);
    if (text == nullptr || *text < '0' || *text > '9') return fallback;
    char* end = nullptr;
    const unsigned long value = std::strtoul(text, &end, 10);
    return *end != '\0' ? fallback : static_cast<std::uint32_t>(std::min<unsigned long>(value, most));
}

}  // namespace

constinit Settings settings;

bool read_settings() {
    if (getauxval(AT_SECURE) != 0) return false;
    settings.depth = number("MEMO_TRACE_DEPTH", kMaxDepth, kMaxDepth);
    settings.max_sites = number("MEMO_TRACE_MAX_SITES", 1U << 22, 1U << 28);
    settings.sample_bytes = number("MEMO_TRACE_SAMPLE", 0, UINT32_MAX);
    settings.signal = number("MEMO_TRACE_SIGNAL", 0, 64);
    settings.scopes = number("MEMO_TRACE_SCOPES", 0, 1) == 1;
    settings.paused = number("MEMO_TRACE_PAUSED", 0, 1) == 1;
    const char* file = std::getenv("MEMO_TRACE_FILE");
    if (file == nullptr || *file == '\0') {
        std::snprintf(settings.file, sizeof settings.file, "memotrace.%d.memo", getpid());
        return true;
    }
    if (std::strlen(file) >= sizeof settings.file) return false;
    std::memcpy(settings.file, file, std::strlen(file) + 1);
    return true;
}

}  // namespace memo::tracer
