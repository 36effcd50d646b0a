// Scores, baselines, crops, calibration and the journal of `focus`.
#include "scientific/focus/baseline.h"
#include "scientific/focus/calibration.h"
#include "scientific/focus/chart.h"
#include "scientific/focus/crop.h"
#include "scientific/focus/file_scorer.h"
#include "scientific/focus/journal.h"
#include "scientific/focus/page.h"
#include "scientific/imaging/random.h"
#include "scientific/imaging/resize.h"
#include "scientific/imaging/synthetic_tissue.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace memo::focus;
using memo::imaging::Image;
using memo::imaging::Rectangle;

namespace {

[[nodiscard]] Image tissue(double blur, std::uint64_t seed = 1) {
    return memo::imaging::synthesise_tissue({.width = 256, .height = 256, .blur = blur, .seed = seed});
}

[[nodiscard]] ScoreOptions small() {
    ScoreOptions options;
    options.width = options.height = 256;
    return options;
}

[[nodiscard]] std::size_t features(Scorer& scorer, const Image& image) {
    return scorer.score(image, {})->features.total();
}

}  // namespace

TEST_CASE("the more an image is blurred, the fewer features it has") {
    for (const char* backend : {"pyramid", "fft"}) {
        ScoreOptions options = small();
        options.backend = backend;
        Scorer scorer(options);
        std::size_t last = features(scorer, tissue(0));
        for (const double blur : {0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0}) {
            const std::size_t now = features(scorer, tissue(blur));
            INFO(backend << ", blur " << blur << ": " << now << " after " << last);
            CHECK(now < last);
            last = now;
        }
        CHECK(last > 0);
    }
}

TEST_CASE("blurred and sharp images of different tissue are told apart") {
    Scorer scorer(small());
    std::size_t least_sharp = SIZE_MAX;
    std::size_t most_blurred = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        least_sharp = std::min(least_sharp, features(scorer, tissue(0, seed)));
        most_blurred = std::max(most_blurred, features(scorer, tissue(1, seed)));
    }
    CHECK(least_sharp > most_blurred);
}

TEST_CASE("the real pair of micrographs is in the right order") {
    const char* folder = std::getenv("MEMO_DATA_DIR");
    const std::string base = std::string(folder == nullptr ? "" : folder) + "/focus/deepfocus_base.bmp";
    if (folder == nullptr || !std::filesystem::exists(base)) {
        std::puts("skip MEMO_DATA_DIR/focus is not there: real micrographs are not scored");
        return;
    }
    for (const char* backend : {"pyramid", "fft"}) {
        FileOptions options;
        options.score.backend = backend;
        FileScorer scorer(options);
        const Row worse = scorer.score(base);
        const Row better = scorer.score(std::string(folder) + "/focus/deepfocus_plus5um.bmp");
        REQUIRE(worse.ok());
        REQUIRE(better.ok());
        CHECK(worse.score.features.total() < better.score.features.total());
    }
}

TEST_CASE("brightness and contrast do not change a score, and neither do the images before") {
    Scorer scorer(small());
    const Image image = tissue(1);
    Image other(256, 256);
    for (int y = 0; y < 256; ++y) {
        for (int x = 0; x < 256; ++x) other.at(x, y) = 0.25F * image.at(x, y) + 3;
    }
    const std::size_t score = features(scorer, image);
    CHECK(std::fabs(static_cast<double>(features(scorer, other)) - static_cast<double>(score)) <= 3);
    Image flat(40, 30);
    for (int y = 0; y < 30; ++y) std::fill_n(flat.row(y), 40, 0.5F);
    CHECK(features(scorer, flat) == 0);
    CHECK(features(scorer, image) == score);
}

TEST_CASE("what is wrong with an image or its crop is one line") {
    Scorer scorer(small());
    const auto error = [&](const Image& image, const std::optional<Rectangle>& crop) {
        const auto score = scorer.score(image, crop);
        REQUIRE_FALSE(score);
        return score.error();
    };
    const Image image = tissue(0);
    CHECK(error(Image(1, 1), {}) == "is 1 x 1 pixels: at least 3 x 3 are needed");
    CHECK(error(image, Rectangle{0, 0, 257, 10}) ==
          "its bounding box of 257 x 10 at 0,0 reaches beyond its 256 x 256 pixels");
    CHECK(error(image, Rectangle{2147483647, 0, 2147483647, 10}).starts_with("its bounding box"));
    CHECK(error(image, Rectangle{0, 0, 2, 9}).starts_with("is 2 x 9 pixels"));
}

