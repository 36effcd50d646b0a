// The strong types of the project: amounts of memory, positions in an arena, moments, and indices are
// different things, and the compiler keeps them apart. Each is one unsigned integer and costs nothing.
//
// Invariants: no implicit conversion in either direction; arithmetic only where it has a meaning
// (position + amount = position, position - position = amount).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace memo {

// An amount of memory, in bytes.
struct Bytes {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Bytes&) const = default;
    constexpr Bytes operator+(Bytes other) const { return {value + other.value}; }
    constexpr Bytes operator-(Bytes other) const { return {value - other.value}; }
    constexpr Bytes& operator+=(Bytes other) { return value += other.value, *this; }
    constexpr Bytes& operator-=(Bytes other) { return value -= other.value, *this; }
};

// A position in an arena, in bytes from its start.
struct Offset {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const Offset&) const = default;
    constexpr Offset operator+(Bytes amount) const { return {value + amount.value}; }
    constexpr Bytes operator-(Offset other) const { return {value - other.value}; }

    // The first position at or after this one that is a multiple of `alignment` (a power of two or any number
    // > 0).
    [[nodiscard]] constexpr Offset aligned_up(Bytes alignment) const {
        const std::uint64_t rest = value % alignment.value;
        return {rest == 0 ? value : value + (alignment.value - rest)};
    }
};

// A moment: the index of an event (or, within a period, of an allocation). Lifetimes are half-open ranges of
// these.
struct EventIndex {
    std::uint64_t value = 0;

    constexpr auto operator<=>(const EventIndex&) const = default;
};

// The index of a slot in its plan.
struct SlotIndex {
    std::uint32_t value = 0;

    constexpr auto operator<=>(const SlotIndex&) const = default;
};

// Half-open range of moments [lower, upper) in which a block lives.
struct Lifetime {
    EventIndex lower;
    EventIndex upper;

    constexpr auto operator<=>(const Lifetime&) const = default;
    [[nodiscard]] constexpr bool overlaps(const Lifetime& other) const {
        return lower < other.upper && other.lower < upper;
    }
};

[[nodiscard]] constexpr bool is_power_of_two(std::uint64_t value) {
    return value != 0 && (value & (value - 1)) == 0;
}

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t power_of_two) {
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

}  // namespace memo
