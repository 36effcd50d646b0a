// The program `focus`, as a user runs it.
#include "tests/scientific/shell.h"

namespace {

const std::string kSetUp = "$focus generate -o in --width 128 --height 128";

[[nodiscard]] Folder with_images(int count) {
    Folder folder("focus", FOCUS_PROGRAM);
    REQUIRE(
        folder.shell("mkdir in; " + kSetUp + " --count " + std::to_string(count) + " --defocus 0 3").code ==
        0);
    return folder;
}

}  // namespace

TEST_CASE("images are scored, and those out of focus named") {
    const Folder folder("focus", FOCUS_PROGRAM);
    REQUIRE(folder
                .shell("mkdir in; " + kSetUp +
                       " --count 12; $focus generate -o in/bad.png --defocus 5 --seed 99 "
                       "--width 128 --height 128")
                .code == 0);
    const Answer answer =
        folder.shell("$focus score in --size native --csv a.csv --json a.json --save-baseline b.json");
    INFO(answer.text);
    CHECK(answer.code == 0);
    CHECK(answer.text.find("13 images, usually") != std::string::npos);
    CHECK(answer.text.find("1 out of focus: in/bad.png") != std::string::npos);
    CHECK(folder.shell("head -1 a.csv; wc -l <a.csv; grep -c ,out, a.csv; grep ,out, a.csv | cut -d, -f1")
              .text ==
          "image,features,bright,dark,log_features,distance,focus,confidence,ms\n14\n1\nin/bad.png\n");
    CHECK(folder
              .shell("python3 -c 'import json; a=json.load(open(\"a.json\")); print(len(a[\"images\"]), "
                     "sum(not i[\"in_focus\"] for i in a[\"images\"]), a[\"parameters\"][\"gaussians\"])'")
              .text == "13 1 30\n");
    // One image alone is judged by the baseline that was kept.
    CHECK(folder.shell("$focus score in/bad.png --size native --baseline b.json").text.find(",out,") !=
          std::string::npos);
    CHECK(
        folder.shell("$focus score in/bad.png --size native 2>&1 >c.csv").text.find("judged by each other") !=
        std::string::npos);
}

TEST_CASE("bad input is one line with the name, and exit code 2; good images beside it are done") {
    const Folder folder = with_images(1);
    REQUIRE(
        folder
            .shell("cp in/00000_+0.png a.png; head -c 900 a.png >cut.png; : >empty.png; echo text >text.bmp; "
                   "echo '{' "
                   ">side.json; cp a.png side.png; printf BM >cut.bmp; echo image,defocus >t.csv; echo x >j")
            .code == 0);
    for (const char* line : {"$focus",
                             "$focus other",
                             "$focus score",
                             "$focus score missing.png",
                             "$focus score -q cut.png",
                             "$focus score -q empty.png",
                             "$focus score -q text.bmp",
                             "$focus score -q cut.bmp",
                             "$focus score -q side.png",
                             "$focus score a.png --size 5",
                             "$focus score a.png --gaussians 1",
                             "$focus score a.png --threshold nan",
                             "$focus score a.png --crop 1,2",
                             "$focus score -q a.png --crop 0,0,999,999",
                             "$focus score a.png --raw 5",
                             "$focus score a.png --backend other",
                             "$focus score a.png --baseline side.json",
                             "$focus score a.png --journal j",
                             "$focus watch missing",
                             "$focus calibrate t.csv",
                             "$focus calibrate missing",
                             "$focus generate",
                             "$focus check --backend fft",
                             "$focus score -q a.png --save-baseline b",
                             "$focus score a.png --limit 0"}) {
        const Answer answer = folder.shell(line);
        INFO(line << ": " << answer.text);
        CHECK(answer.code == 2);
        CHECK(std::count(answer.text.begin(), answer.text.end(), '\n') == 1);
        CHECK(answer.text.starts_with("focus: "));
    }
    const Answer mixed = folder.shell("$focus score cut.png a.png -q --csv all.csv; echo $?; wc -l <all.csv");
    CHECK(mixed.text.find("cut.png: bad PNG") != std::string::npos);
    CHECK(mixed.text.ends_with("2\n2\n"));
    CHECK(folder.shell("$focus score a.png -q --csv /dev/full").code == 1);
    CHECK(folder.shell("$focus score a.png -q --json /no/such/folder/x").code == 1);
}

