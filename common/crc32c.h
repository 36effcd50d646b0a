// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected; RFC 3720, appendix B.4): the checksum of trace
// chunks. Computed from tables, eight bytes a step, so that it needs no particular processor and runs before
// any constructor has. Thread safety: a pure function.
#pragma once

#include <cstddef>
#include <cstdint>

namespace memo {

// The checksum of `length` bytes; `previous` continues the checksum of the bytes before them.
[[nodiscard]] std::uint32_t crc32c(const void* bytes, std::size_t length, std::uint32_t previous = 0);

}  // namespace memo
