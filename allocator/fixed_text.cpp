// Digits and quotes (allocator/fixed_text.h).
#include "allocator/fixed_text.h"

#include "allocator/message.h"

namespace memo {

namespace {

// Rounded; of what is not negative. Without libm, which nothing here may need.
[[nodiscard]] std::uint64_t nearest(double number) {
    const auto below = static_cast<std::uint64_t>(number);
    return number - static_cast<double>(below) < 0.5 ? below : below + 1;
}

}  // namespace

bool FixedText::flush() {
    if (good_) good_ = write_all(file_, bytes_, used_);
    used_ = 0;
    return good_;
}

void FixedText::put_byte(char byte) {
    if (used_ == sizeof bytes_) (void)flush();
    bytes_[used_++] = byte;
}

void FixedText::put(const char* text) {
    for (; *text != '\0'; ++text) put_byte(*text);
}

void FixedText::put(std::uint64_t number) {
    char digits[20];
    std::size_t count = 0;
    do {
        digits[count++] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    while (count != 0) put_byte(digits[--count]);
}

void FixedText::put(int number) {
    if (number < 0) put_byte('-');
    const auto wide = static_cast<std::int64_t>(number);
    put(static_cast<std::uint64_t>(wide < 0 ? -wide : wide));
}

// A number in units of 1 / `one`, a power of ten, with all its decimals.
void FixedText::put_decimals(std::uint64_t number, std::uint64_t one) {
    put(number / one);
    put_byte('.');
    for (std::uint64_t left = one / 10; left != 0; left /= 10) {
        put_byte(static_cast<char>('0' + number / left % 10));
    }
}

void FixedText::put(Share share) {
    put_decimals(nearest(share.of_one * 1e6), 1'000'000);
}

void FixedText::put(Percent percent) {
    put_decimals(nearest(percent.of_one * 1e4), 100);
}

void FixedText::put(Quoted quoted) {
    for (const char* text = quoted.text; *text != '\0'; ++text) {
        const auto byte = static_cast<unsigned char>(*text);
        if (byte == '"' || byte == '\\') {
            put_byte('\\');
            put_byte(*text);
        } else if (byte < 0x20) {
            put("\\u00");
            put_byte(static_cast<char>('0' + (byte >> 4)));
            put_byte("0123456789abcdef"[byte & 15]);
        } else {
            put_byte(*text);
        }
    }
}

void FixedText::put(Label label) {
    for (const char* text = label.text; *text != '\0'; ++text) {
        if (*text == '"' || *text == '\\' || *text == '\n') put_byte('\\');
        put_byte(*text == '\n' ? 'n' : *text);
    }
}

}  // namespace memo
