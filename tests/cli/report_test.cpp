// memo report: the page says what `memo top` says, for any selected range, in both themes, in a real browser.
#include "tests/cli/command.h"

#include <catch2/catch.hpp>

#include <regex>
#include <sstream>

using memo::test::Answer;
using memo::test::Folder;
using memo::test::program;

namespace {

class Reported : public Folder {
  public:
    Reported() {
        REQUIRE(memo("trace -q -- " + program("rounds") + " 20").code == 0);
        REQUIRE(memo("report -q rounds.memo").code == 0);
        top = memo("top --json rounds.memo").json();
    }
    nlohmann::json top;
};

// A page after its scripts have run.
struct Page {
    std::string dom;
    std::string console;  // what they complained about

    // An attribute of the table of operations' last row, the total.
    [[nodiscard]] std::uint64_t total(const std::string& attribute) const {
        const std::size_t foot = dom.find("<tfoot>");
        REQUIRE(foot != std::string::npos);
        std::smatch match;
        const std::string row = dom.substr(foot, dom.find("</tfoot>") - foot);
        REQUIRE(std::regex_search(row, match, std::regex(" " + attribute + "=\"(\\d+)\"")));
        return std::stoull(match[1]);
    }
};

[[nodiscard]] bool has_chromium(const Folder& folder) {
    if (folder.shell("command -v chromium").code == 0) return true;
    WARN("skip chromium is not installed: the report's page is not opened");
    return false;
}

[[nodiscard]] Page opened(const Folder& folder, const std::string& file, const std::string& view) {
    const Answer answer = folder.shell(
        "HOME=$PWD timeout 60 chromium --headless --no-sandbox --disable-gpu --enable-logging=stderr "
        "--virtual-time-budget=3000 --dump-dom \"file://$PWD/" +
        file + "#" + view + "\"");
    REQUIRE(answer.code == 0);
    Page page{answer.out, {}};
    std::istringstream lines(answer.err);
    for (std::string line; std::getline(lines, line);) {
        if (line.find("CONSOLE") != std::string::npos) page.console += line + "\n";
    }
    return page;
}

}  // namespace

TEST_CASE("a report is one file that loads nothing from elsewhere") {
    const Reported reported;
    const std::string page = reported.read("rounds.html");
    CHECK(page.find("{{") == std::string::npos);
    CHECK_FALSE(std::regex_search(page, std::regex("(src|href)=\"[^#]")));
    CHECK(page.find("@import") == std::string::npos);
}

TEST_CASE("the page adds up to what top says, and to less where a range is selected") {
    const Reported reported;
    if (!has_chromium(reported)) return;
    const Page whole = opened(reported, "rounds.html", "theme=dark");
    CHECK(whole.console.empty());
    CHECK(whole.dom.find("data-theme=\"dark\"") != std::string::npos);
    CHECK(whole.total("data-bytes") == reported.top["bytes"]);
    CHECK(whole.total("data-allocations") == reported.top["allocations"]);
    CHECK(whole.total("data-live-bytes") == reported.top["peak_bytes"]);

    // Two parts of the trace make up the whole; a bin of this short trace is one event.
    const std::size_t events = reported.memo("info --json rounds.memo").json()["events"];
    REQUIRE(events < 1024);
    const Page first = opened(reported, "rounds.html", "sel=0-300&theme=light");
    const Page second = opened(reported, "rounds.html", "sel=300-" + std::to_string(events));
    CHECK(first.console.empty());
    CHECK(first.dom.find("data-theme=\"light\"") != std::string::npos);
    CHECK(first.dom.find("events 0 to 300") != std::string::npos);
    CHECK(first.total("data-bytes") < reported.top["bytes"]);
    CHECK(first.total("data-bytes") + second.total("data-bytes") == reported.top["bytes"]);
    CHECK(first.total("data-allocations") + second.total("data-allocations") == reported.top["allocations"]);
}