TEST_CASE("a part of an image is scaled as a whole one is") {
    // A plane is a plane at every size, but where the triangle is cut at the border.
    Image plane(60, 40);
    for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 60; ++x) plane.at(x, y) = static_cast<float>(2 * x + y);
    }
    const Rectangle part{10, 5, 40, 30};
    for (const auto& [width, height] : {std::pair{40, 30}, {20, 10}, {97, 61}, {3, 3}}) {
        const Image result = memo::imaging::resized(plane, part, width, height);
        for (int y = 1; y < height - 1; ++y) {
            for (int x = 1; x < width - 1; ++x) {
                const double u = part.x + (x + 0.5) * part.width / width - 0.5;
                const double v = part.y + (y + 0.5) * part.height / height - 0.5;
                INFO(width << " x " << height << " at " << x << "," << y);
                REQUIRE(result.at(x, y) == Approx(2 * u + v).margin(0.02));
            }
        }
    }
}

TEST_CASE("a baseline knows what is usual, and stands some images out of focus") {
    std::vector<double> logs;
    memo::imaging::Random random(4);
    for (int i = 0; i < 60; ++i) logs.push_back(9 + 0.05 * random.normal());
    const Usual clean = usual_of(logs);
    CHECK(clean.centre == Approx(9).margin(0.03));
    CHECK(clean.spread == Approx(0.05).margin(0.02));
    for (int i = 0; i < 20; ++i) logs.push_back(6);
    const Usual stained = usual_of(logs);
    CHECK(stained.centre == Approx(9).margin(0.06));
    CHECK(stained.spread < 0.12);
    CHECK_FALSE(verdict_of(6, stained, kLimit).in_focus);
    CHECK(verdict_of(6, stained, kLimit).confidence > 0.999);
    CHECK(verdict_of(9, stained, kLimit).in_focus);
    CHECK(verdict_of(20, stained, kLimit).in_focus);  // more features than usual are no fault
    const double edge = stained.centre - kLimit * stained.spread;
    CHECK(verdict_of(edge, stained, kLimit).confidence == Approx(0.5));
    CHECK_FALSE(usual_of({9, 9, 9, 9}).known());
    // Equal scores scatter as counting does.
    CHECK(usual_of({std::log(401.0), std::log(401.0), std::log(401.0)}).spread == Approx(0.05).margin(1e-3));
}

TEST_CASE("a running baseline learns first, judges then, and does not learn from what is out of focus") {
    RunningBaseline baseline(kLimit);
    for (std::size_t i = 0; i < kLeast; ++i) CHECK_FALSE(baseline.judge(9));
    for (int i = 0; i < 300; ++i) CHECK_FALSE(baseline.judge(5)->in_focus);
    CHECK(baseline.judge(9)->in_focus);
    CHECK(baseline.usual().scores == kLeast + 1);
    RunningBaseline given(kLimit, Usual{9, 0.1, 50});
    CHECK_FALSE(given.judge(8)->in_focus);
}

TEST_CASE("drift is the median slope") {
    CHECK(drift_of({}) == 0);
    CHECK(drift_of({3}) == 0);
    std::vector<double> logs;
    for (int i = 0; i < 2000; ++i) logs.push_back(9 - 0.001 * i);
    CHECK(drift_of(logs) == Approx(-0.001));
    for (std::size_t i = 0; i < logs.size(); i += 7) logs[i] = 2;
    CHECK(drift_of(logs) == Approx(-0.001).margin(2e-4));
}

TEST_CASE("a baseline is read as it was written, or refused in one line") {
    const auto usual = usual_of_json(json_of(Usual{9.25, 0.125, 12}));
    REQUIRE(usual);
    CHECK(usual->centre == 9.25);
    CHECK(usual->spread == 0.125);
    CHECK(usual->scores == 12);
    for (const char* wrong :
         {"", "[]", "{}", "{\"centre\":1,\"spread\":0,\"scores\":3}", "{\"centre\":1,\"spread\":\"x\"}"})
        CHECK_FALSE(usual_of_json(wrong));
}

TEST_CASE("bounding boxes are understood whole or not at all") {
    const auto box =
        bounding_box_of_json(R"({"bounding_box": {"x": 1, "y": 2, "width": 30, "height": 40}, "more": 1})");
    REQUIRE(box);
    REQUIRE(*box);
    CHECK((*box)->y == 2);
    CHECK((*box)->height == 40);
    CHECK_FALSE(*bounding_box_of_json("{}"));
    for (const char* wrong :
         {"", "{", R"({"bounding_box": 3})", R"({"bounding_box": {"x": 1, "y": 2, "width": 3}})",
          R"({"bounding_box": {"x": -1, "y": 2, "width": 3, "height": 4}})",
          R"({"bounding_box": {"x": 1.5, "y": 2, "width": 3, "height": 4}})",
          R"({"bounding_box": {"x": 1, "y": 2, "width": 99999999999, "height": 4}})"}) {
        INFO(wrong);
        CHECK_FALSE(bounding_box_of_json(wrong));
    }
    CHECK(parse_crop("1,2,30,40")->width == 30);
    for (const char* wrong :
         {"", "1,2,3", "1,2,3,4,5", "1,2,3,0", "-1,2,3,4", "a,b,c,d", "1,2,3,4,", "1, 2,3,4"}) {
        INFO(wrong);
        CHECK_FALSE(parse_crop(wrong));
    }
    const auto fei = bounding_box_of_instrument(
        "[Scan]\r\nResolutionX=7\r\n[Image]\r\nResolutionX=1536\r\nResolutionY=1024\r\n");
    REQUIRE(fei);
    CHECK(fei->width == 1536);
    CHECK(fei->height == 1024);
    CHECK_FALSE(bounding_box_of_instrument("[Image]\nResolutionX=12\n"));
}

