// The outcome of something that expected bad input: a value, or one line that says what is wrong with the
// input. Errors are for people (the CLI prints the line as it is) and carry no class: a caller that must tell
// two failures apart has its own return type. Programmer errors are not reported here.
//
// Invariants: exactly one of value and error is held. `value()` needs `ok()`, `error()` needs `!ok()`.
// Thread safety: a plain value.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace memo {

// One clear line without a final full stop or newline, ready for "memo: <message>".
struct Error {
    std::string message;
};

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
    [[nodiscard]] T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    [[nodiscard]] const std::string& error() const { return std::get_if<1>(&state_)->message; }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

  private:
    std::variant<T, Error> state_;
};

}  // namespace memo