TEST_CASE("the page can be worked with the keyboard, and its address keeps what was chosen") {
    const Reported reported;
    if (!has_chromium(reported)) return;
    // Presses keys as a user does, and leaves the address after each as an attribute.
    const std::string script = R"(<script>
        const pressed = (target, key, more) => {
          target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
          return location.hash;
        };
        const steps = { timeline: pressed(byId('timeline-canvas'), 'ArrowLeft'),
          narrower: pressed(byId('timeline-canvas'), 'PageUp', { shiftKey: true }),
          everything: pressed(byId('timeline-canvas'), 'Escape') };
        pressed(byId('stacks-canvas'), 'ArrowDown');
        steps.zoomed = pressed(byId('stacks-canvas'), 'Enter');
        steps.node = byId('stacks-node').textContent;
        steps.out = pressed(byId('stacks-canvas'), 'Backspace');
        steps.theme = pressed(document.body, 't');
        document.body.setAttribute('data-steps', JSON.stringify(steps).replaceAll('"', "'"));
      </script></body>)";
    std::string page = reported.read("rounds.html");
    const std::size_t end = page.rfind("</body>");
    REQUIRE(end != std::string::npos);
    reported.write("pressed.html", page.replace(end, 7, script));
    const Page after = opened(reported, "pressed.html", "theme=light");
    CHECK(after.console.empty());
    std::smatch steps;
    REQUIRE(std::regex_search(after.dom, steps, std::regex("data-steps=\"([^\"]*)\"")));
    const std::string said = steps[1];
    INFO(said);
    CHECK(std::regex_search(said, std::regex("'timeline':'#[^']*sel=\\d+-\\d+")));
    CHECK(std::regex_search(said, std::regex("'narrower':'#[^']*sel=\\d+-\\d+")));
    CHECK_FALSE(std::regex_search(said, std::regex("'everything':'#[^']*sel=")));
    CHECK(std::regex_search(said, std::regex("'zoomed':'#[^']*zoom=[1-9]")));
    CHECK_FALSE(std::regex_search(said, std::regex("'node':'everything")));
    CHECK_FALSE(std::regex_search(said, std::regex("'out':'#[^']*zoom=")));
    CHECK(std::regex_search(said, std::regex("'theme':'#[^']*theme=dark")));
}

TEST_CASE("a plan has a report of its own, and figures of a bench have their place") {
    const Reported reported;
    REQUIRE(reported.memo("plan -q rounds.memo").code == 0);
    reported.write("bench.json", R"([{"allocator": "glibc", "start": 1, "wall_ms_median": 2, "wall_ms_p99": 3,
        "cpu_ms_median": 2, "faults": 9, "peak_rss_kb": 2048}])");
    REQUIRE(reported.memo("report -q rounds.plan --bench bench.json -o plan.html").code == 0);
    REQUIRE(reported.memo("report -q rounds.memo --plan rounds.plan -o both.html").code == 0);
    CHECK(reported.read("both.html").find(R"("file":"rounds.plan")") != std::string::npos);
    if (!has_chromium(reported)) return;
    const Page page = opened(reported, "plan.html", "");
    CHECK(page.console.empty());
    CHECK(page.dom.find("glibc") != std::string::npos);
    CHECK(page.dom.find("<section id=\"timeline\" hidden") != std::string::npos);
    CHECK(page.dom.find("proven optimal") != std::string::npos);
}

TEST_CASE("names from a trace stay text on the page") {
    const Folder folder;
    REQUIRE(folder.shell("cp /bin/true '<b>&x'; $memo trace -q -o x.memo -- './<b>&x' '</script><i>'").code ==
            0);
    REQUIRE(folder.memo("report -q x.memo").code == 0);
    const std::string page = folder.read("x.html");
    CHECK(page.find("<i>") == std::string::npos);
    CHECK(page.find("<b>&x") == std::string::npos);
    CHECK(page.find(R"(\u003ci>)") != std::string::npos);
}

TEST_CASE("a report that cannot be is one line") {
    const Reported reported;
    REQUIRE(reported.memo("plan -q rounds.memo").code == 0);
    REQUIRE(reported.memo("trace -q -o other.memo -- " + program("restless")).code == 0);
    reported.write("bench.json", "[1]");
    reported.write("broken.json", "[");
    CHECK(reported.refusal("report other.memo --plan rounds.plan").find("is not a plan of this trace") !=
          std::string::npos);
    CHECK(reported.refusal("report rounds.plan --plan rounds.plan").find("is a plan already") !=
          std::string::npos);
    CHECK(reported.refusal("report rounds.memo --bench bench.json").find("bench.json: is not what") !=
          std::string::npos);
    CHECK(reported.refusal("report rounds.memo --bench broken.json").find("broken.json: not JSON") !=
          std::string::npos);
    CHECK(reported.refusal("report rounds.memo -o no/such/x.html").find("No such file") != std::string::npos);
}