TEST_CASE("images of other kinds are scored, and what is no number is refused") {
    const Folder folder("focus", FOCUS_PROGRAM);
    const Answer answer = folder.shell(R"sh(python3 - <<'END'
import random, struct
random.seed(1)
w = h = 64
grey = [random.randrange(256) for _ in range(w * h)]
open("u16.raw", "wb").write(struct.pack("<%dH" % (w * h), *[257 * g for g in grey]))
def bmp(name, bits, rows, palette=b""):
    off = 54 + len(palette)
    data = b"".join(rows)
    open(name, "wb").write(b"BM" + struct.pack("<IHHI", off + len(data), 0, 0, off) +
        struct.pack("<IiiHHIIiiII", 40, w, h, 1, bits, 0, len(data), 0, 0, 0, 0) + palette + data)
lines = [grey[y * w:(y + 1) * w] for y in range(h - 1, -1, -1)]
bmp("g8.bmp", 8, [bytes(l) for l in lines], b"".join(bytes([i, i, i, 0]) for i in range(256)))
bmp("c24.bmp", 24, [bytes(v for g in l for v in (g, g, g)) for l in lines])
bmp("c32.bmp", 32, [bytes(v for g in l for v in (g, g, g, 0)) for l in lines])
open("nan.raw", "wb").write(struct.pack("<f", float("nan")) * (w * h))
END
$focus score g8.bmp c24.bmp c32.bmp --csv a.csv -q && cut -d, -f2 a.csv | tail -3 | sort -u | wc -l
$focus score u16.raw --raw 64x64:u16 --csv b.csv -q && [ "$(tail -1 b.csv | cut -d, -f2)" = "$(tail -1 a.csv | cut -d, -f2)" ]
echo $?
$focus score nan.raw --raw 64x64:f32 -q)sh");
    INFO(answer.text);
    CHECK(answer.code == 2);
    CHECK(answer.text.starts_with("1\n0\n"));
    CHECK(answer.text.find("nan.raw: 4096 of its pixels are no numbers") != std::string::npos);
}

TEST_CASE("the part of an image that its sidecar names counts") {
    const Folder folder = with_images(1);
    const Answer answer = folder.shell(R"sh(cp in/00000_+0.png a.png
echo '{"bounding_box": {"x": 8, "y": 16, "width": 64, "height": 48}}' >a.json
$focus score a.png --size native -q --csv a.csv
$focus score in/00000_+0.png --crop 8,16,64,48 --size native -q --csv b.csv
$focus score in/00000_+0.png --size native -q --csv c.csv
for f in a b c; do tail -1 $f.csv | cut -d, -f2; done | uniq -c | awk '{print $1}')sh");
    CHECK(answer.text == "2\n1\n");
}

TEST_CASE("a batch that was cut off goes on where it was") {
    const Folder folder = with_images(3);
    const Answer answer = folder.shell(R"sh($focus score in --size native -q --csv whole.csv --journal j
head -n 4 j >k; printf '{"image":"in/0000' >>k
before=$(wc -l <k)
$focus score in --size native -q --csv again.csv --journal k
echo $before $(wc -l <k) $(sed 1d k | sed 's/.*"image":"\([^"]*\)".*/\1/' | sort | uniq -d | wc -l)
cut -d, -f1-8 whole.csv >w; cut -d, -f1-8 again.csv | diff w - && echo same
$focus score in --size native --journal k --threshold 0.2; echo $?)sh");
    INFO(answer.text);
    CHECK(answer.text.find("4 7 0\nsame\n") != std::string::npos);
    CHECK(answer.text.find("was made with other options") != std::string::npos);
    CHECK(answer.text.ends_with("2\n"));
}

TEST_CASE("known defocus is found again, and drawn") {
    const Folder folder("focus", FOCUS_PROGRAM);
    const Answer answer = folder.shell(
        "mkdir in; $focus generate -o in --width 192 --height 192 --count 2 --defocus -4 -3 -2 -1 0 1 2 3 4; "
        "$focus calibrate in/defocus.csv --size native --json c.json --unit um; "
        "python3 -c 'import json; c=json.load(open(\"c.json\")); print(abs(c[\"best\"]) < 0.3, c[\"r2\"] > "
        "0.9, "
        "c[\"slope\"] > 0, len(c[\"samples\"]))'; tail -1 calibration.svg");
    INFO(answer.text);
    CHECK(answer.text.find("best focus") != std::string::npos);
    CHECK(answer.text.ends_with("True True True 18\n</svg>\n"));
}

TEST_CASE("images that appear in a watched folder are scored, listed and shown") {
    const Folder folder = with_images(7);
    const Answer answer = folder.shell(R"sh(mkdir new
timeout 60 $focus watch new --size native --most 13 &
while [ ! -f focus.html ]; do sleep 0.05; done; sleep 0.3
cp in/*+0.png new; sleep 0.3; echo no image >new/x.png; cp in/*+3.png new
wait $!; echo code $?
wc -l <focus.csv; grep -c ,out, focus.csv; grep -c 'class="out"' focus.html; grep -c http-equiv focus.html)sh");
    INFO(answer.text);
    CHECK(answer.text.find("13 images, 6 out of focus; latency p50") != std::string::npos);
    CHECK(answer.text.find("new/x.png: is neither PNG, TIFF nor BMP") != std::string::npos);
    CHECK(answer.text.ends_with("code 2\n14\n6\n12\n0\n"));
}

TEST_CASE("without a GPU the CPU stands in for it, and a check says that there is nothing to check") {
    const Folder folder = with_images(1);
    const Answer answer = folder.shell("CUDA_VISIBLE_DEVICES= $focus score in --backend cuda");
    CHECK(answer.code == 0);
    CHECK(answer.text.find("there is no usable GPU") != std::string::npos);
    CHECK(folder.shell("CUDA_VISIBLE_DEVICES= $focus check --backend cuda").code == 2);
    const Answer check = folder.shell("$focus check --size 256x256 --images 2 --repeat 1");
    INFO(check.text);
    CHECK(check.code == 0);
    CHECK(check.text.find("pyramid: p50") != std::string::npos);
}
