// An ELF file's memory as the loader would leave it: what lies at an address, and where the pointers in it
// point.
//
// For shared libraries and position-independent programs on x86-64; of any other file there are no pointers.
// Invariants: nothing in the file is believed: whatever lies outside of it is not there. Valid for as long as
// the Elf. Thread safety: const functions from any thread.
#pragma once

#include <libelf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace memo {

class ElfImage {
  public:
    // What a relocation writes.
    struct Pointer {
        std::uint64_t address = 0;
        std::uint64_t target = 0;  // 0 where a symbol of another library is meant
        std::string_view symbol;   // its name, where there is one
    };
    // [start, end) in the file's own addresses.
    struct Range {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
    };

    explicit ElfImage(Elf* elf);

    [[nodiscard]] const std::vector<Pointer>& pointers() const { return pointers_; }  // by address
    [[nodiscard]] const Pointer* pointer_at(std::uint64_t address) const;
    // The zero-terminated text at `address`; empty if there is none.
    [[nodiscard]] std::string_view text_at(std::uint64_t address) const;
    [[nodiscard]] bool is_code(std::uint64_t address) const;
    // A plain value, as the file has it.
    template <class T>
    [[nodiscard]] std::optional<T> value_at(std::uint64_t address) const {
        const char* bytes = bytes_at(address, sizeof(T));
        if (bytes == nullptr) return std::nullopt;
        T value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
    // The functions that the unwind tables (.eh_frame_hdr) know, by start: a stripped file has them too.
    [[nodiscard]] std::vector<Range> functions() const;

  private:
    struct Segment {
        std::uint64_t start = 0;
        std::uint64_t bytes = 0;  // in the file
        std::uint64_t at = 0;     // in the file
        bool is_code = false;
    };

    // `bytes` bytes of the file, or nullptr; and how many there are to the segment's end.
    [[nodiscard]] const char* bytes_at(std::uint64_t address, std::uint64_t bytes,
                                       std::uint64_t* left = nullptr) const;
    void read_segments(Elf* elf);
    void read_relocations(Elf* elf);
    void read_packed_relocations(Elf_Data* data);

    const char* file_ = nullptr;
    std::size_t file_bytes_ = 0;
    std::vector<Segment> segments_;
    std::uint64_t unwind_index_ = 0;  // address of .eh_frame_hdr; 0: none
    std::vector<Pointer> pointers_;
};

}  // namespace memo
