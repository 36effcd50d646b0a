// Pictures of plans: well-formed whatever the names are, the same each time, small however many blocks there
// are, and true: what is drawn covers what the plan covers.
#include "cli/map_svg.h"

#include "cli/map_colors.h"
#include "cli/map_density.h"
#include "cli/xml_text.h"
#include "tests/cli/command.h"
#include "tests/planner/random_problem.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

using memo::Bytes;
using memo::EventIndex;
using memo::Lifetime;
using memo::Offset;
using memo::planner::Problem;
using memo::planner::testing::draw;
using memo::test::Answer;
using memo::test::Folder;
using namespace memo::cli;

namespace {

// Empty if the tags of `xml` close in order and quotes and entities are sound; else where it goes wrong.
std::string ill_formed(const std::string& xml) {
    std::vector<std::string> open;
    for (std::size_t i = 0; i < xml.size(); ++i) {
        if (xml[i] == '&') {
            const std::string entity = xml.substr(i, xml.find(';', i) + 1 - i);
            static const std::set<std::string> kKnown = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
            if (kKnown.count(entity) == 0) return "entity " + entity;
        }
        if (xml[i] != '<') continue;
        const std::size_t end = xml.find('>', i);
        if (end == std::string::npos) return "open tag";
        const std::string inside = xml.substr(i + 1, end - i - 1);
        if (inside.find('<') != std::string::npos) return "nested " + inside;
        if (std::count(inside.begin(), inside.end(), '"') % 2 != 0) return "quotes of " + inside;
        if (inside.starts_with("/")) {
            if (open.empty() || open.back() != inside.substr(1)) return "close of " + inside;
            open.pop_back();
        } else if (!inside.ends_with("/")) {
            open.push_back(inside.substr(0, inside.find(' ')));
        }
        i = end;
    }
    return open.empty() ? "" : "never closed: " + open.back();
}

std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

struct Drawn {
    Problem problem;
    std::vector<Offset> offsets;
    std::vector<std::string> tags;

    [[nodiscard]] std::string svg() const { return map_svg({problem, offsets, tags, "test <1>"}); }
};

void add(Drawn& drawn, std::uint64_t lower, std::uint64_t upper, std::uint64_t size, std::uint64_t offset,
         const std::string& tag) {
    drawn.problem.blocks.push_back({Bytes{size}, Bytes{1}, Lifetime{EventIndex{lower}, EventIndex{upper}}});
    drawn.offsets.push_back(Offset{offset});
    drawn.tags.push_back(tag);
}

// Any places will do: pictures do not verify.
Drawn random_plan(std::size_t blocks, std::uint64_t moments, std::uint64_t longest) {
    std::mt19937_64 random(blocks);
    Drawn drawn;
    for (std::size_t i = 0; i < blocks; ++i) {
        const std::uint64_t lower = draw(random, 0, moments);
        add(drawn, lower, lower + draw(random, 1, longest), draw(random, 1, 1 << draw(random, 4, 20)),
            draw(random, 0, 1 << 28), "aten::op" + std::to_string(draw(random, 0, 40)));
    }
    return drawn;
}

constexpr const char* kSolved =
    "id,lower,upper,size,offset\nconv/a,0,4,100,0\nconv/b,2,8,50,100\nrelu,4,9,80,0\n";

}  // namespace

