// The trace's building blocks: variable-length integers, zigzag, CRC-32C.
#include "common/crc32c.h"
#include "common/varint.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>
#include <string>

using namespace memo;

TEST_CASE("a varint comes back as it went, from any number") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t value = random() >> (random() % 64);
        std::uint8_t bytes[kMaxVarint];
        const std::uint8_t* const end = put_varint(bytes, value);
        std::uint64_t back = 0;
        REQUIRE(get_varint(bytes, end, back) == end);
        REQUIRE(back == value);
        REQUIRE(get_varint(bytes, end - 1, back) == nullptr);  // cut short
        REQUIRE(unzigzag(zigzag(value)) == value);
    }
}

TEST_CASE("varints have the known bytes") {
    std::uint8_t bytes[kMaxVarint];
    CHECK(put_varint(bytes, 0) - bytes == 1);
    CHECK(put_varint(bytes, 127) - bytes == 1);
    CHECK(put_varint(bytes, 300) - bytes == 2);
    CHECK(bytes[0] == 0xac);
    CHECK(bytes[1] == 0x02);
    CHECK(put_varint(bytes, ~std::uint64_t{0}) - bytes == 10);
}

TEST_CASE("varints that do not fit in 64 bits are refused") {
    const std::uint8_t long_one[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    const std::uint8_t large_one[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    std::uint64_t value = 0;
    CHECK(get_varint(long_one, std::end(long_one), value) == nullptr);
    CHECK(get_varint(large_one, std::end(large_one), value) == nullptr);
    CHECK(get_varint(large_one, large_one, value) == nullptr);
}

TEST_CASE("zigzag keeps small differences small") {
    CHECK(zigzag(0) == 0);
    CHECK(zigzag(~std::uint64_t{0}) == 1);
    CHECK(zigzag(1) == 2);
}

TEST_CASE("CRC-32C gives the published values") {
    // RFC 3720, appendix B.4.
    std::uint8_t bytes[32] = {};
    CHECK(crc32c(bytes, 32) == 0x8a9136aa);
    std::memset(bytes, 0xff, 32);
    CHECK(crc32c(bytes, 32) == 0x62a8ab43);
    for (std::uint8_t i = 0; i < 32; ++i) bytes[i] = i;
    CHECK(crc32c(bytes, 32) == 0x46dd794e);
    CHECK(crc32c("123456789", 9) == 0xe3069283);
    CHECK(crc32c("", 0) == 0);
}

TEST_CASE("CRC-32C of two parts is that of the whole, wherever it is cut") {
    std::string text(100, '\0');
    std::mt19937 random(2);
    for (char& c : text) c = static_cast<char>(random());
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        CHECK(crc32c(text.data() + cut, text.size() - cut, crc32c(text.data(), cut)) ==
              crc32c(text.data(), text.size()));
    }
}