TEST_CASE("a calibration finds the best focus and the slope") {
    std::vector<Sample> samples;
    memo::imaging::Random random(9);
    for (double z = -6; z <= 5; z += 0.5)
        samples.push_back({"i", z, 9 - 0.4 * std::fabs(z - 0.8) + 0.02 * random.normal()});
    const auto fit = calibrate(samples);
    REQUIRE(fit);
    CHECK(fit->best == Approx(0.8).margin(0.1));
    CHECK(fit->slope == Approx(0.4).margin(0.02));
    CHECK(fit->r2 > 0.99);
    CHECK_FALSE(fit->one_sided);
    CHECK(calibration_svg(samples, *fit, "<um>").find("<um>") == std::string::npos);
    samples.erase(samples.begin() + 10, samples.end());  // to -1.5: the best is not among them
    CHECK(calibrate(samples)->one_sided);
    samples.resize(2);
    CHECK_FALSE(calibrate(samples));
}

TEST_CASE("a table of defoci is read, or the line that is wrong is named") {
    const auto samples = samples_of_csv("image,defocus\r\na,b.png,-1.5\r\nc.png,2\n\n");
    REQUIRE(samples);
    REQUIRE(samples->size() == 2);
    CHECK((*samples)[0].image == "a,b.png");
    CHECK((*samples)[0].defocus == -1.5);
    CHECK(samples_of_csv("image,z\n").error() == "line 1 must be: image,defocus");
    CHECK(samples_of_csv("image,defocus\na.png,1\nb.png,x\n").error().starts_with("line 3"));
    CHECK_FALSE(samples_of_csv("image,defocus\n"));
    CHECK_FALSE(samples_of_csv("image,defocus\na,nan\n"));
}

TEST_CASE("rows come back from their lines, whatever bytes a name has") {
    Row row{"a\xff\xc3\"\n,b", "e\xe9", {}, 1.5, 3};
    row.score.features = {7, 11};
    const auto back = row_of_line(line_of(row));
    REQUIRE(back);
    CHECK(back->image == row.image);
    CHECK(back->error == row.error);
    CHECK(back->score.features.dark == 11);
    CHECK(back->worker == 3);
    CHECK_FALSE(row_of_line("{}"));
    CHECK_FALSE(row_of_line("not json"));
}

TEST_CASE("a journal keeps whole rows, drops a cut one, and refuses what is not its own") {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("journal." + std::to_string(getpid()))).string();
    const auto write = [&](const std::string& text) { std::ofstream(path, std::ios::binary) << text; };
    const auto text = [&] {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    std::filesystem::remove(path);
    {
        auto journal = Journal::open(path, "options");
        REQUIRE(journal);
        CHECK(journal->rows().empty());
        CHECK_FALSE(journal->add(Row{"a.png", {}, {}, 0, 0}));
        CHECK_FALSE(journal->add(Row{"b.png", "bad", {}, 0, 0}));
    }
    const std::string whole = text();
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write(whole.substr(0, size));
        const auto journal = Journal::open(path, "options");
        INFO(size);
        REQUIRE(journal);
        const auto lines = static_cast<std::size_t>(
            std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
        CHECK(journal->rows().size() == (lines == 0 ? 0 : lines - 1));
        CHECK(text().ends_with('\n'));
    }
    CHECK(Journal::open(path, "others").error().find("other options") != std::string::npos);
    write("hello\n");
    CHECK_FALSE(Journal::open(path, "options"));
    write("hello");
    CHECK_FALSE(Journal::open(path, "options"));
    CHECK(text() == "hello");  // what is not ours is not touched
    std::filesystem::remove(path);
}

TEST_CASE("a page has what was seen, and no more than its room") {
    Session session;
    session.folder = "a<b>";
    session.running = true;
    for (int i = 0; i < 30; ++i) {
        const Row row{"i" + std::to_string(i) + ".png", {}, {}, 0, 0};
        session.curve.push_back({row, Verdict{i != 20, 0, 0.9}});
    }
    session.images = 30;
    session.usual = {0, 1, 30};
    session.latest.push_back({session.curve.back(), thumbnail_of(tissue(0))});
    const std::string html = html_of(session);
    CHECK(html.find("a<b>") == std::string::npos);
    CHECK(html.find("http-equiv=\"refresh\"") != std::string::npos);
    CHECK(html.find("data:image/png;base64,iVBOR") != std::string::npos);
    CHECK(html.find("i20.png: 0 features") != std::string::npos);
    session.running = false;
    CHECK(html_of(session).find("refresh") == std::string::npos);
    CHECK(svg_of({}).find("nan") == std::string::npos);  // an empty chart is a chart
}