TEST_CASE("text is escaped, and what is no character is replaced") {
    CHECK(xml_text("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
    CHECK(xml_text("tab\tline\n") == "tab\tline\n");
    CHECK(xml_text(std::string("nul\0bell\a", 9)) == "nul?bell?");
    CHECK(xml_text("größe × 🙂") == "größe × 🙂");
    CHECK(xml_text("\xff\xc3") == "??");
    CHECK(xml_text("\xc0\xaf") == "??");            // overlong
    CHECK(xml_text("\xed\xa0\x80") == "???");       // a surrogate
    CHECK(xml_text("\xef\xbf\xbf") == "???");       // not a character
    CHECK(xml_text("\xf5\x80\x80\x80") == "????");  // beyond the last one
}

TEST_CASE("a small plan is drawn block by block, with its marks and its legend") {
    Drawn drawn;
    add(drawn, 0, 4, 100, 0, "conv");
    add(drawn, 2, 8, 50, 100, "a & <b>");
    add(drawn, 4, 9, 80, 20, "");
    drawn.problem.ids = {"conv #1", "x\"y", "z"};
    const std::string svg = drawn.svg();
    CHECK(ill_formed(svg).empty());
    CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\""));
    CHECK(svg.find("<title>test &lt;1&gt;</title>") != std::string::npos);
    CHECK(svg.find("<title>conv #1\n100 B (100 bytes)\n[0, 4) at 0</title>") != std::string::npos);
    CHECK(svg.find("<title>x&quot;y (a &amp; &lt;b&gt;)\n50 B (50 bytes)\n[2, 8) at 100</title>") !=
          std::string::npos);
    CHECK(svg.find("peak: 150 B (150 bytes) at 2") != std::string::npos);
    CHECK(svg.find(">height = max load<") != std::string::npos);
    CHECK(svg.find(">untagged · 36.4 %<") != std::string::npos);
    CHECK(svg.find("prefers-color-scheme:dark") != std::string::npos);
    CHECK(svg == drawn.svg());
}

TEST_CASE("blocks lie where the plan puts them") {
    Drawn drawn;  // the plot is 1000 x 600 from (84, 92), and shows 1.03 heights
    add(drawn, 10, 20, 515, 0, "a");
    add(drawn, 20, 30, 485, 515, "b");
    const std::string svg = drawn.svg();
    CHECK(svg.find("x=\"84\" y=\"392\" width=\"500\" height=\"300\"><title>block 0 (a)") !=
          std::string::npos);
    CHECK(svg.find("x=\"584\" y=\"109.5\" width=\"500\" height=\"282.5\"><title>block 1 (b)") !=
          std::string::npos);
    CHECK(svg.find("height 1000 B, max load 515 B") != std::string::npos);
}

TEST_CASE("a gap leaves a hole of the bytes it does not keep") {
    Drawn drawn;
    add(drawn, 0, 10, 1000, 0, "a");
    drawn.problem.gaps = {{{Lifetime{EventIndex{2}, EventIndex{4}}, Offset{0}, Offset{0}}}};
    const std::string svg = drawn.svg();
    CHECK(count_of(svg, "<title>block 0") == 2);
    CHECK(svg.find("x=\"84\" y=\"109.5\" width=\"200\"") != std::string::npos);
    CHECK(svg.find("x=\"484\" y=\"109.5\" width=\"600\"") != std::string::npos);
}

TEST_CASE("pictures of many blocks stay small and well-formed") {
    struct Case {
        std::size_t blocks;
        std::uint64_t moments;
        std::uint64_t longest;
    };
    for (const Case& one :
         {Case{30000, 20000, 2000}, Case{30000, 30000, 30000}, Case{200000, 1000000, 1000}}) {
        INFO(one.blocks << " blocks in " << one.moments << " moments");
        const std::string svg = random_plan(one.blocks, one.moments, one.longest).svg();
        CHECK(svg.size() < 1000 * 1000);
        CHECK(ill_formed(svg).empty());
        CHECK(count_of(svg, "<title>") <= 5000 + 20);
    }
}

TEST_CASE("extreme moments and addresses are drawn") {
    Drawn drawn;
    add(drawn, 0, 1, 1, 0, "a");
    CHECK(ill_formed(drawn.svg()).empty());
    add(drawn, UINT64_MAX - 1, UINT64_MAX, std::uint64_t{1} << 61, std::uint64_t{1} << 61, "b");
    const std::string svg = drawn.svg();
    CHECK(ill_formed(svg).empty());
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
}

