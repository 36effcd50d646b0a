// Reading events that are written one after the other (codec 0 of common/trace_format.h), as EventEncoder
// does. Thread safety: pure function.
#pragma once

#include "common/trace_encode.h"

#include <cstdint>
#include <span>

namespace memo::format {

// Fills `events`; false where the payload is malformed, or has more or fewer of them.
[[nodiscard]] bool read_rows(std::span<const std::uint8_t> payload, std::uint64_t first_sequence,
                             std::span<EventRecord> events);

}  // namespace memo::format
