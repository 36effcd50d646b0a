// The program ligo as a user runs it: bad files, journals, ranks. Its models are the ones that came with it.
#include "tests/scientific/mpi_shell.h"

namespace {

[[nodiscard]] Folder simulated(const std::string& options) {
    Folder folder("ligo", LIGO_PROGRAM);
    const Answer answer = folder.shell("$ligo simulate -q -o in " + options);
    INFO(answer.text);
    REQUIRE(answer.code == 0);
    return folder;
}

// The candidates' times and ranks, pair by pair.
const std::string kRows = R"sh(rows() { python3 -c '
import json, sys
for pair in json.load(open(sys.argv[1]))["pairs"]:
    print(pair["h1"], round(pair["slides"]["loudest"], 3), [[round(c["gps"], 3), round(c["rank"], 3)] for c in pair["candidates"]])' $1; }
)sh";

}  // namespace

TEST_CASE(
    "loud mergers are found where they are, by all models and the matched filter, and nothing else is") {
    const Folder folder = simulated("--seconds 64 --injections 3 --quietest 18 --loudest 24 --seed 4");
    const Answer answer = folder.shell(R"sh($ligo scan -q in --json out.json --html out.html
$ligo simulate -q -o noise --seconds 64 --injections 0 --seed 5
$ligo scan -q noise --json noise.json --slides 200 && python3 -c '
import json
truth = json.load(open("in/truth.json"))["mergers"]
found = json.load(open("out.json"))["pairs"][0]["candidates"]
noise = json.load(open("noise.json"))["pairs"][0]
print(len(truth), len(found), noise["candidates"], noise["slides"]["seconds"] >= 200, noise["slides"]["ranks"])
for merger, one in zip(truth, found):
    times = [model["gps"] for model in one["models"]] + one["matched_filter"]["gps"]
    print(len(one["models"]), all(abs(time - merger["gps"]) < 0.07 for time in times))
' && grep -c "<svg" out.html)sh");
    INFO(answer.text);
    CHECK(answer.code == 0);
    CHECK(answer.text.starts_with("3 3 [] True []\n4 True\n4 True\n4 True\n"));
}

TEST_CASE("bad files get a line each, and the rest is scanned") {
    const Folder folder = simulated("--files 3 --seconds 32 --injections 1 --quietest 20");
    const Answer answer = folder.shell(R"sh(cd in
head -c 20000 H-H1_SIM-1000000032-32.hdf5 >cut && mv cut H-H1_SIM-1000000032-32.hdf5
rm L-L1_SIM-1000000064-32.hdf5
echo nonsense >odd.hdf5
: >empty.hdf5
ln -s nowhere lost.hdf5
cd ..
$ligo scan in --json out.json 2>err; echo code $?
grep ^ligo: err | grep -vc '^ligo: scan:'; grep -v ^ligo: err
grep -c 'H-H1_SIM-1000000032-32.hdf5: ' err
grep -c 'L-L1_SIM-1000000032-32.hdf5: left out: no file of H1' err
grep -c 'H-H1_SIM-1000000064-32.hdf5: left out: no file of L1' err
for name in odd empty lost; do grep -c "$name.hdf5: " err; done
)sh");
    INFO(answer.text);
    CHECK(answer.text.find("1 candidates") != std::string::npos);
    CHECK(answer.text.find("code 2\n6\n1\n1\n1\n1\n1\n1\n") != std::string::npos);
}

TEST_CASE("what is wrong with a command is said in one line") {
    const Folder folder("ligo", LIGO_PROGRAM);
    for (const char* wrong :
         {"scan missing", "scan . ", "scan x --models none", "train --steps -1 --models 9", "scan",
          "calibrate --hours 1", "efficiency --seed 20", "simulate --seconds 1"}) {
        const Answer answer = folder.shell(std::string("$ligo ") + wrong);
        INFO(wrong << ": " << answer.text);
        CHECK(answer.code == 2);
        CHECK(answer.text.find("ligo: ") == 0);
        CHECK(std::count(answer.text.begin(), answer.text.end(), '\n') == 1);
    }
}

TEST_CASE("a journal and any number of ranks give the same candidates") {
    const Folder folder = simulated("--files 4 --seconds 32 --injections 1 --quietest 18 --seed 9");
    const Answer answer =
        folder.shell(kRows + R"sh($ligo scan -q in --json alone.json --journal j && rows alone.json >alone
head -n 3 j >k && printf '{"h1":"in/H-' >>k
$ligo scan -q in --json again.json --journal k --threads 2 && rows again.json | diff alone - && wc -l <k)sh");
    INFO(answer.text);
    CHECK(answer.text == "5\n");
    if (!has_mpi(folder, "ligo")) return;
    const Answer many = folder.shell(
        kMpiShell + kRows + R"sh(mpi 2 $ligo scan -q in --json many.json && rows many.json | diff alone -
echo same)sh");
    INFO(many.text);
    CHECK(many.text == "same\n");
}

TEST_CASE("the files of a rank that is killed are done by the others: the results are those of one process") {
    const Folder folder = simulated("--files 5 --seconds 32 --injections 1 --quietest 18 --seed 9");
    if (!has_mpi(folder, "ligo")) return;
    // Time slides are what takes time.
    const Answer answer =
        folder.shell(kMpiShell + kRows + R"sh($ligo scan -q in --slides 120 --json alone.json
mpi 2 --enable-recovery $ligo scan -q in --slides 120 --json many.json --journal j 2>err &
begun; send KILL 1
wait $!; echo code $?
grep '^ligo: rank' err | sed 's/its [12] files/its files/'
rows alone.json >alone && rows many.json | diff alone - && sed 1d j | cut -d, -f1 | sort -u | wc -l; sed 1d j | wc -l
)sh");
    INFO(answer.text);
    CHECK(answer.text == "code 0\nligo: rank 1 has died: its files go to others\n5\n5\n");
}
