// Protocol buffers' wire format, as far as writing a profile takes it: varints and length-delimited fields.
// Thread safety: a plain value.
#pragma once

#include "common/varint.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace memo::cli {

class ProtoMessage {
  public:
    // A field whose value is 0 may be left out: it is what a reader takes it for.
    void add(std::uint32_t field, std::uint64_t value) {
        key(field, kVarint);
        number(value);
    }
    void add(std::uint32_t field, std::string_view bytes) {
        key(field, kDelimited);
        number(bytes.size());
        bytes_ += bytes;
    }
    void add(std::uint32_t field, const ProtoMessage& message) {
        add(field, std::string_view(message.bytes_));
    }
    void add_packed(std::uint32_t field, std::span<const std::uint64_t> values) {
        ProtoMessage packed;
        for (const std::uint64_t value : values) packed.number(value);
        add(field, packed);
    }

    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    static constexpr std::uint32_t kVarint = 0;
    static constexpr std::uint32_t kDelimited = 2;

    void key(std::uint32_t field, std::uint32_t type) { number(field << 3U | type); }
    void number(std::uint64_t value) {
        std::uint8_t bytes[kMaxVarint];
        bytes_.append(reinterpret_cast<const char*>(bytes),
                      static_cast<std::size_t>(put_varint(bytes, value) - bytes));
    }

    std::string bytes_;
};

}  // namespace memo::cli