TEST_CASE("density is the share of each cell that rectangles cover") {
    std::mt19937_64 random(3);
    constexpr std::uint32_t kColumns = 7;
    constexpr std::uint32_t kRows = 5;
    constexpr std::uint64_t kFine = 16;  // edges lie on sixteenths of cells, so that areas are exact
    for (int round = 0; round < 500; ++round) {
        std::vector<MapRectangle> rectangles;
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::map<int, std::uint64_t>> covered;
        for (std::uint64_t i = draw(random, 0, 6); i > 0; --i) {
            const std::uint64_t left = draw(random, 0, kColumns * kFine - 1);
            const std::uint64_t right = draw(random, left + 1, kColumns * kFine);
            const std::uint64_t top = draw(random, 0, kRows * kFine - 1);
            const std::uint64_t bottom = draw(random, top + 1, kRows * kFine);
            const auto color = static_cast<std::uint8_t>(draw(random, 0, 3));
            rectangles.push_back({2.0 * static_cast<double>(left) / kFine,
                                  2.0 * static_cast<double>(top) / kFine,
                                  2.0 * static_cast<double>(right) / kFine,
                                  2.0 * static_cast<double>(bottom) / kFine, color, 0});
            for (std::uint64_t x = left; x < right; ++x) {
                for (std::uint64_t y = top; y < bottom; ++y)
                    ++covered[{static_cast<std::uint32_t>(y / kFine), static_cast<std::uint32_t>(x / kFine)}]
                             [color];
            }
        }
        std::map<std::pair<std::uint32_t, std::uint32_t>, DensityRun> cells;
        for (const DensityRun& run : density_runs(rectangles, 2, kColumns, kRows)) {
            for (std::uint32_t i = 0; i < run.length; ++i) {
                const bool is_new = cells.emplace(std::pair{run.row, run.left + i}, run).second;
                REQUIRE(is_new);
            }
        }
        REQUIRE(cells.size() == covered.size());
        for (const auto& [place, colors] : covered) {
            std::uint64_t total = 0;
            std::uint64_t most = 0;
            int dominant = 0;
            for (const auto& [color, area] : colors) {
                total += area;
                if (area > most) dominant = color;
                most = std::max(most, area);
            }
            REQUIRE(cells.count(place) == 1);
            REQUIRE(cells[place].color == dominant);
            // Thirds of a cell are no whole number of its 256 parts, so levels are never a tie.
            REQUIRE(cells[place].level == std::min<std::uint64_t>(3 * total / (kFine * kFine), 2));
        }
    }
}

TEST_CASE("a tag has the same colour in every picture, and two large ones never share one") {
    std::mt19937_64 random(4);
    const auto color_in = [](const MapColors& colors, const std::string& tag) {
        for (const LegendEntry& entry : colors.legend()) {
            if (entry.text == tag) return entry.color;
        }
        return kOtherColor;
    };
    Drawn one;
    add(one, 0, 100, 1000, 0, "aten::conv2d");
    const std::uint8_t alone = color_in(MapColors(one.problem, one.tags), "aten::conv2d");
    CHECK(alone < kOtherColor);
    for (int i = 0; i < 30; ++i) add(one, 0, 10, 1 + draw(random, 0, 50), 0, "tag" + std::to_string(i));
    const MapColors colors(one.problem, one.tags);
    CHECK(color_in(colors, "aten::conv2d") == alone);
    CHECK(colors.of_blocks().front() == alone);
    REQUIRE(colors.legend().size() == 13);
    std::set<int> used;
    double shares = 0;
    for (const LegendEntry& entry : colors.legend()) {
        used.insert(entry.color);
        shares += entry.share;
    }
    CHECK(used.size() == 13);
    CHECK(shares == Approx(1));
    CHECK(colors.legend().back().text == "19 others");
}

TEST_CASE("memo show draws a solved problem") {
    const Folder folder;
    folder.write("p.csv", kSolved);
    const Answer answer = folder.memo("show p.csv -o map.svg");
    CHECK(answer.code == 0);
    CHECK(answer.out == "map        map.svg\n");
    CHECK(answer.err == "next: memo whatif p.csv\n");
    const std::string svg = folder.read("map.svg");
    CHECK(ill_formed(svg).empty());
    CHECK(svg.find(">conv · 62.5 %<") == std::string::npos);
    CHECK(svg.find(">conv · 63.6 %<") != std::string::npos);
    CHECK(folder.memo("show p.csv -o again.svg --json").json()["map"] == "again.svg");
    CHECK(folder.read("again.svg") == svg);
}

