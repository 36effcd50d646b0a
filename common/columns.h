// Columns of numbers in one payload: what is alike stands together, for a compressor to find.
//
//     | length varint of each column | the columns, in the same order
//
// Thread safety: none.
#pragma once

#include "common/varint.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace memo::format {

// `Column` is an enum whose values number the columns from 0 on.
template <class Column, std::size_t kCount>
class ColumnsOut {
  public:
    void put(Column column, std::uint64_t value) {
        std::uint8_t bytes[kMaxVarint];
        auto& out = columns_[static_cast<std::size_t>(column)];
        out.insert(out.end(), bytes, put_varint(bytes, value));
    }
    void put_byte(Column column, std::uint8_t value) {
        columns_[static_cast<std::size_t>(column)].push_back(value);
    }
    // The payload; the columns are empty afterwards.
    [[nodiscard]] std::vector<std::uint8_t> take() {
        std::vector<std::uint8_t> payload;
        for (const auto& column : columns_) {
            std::uint8_t bytes[kMaxVarint];
            payload.insert(payload.end(), bytes, put_varint(bytes, column.size()));
        }
        for (auto& column : columns_) {
            payload.insert(payload.end(), column.begin(), column.end());
            column.clear();
        }
        return payload;
    }

  private:
    std::array<std::vector<std::uint8_t>, kCount> columns_;
};

// Never leaves its bytes; once a value is missing, `ok()` is false and every further one is 0.
template <class Column, std::size_t kCount>
class ColumnsIn {
  public:
    explicit ColumnsIn(std::span<const std::uint8_t> payload) {
        const std::uint8_t* at = payload.data();
        const std::uint8_t* const end = at + payload.size();
        std::array<std::uint64_t, kCount> lengths = {};
        for (std::uint64_t& length : lengths) {
            at = get_varint(at, end, length);
            if (at == nullptr) {
                ok_ = false;
                return;
            }
        }
        for (std::size_t i = 0; i < kCount; ++i) {
            if (lengths[i] > static_cast<std::uint64_t>(end - at)) {
                ok_ = false;
                return;
            }
            cursors_[i] = {at, at + lengths[i]};
            at += lengths[i];
        }
        ok_ = at == end;
    }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end(Column column) const {
        const Cursor& cursor = cursors_[static_cast<std::size_t>(column)];
        return cursor.at == cursor.end;
    }
    [[nodiscard]] bool all_at_end() const {
        for (const Cursor& cursor : cursors_) {
            if (cursor.at != cursor.end) return false;
        }
        return true;
    }
    [[nodiscard]] std::uint64_t take(Column column) {
        Cursor& cursor = cursors_[static_cast<std::size_t>(column)];
        std::uint64_t value = 0;
        const std::uint8_t* const next = ok_ ? get_varint(cursor.at, cursor.end, value) : nullptr;
        if (next == nullptr) return ok_ = false, 0;
        cursor.at = next;
        return value;
    }
    [[nodiscard]] std::uint8_t take_byte(Column column) {
        Cursor& cursor = cursors_[static_cast<std::size_t>(column)];
        if (!ok_ || cursor.at == cursor.end) return ok_ = false, std::uint8_t{0};
        return *cursor.at++;
    }

  private:
    struct Cursor {
        const std::uint8_t* at = nullptr;
        const std::uint8_t* end = nullptr;
    };
    std::array<Cursor, kCount> cursors_ = {};
    bool ok_ = true;
};

}  // namespace memo::format
