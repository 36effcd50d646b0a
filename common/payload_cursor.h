// Reading the fields of a payload, for everything that decodes traces.
//
// Invariants: never leaves its bytes; once a field is missing, `ok()` is false and every further field is
// zero. Thread safety: none.
#pragma once

#include "common/trace.h"
#include "common/varint.h"

#include <cstdint>
#include <span>
#include <string>

namespace memo::format {

class PayloadCursor {
  public:
    explicit PayloadCursor(std::span<const std::uint8_t> bytes)
        : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return at_ == end_; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

    std::uint64_t number() {
        std::uint64_t value = 0;
        const std::uint8_t* next = ok_ ? get_varint(at_, end_, value) : nullptr;
        if (next == nullptr) return fail();
        at_ = next;
        return value;
    }
    std::uint8_t byte() {
        if (!ok_ || at_ == end_) return static_cast<std::uint8_t>(fail());
        return *at_++;
    }
    std::span<const std::uint8_t> bytes() {
        const std::uint64_t length = number();
        if (!ok_ || length > left()) return fail(), std::span<const std::uint8_t>{};
        const std::span<const std::uint8_t> result{at_, static_cast<std::size_t>(length)};
        at_ += length;
        return result;
    }
    std::string string() {
        const auto text = bytes();
        return {text.begin(), text.end()};
    }
    std::string hex() {
        constexpr char kDigits[] = "0123456789abcdef";
        std::string text;
        for (const std::uint8_t value : bytes()) {
            text += kDigits[value >> 4];
            text += kDigits[value & 15];
        }
        return text;
    }
    // An id: 32 bits and not kNone.
    std::uint32_t id() {
        const std::uint64_t value = number();
        if (value >= kNone) return static_cast<std::uint32_t>(fail());
        return static_cast<std::uint32_t>(value);
    }
    // An id stored as id + 1, where 0 is kNone.
    std::uint32_t optional_id() {
        const std::uint64_t value = number();
        if (value > kNone) return static_cast<std::uint32_t>(fail());
        return static_cast<std::uint32_t>(value) - 1;
    }

  private:
    std::uint64_t fail() {
        ok_ = false;
        return 0;
    }

    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool ok_ = true;
};

}  // namespace memo::format