TEST_CASE("memo show lists the blocks of a problem") {
    const Folder folder;
    folder.write("p.csv", kSolved);
    const Answer text = folder.memo("show p.csv");
    CHECK(text.code == 0);
    CHECK(text.out.starts_with("height     150 B (150 bytes)\nmax load   150 B (150 bytes)\nblocks     3\n"));
    CHECK(text.out.find("conv/b     50        -     100  [2, 8)\n") != std::string::npos);
    CHECK(text.err == "next: memo show p.csv -o map.svg\n");
    const auto json = folder.memo("show p.csv --json").json();
    CHECK(json["height"] == 150);
    CHECK(json["rows"][1]["offset"] == 100);

    folder.write("open.csv", "id,lower,upper,size\na,0,4,100\n");
    const auto open = folder.memo("show open.csv --json").json();
    CHECK(open["height"].is_null());
    CHECK(open["rows"][0]["offset"].is_null());
    CHECK(folder.memo("show open.csv").err == "next: memo plan open.csv -o FILE.csv\n");
}

TEST_CASE("memo show draws one arena of several") {
    const Folder folder;
    folder.write("p.csv",
                 "id,lower,upper,size,offset,arena\na,0,4,100,0,gpu\nb,2,8,50,0,cpu\nc,4,9,80,0,gpu\n");
    const Answer both = folder.memo("show p.csv -o map.svg");
    CHECK(both.code == 2);
    CHECK(both.err == "memo: p.csv: has 2 arenas; choose one with --arena NAME, 'gpu' for one\n");
    CHECK(folder.memo("show p.csv -o map.svg --arena gpu").code == 0);
    CHECK(folder.read("map.svg").find("2 blocks, height 100 B") != std::string::npos);
    CHECK(folder.memo("show p.csv -o map.svg --arena gpux").err ==
          "memo: p.csv: there is no arena 'gpux'; did you mean 'gpu'?\n");
}

TEST_CASE("pictures that cannot be are refused in one line") {
    const Folder folder;
    folder.write("p.csv", kSolved);
    folder.write("open.csv", "id,lower,upper,size\na,0,4,100\n");
    folder.write("high.csv", "id,lower,upper,size,offset\na,0,4,100,9000000000000000000\n");
    struct Case {
        const char* words;
        const char* says;
    };
    const Case cases[] = {
        {"show p.csv -o map.png",
         "show: map.png: the picture is SVG; for another kind, write map.svg and convert it: rsvg-convert -o "
         "map.png map.svg"},
        {"show open.csv -o map.svg",
         "open.csv: has no offset for every block; place them first: memo plan open.csv -o FILE.csv"},
        {"show high.csv -o map.svg", "high.csv: is too high to draw"},
        {"show missing.csv -o map.svg", "missing.csv: No such file or directory"},
        {"show p.csv -o no/folder/map.svg", "no/folder/map.svg: No such file or directory"},
    };
    for (const Case& one : cases) {
        INFO(one.words);
        CHECK(folder.refusal(one.words) == one.says);
        CHECK_FALSE(folder.has("map.svg"));
    }
}

TEST_CASE("memo show draws a plan, its slots coloured by operation") {
    const Folder folder;
    REQUIRE(folder.memo("trace -q -- " + memo::test::program("rounds") + " 12").code == 0);
    REQUIRE(folder.memo("plan -q rounds.memo").code == 0);
    CHECK(folder.memo("show rounds.plan -o map.svg").code == 0);
    const std::string svg = folder.read("map.svg");
    CHECK(ill_formed(svg).empty());
    CHECK(svg.find("24 blocks, height ") != std::string::npos);
    CHECK(folder.memo("show rounds.memo -o other.svg").code == 2);
}
