// The number formats and operators of hls: against double precision, in which results of small formats are
// exact before they are rounded.
#include "scientific/hls/arithmetic/arithmetic.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace memo::hls {
namespace {

const Format kFloat43{Format::Kind::floating, 4, 3};
const Format kFloat54{Format::Kind::floating, 5, 4};
const Format kFixed44{Format::Kind::fixed, 4, 4};

bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

// Pairs of words for which the operator's result is not the exact one, rounded.
template <class Exact, class Operator>
std::size_t wrong_pairs(const Format& format, const Exact& exact, const Operator& apply) {
    const Arithmetic arithmetic(format);
    std::size_t wrong = 0;
    for (Word a = 0; a <= format.mask(); ++a)
        for (Word b = 0; b <= format.mask(); b += 3) {
            const double rounded =
                arithmetic.decode(arithmetic.encode(exact(arithmetic.decode(a), arithmetic.decode(b))));
            wrong += same(arithmetic.decode(apply(arithmetic, a, b)), rounded) ? 0 : 1;
        }
    return wrong;
}

TEST_CASE("sums, products and quotients are the exact ones rounded to the nearest, ties to even", "[hls]") {
    for (const Format& format :
         {Format{Format::Kind::floating, 3, 3}, Format{Format::Kind::floating, 2, 4}, kFixed44}) {
        INFO(format.name());
        CHECK(wrong_pairs(format, std::plus<>(), [](const auto& m, Word a, Word b) { return m.add(a, b); }) ==
              0);
        CHECK(wrong_pairs(format, std::minus<>(),
                          [](const auto& m, Word a, Word b) { return m.subtract(a, b); }) == 0);
        CHECK(wrong_pairs(format, std::multiplies<>(),
                          [](const auto& m, Word a, Word b) { return m.multiply(a, b); }) == 0);
        const auto quotient = [&](double a, double b) {
            if (format.kind == Format::Kind::fixed && b == 0) return a == 0 ? 0 : std::copysign(1e9, a);
            return a / b;
        };
        CHECK(wrong_pairs(format, quotient, [](const auto& m, Word a, Word b) { return m.divide(a, b); }) ==
              0);
    }
}

TEST_CASE("a number that a format has is encoded and decoded without loss", "[hls]") {
    for (const Format& format : {kFloat43, kFloat54, kFixed44}) {
        const Arithmetic arithmetic(format);
        for (Word word = 0; word <= format.mask(); ++word) {
            const double value = arithmetic.decode(word);
            REQUIRE(same(arithmetic.decode(arithmetic.encode(value)), value));
        }
    }
    const Arithmetic arithmetic(kFloat54);
    CHECK(arithmetic.decode(arithmetic.encode(-0.0)) == 0);
    CHECK(std::signbit(arithmetic.decode(arithmetic.encode(-0.0))));
    CHECK(std::isinf(arithmetic.decode(arithmetic.encode(1e9))));
    CHECK(arithmetic.decode(arithmetic.encode(1e-9)) == 0);
    CHECK(arithmetic.decode(arithmetic.encode(1 + 1.0 / 32)) == 1);             // a tie: to the even fraction
    CHECK(arithmetic.decode(arithmetic.encode(1 + 3.0 / 32)) == 1 + 2.0 / 16);  // likewise, upwards
    CHECK(Arithmetic(kFixed44).decode(Arithmetic(kFixed44).encode(100)) == 8 - 1.0 / 16);
}

TEST_CASE("e^a is off by less than one unit in the last place, and its significand below two", "[hls]") {
    for (const Format& format : {kFloat43, kFloat54, Format{Format::Kind::floating, 5, 8}, kFixed44}) {
        INFO(format.name());
        const Arithmetic arithmetic(format);
        double worst = 0;
        for (Word word = 0; word <= format.mask(); ++word) {
            const double exact = std::exp(arithmetic.decode(word));
            const double got = arithmetic.decode(arithmetic.exp(word));
            if (!same(arithmetic.decode(arithmetic.encode(exact)), exact) && std::isfinite(got) && got != 0 &&
                arithmetic.exp(word) != arithmetic.encode(1e9)) {
                const int last =
                    format.kind == Format::Kind::fixed ? -format.low : std::ilogb(exact) - format.low;
                worst = std::max(worst, std::abs(got - exact) / std::ldexp(1.0, last));
            }
        }
        CHECK(worst < 1);
        CHECK(worst > 0.4);  // that something was measured
        const ExpModel& model = arithmetic.exp_model();
        for (Word below = 0; below < Word{1} << model.fraction(); ++below)
            if ((model.parts(below, false).significand >> (model.precision() + 1)) != 0) FAIL("two or more");
    }
}

TEST_CASE("fmac rounds its product before the sum", "[hls]") {
    const Arithmetic arithmetic(kFloat54);
    std::mt19937_64 random(7);
    for (int i = 0; i < 1000; ++i) {
        const Word a = random() & kFloat54.mask();
        const Word b = random() & kFloat54.mask();
        const Word c = random() & kFloat54.mask();
        CHECK(arithmetic.apply(Kind::fmac, a, b, c) == arithmetic.add(arithmetic.multiply(a, b), c));
    }
}

TEST_CASE("factors are rounded before they meet, sums are not", "[hls]") {
    const Format format = *parse_format("3,2,4");
    const Arithmetic wide(format);
    const Arithmetic narrow(Format{Format::Kind::floating, 3, 2});
    const auto factor = [&](double value) { return narrow.decode(narrow.encode(value)); };
    CHECK(wrong_pairs(
              format, [&](double a, double b) { return factor(a) * factor(b); },
              [](const auto& m, Word a, Word b) { return m.multiply(a, b); }) == 0);
    CHECK(wrong_pairs(format, std::plus<>(), [](const auto& m, Word a, Word b) { return m.add(a, b); }) == 0);
}

TEST_CASE("comparisons order zeros, infinities and NaN as numbers", "[hls]") {
    const Arithmetic arithmetic(kFloat43);
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<double> ascending = {-infinity, -3, -0.25, 0, 0.25, 3, infinity};
    for (const double a : ascending)
        for (const double b : ascending) {
            CHECK(arithmetic.less(arithmetic.encode(a), arithmetic.encode(b)) == (a < b));
            CHECK(arithmetic.decode(arithmetic.max(arithmetic.encode(a), arithmetic.encode(b))) ==
                  std::max(a, b));
        }
    const Word nan = arithmetic.encode(std::nan(""));
    CHECK_FALSE(arithmetic.less(nan, arithmetic.encode(1)));
    CHECK(std::isnan(arithmetic.decode(arithmetic.max(arithmetic.encode(1), nan))));
    CHECK(arithmetic.decode(arithmetic.relu(arithmetic.encode(-3))) == 0);
    CHECK(arithmetic.decode(arithmetic.relu(arithmetic.encode(3))) == 3);
    CHECK_FALSE(arithmetic.less(arithmetic.encode(-0.0), arithmetic.encode(0.0)));
}

TEST_CASE("formats are read, and refused in one line", "[hls]") {
    CHECK(*parse_format("5,4") == kFloat54);
    CHECK(*parse_format("float 4,3") == kFloat43);
    CHECK(*parse_format("fixed:4,4") == kFixed44);
    CHECK(parse_format(kFixed44.name())->width() == 8);
    CHECK(kFloat54.width() == 12);
    CHECK(parse_format("5,4,9")->width() == 17);
    CHECK(parse_format("5,4,9")->name() == "5,4,9");
    for (const char* wrong : {"", "5", "5;4", "5,4x", "5,4,", "5,4,4", "5,0,9", "5,4,24", "fixed 5,4,9",
                              "1,4", "9,4", "5,0", "5,24", "fixed 0,8", "fixed 20,8", "fixed -1,8"}) {
        INFO(wrong);
        const Result<Format> format = parse_format(wrong);
        REQUIRE_FALSE(format);
        CHECK(format.error().find('\n') == std::string::npos);
    }
}

}  // namespace
}  // namespace memo::hls
