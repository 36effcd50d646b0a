// The program `dog`, as a user runs it.
#include "tests/scientific/shell.h"

namespace {

constexpr const char* kSmall =
    "--width 200 --height 160 --droplets 6 --min-radius 5 --max-radius 14 --separated";
constexpr const char* kFast = "--backend pyramid --max-sigma 14 --n-bin 30";

}  // namespace

TEST_CASE("what is generated is found, and written in every form") {
    const Folder folder("dog", DOG_PROGRAM);
    REQUIRE(folder.shell("$dog generate -o a.png " + std::string(kSmall)).code == 0);
    const Answer answer =
        folder.shell("$dog a.png " + std::string(kFast) +
                     " --csv a.csv --json a.json --plot a.svg --overlay o.png --pixel-size 2 --timings t");
    INFO(answer.text);
    CHECK(answer.code == 0);
    CHECK(answer.text.find("1 images, 6 droplets") != std::string::npos);
    CHECK(folder.shell("head -1 a.csv; wc -l <a.csv; wc -l <a.truth.csv; wc -w <t").text ==
          "image,x,y,radius,sigma,response,volume\n7\n7\n4\n");
    CHECK(folder
              .shell("python3 -c 'import json; "
                     "print(len(json.load(open(\"a.json\"))[\"images\"][0][\"detections\"]))'; "
                     "tail -1 a.svg; head -c 4 o.png | tail -c 3")
              .text == "6\n</svg>\nPNG");
}

TEST_CASE("bad input is one line with the name, and exit code 2; good images beside it are done") {
    const Folder folder("dog", DOG_PROGRAM);
    REQUIRE(folder
                .shell("$dog generate -o a.png " + std::string(kSmall) +
                       "; head -c 900 a.png >cut.png; : >empty.png")
                .code == 0);
    for (const char* line :
         {"$dog missing.png", "$dog empty.png", "$dog cut.png", "$dog", "$dog a.png --n-bin 2",
          "$dog a.png --max-sigma 1", "$dog a.png --raw 5", "$dog a.png --backend other", "$dog -",
          "$dog --watch missing", "$dog a.png --threshold nan", "$dog generate", "$dog --nonsense"}) {
        const Answer answer = folder.shell(line);
        INFO(line << ": " << answer.text);
        CHECK(answer.code == 2);
        CHECK(std::count(answer.text.begin(), answer.text.end(), '\n') == 1);
    }
    const Answer mixed = folder.shell("$dog cut.png a.png -q " + std::string(kFast) +
                                      " --csv all.csv; echo $?; wc -l <all.csv");
    CHECK(mixed.text.find("cut.png: bad PNG") != std::string::npos);
    CHECK(mixed.text.ends_with("2\n7\n"));
    CHECK(folder.shell("$dog a.png -q --csv /dev/full " + std::string(kFast)).code == 1);
}

TEST_CASE("a stream's frames are seen, and its cut end is said") {
    const Folder folder("dog", DOG_PROGRAM);
    REQUIRE(folder.shell("$dog generate -o a.raw --format u16 " + std::string(kSmall)).code == 0);
    const std::string look = "$dog - --raw 200x160:u16 --queue 9 " + std::string(kFast);
    const Answer whole = folder.shell("cat a.raw a.raw a.raw | " + look);
    CHECK(whole.code == 0);
    CHECK(whole.text.find("3 images, 18 droplets") != std::string::npos);
    CHECK(whole.text.find("latency p50") != std::string::npos);
    const Answer cut = folder.shell("(cat a.raw; echo more) | " + look);
    CHECK(cut.code == 2);
    CHECK(cut.text.find("frame 1: the stream ends within it, after 5 of 64000 bytes") != std::string::npos);
}

TEST_CASE("what cannot be kept up with is dropped, and named") {
    const Folder folder("dog", DOG_PROGRAM);
    REQUIRE(folder.shell("mkdir in; $dog generate -o in --count 3 " + std::string(kSmall)).code == 0);
    const Answer answer =
        folder.shell("$dog in -q --rate 100000 --repeat 20 --queue 1 --json j " + std::string(kFast));
    CHECK(answer.code == 0);
    CHECK(answer.text.find("images dropped: in/0000") != std::string::npos);
    CHECK(folder.shell("grep -c '\"dropped\":..in/0000' j").text == "1\n");
}

TEST_CASE("an image that appears in a watched folder is looked at") {
    const Folder folder("dog", DOG_PROGRAM);
    REQUIRE(folder.shell("mkdir in; $dog generate -o a.png " + std::string(kSmall)).code == 0);
    const Answer answer =
        folder.shell("timeout 60 $dog --watch in --limit 1 " + std::string(kFast) +
                     " & while kill -0 $! 2>/dev/null; do cp a.png in/new.png; sleep 0.1; done; wait $!");
    INFO(answer.text);
    CHECK(answer.code == 0);
    CHECK(answer.text.find("in/new.png  6 droplets") != std::string::npos);
}

TEST_CASE("without a GPU the CPU stands in for it, and that is said") {
    const Folder folder("dog", DOG_PROGRAM);
    REQUIRE(folder.shell("$dog generate -o a.png " + std::string(kSmall)).code == 0);
    const Answer answer =
        folder.shell("CUDA_VISIBLE_DEVICES= $dog a.png --backend cuda --max-sigma 14 --n-bin 30");
    CHECK(answer.code == 0);
    CHECK(answer.text.find("there is no usable GPU") != std::string::npos);
    CHECK(answer.text.find("6 droplets") != std::string::npos);
}
