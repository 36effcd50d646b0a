// `mpirun -n N focus score`: the same rows as with one process, whatever becomes of the others.
#include "tests/scientific/mpi_shell.h"

namespace {

// $slow: so that work lasts a while.
const std::string kMpi = kMpiShell + "slow='--size 1536x1536'\n";

// Each of the images once, with the features that one process finds.
const std::string kCompare =
    "cut -d, -f1-5 alone.csv >a; cut -d, -f1-5 many.csv | diff a - && cut -d, -f1 many.csv | sort | uniq -d "
    "| wc -l";

[[nodiscard]] Folder prepared() {
    Folder folder("focus", FOCUS_PROGRAM);
    const Answer answer = folder.shell(kMpi + R"sh(mkdir in
$focus generate -o in --count 10 --defocus 0 1 2 --width 256 --height 256
$focus score in $slow -q --csv alone.csv)sh");
    REQUIRE(answer.code == 0);
    return folder;
}

}  // namespace

TEST_CASE("any number of ranks gives the rows of one process, in order") {
    const Folder folder = prepared();
    if (!has_mpi(folder, "focus")) return;
    for (const char* ranks : {"1", "2"}) {
        const Answer answer =
            folder.shell(kMpi + "mpi " + ranks + " $focus score in $slow -q --csv many.csv && " + kCompare);
        INFO(ranks << ": " << answer.text);
        CHECK(answer.code == 0);
        CHECK(answer.text == "0\n");
    }
    const Answer wrong =
        folder.shell(kMpi + "mpi 2 $focus score missing 2>err; grep -c '^focus: missing' err");
    CHECK(wrong.text == "1\n");
    const Answer usage = folder.shell(kMpi + "mpi 2 $focus score in --size x 2>err; grep -c '^focus: ' err");
    CHECK(usage.text == "1\n");
}

TEST_CASE("the files of a rank that is killed, or stopped, go to the others: each is scored once") {
    const Folder folder = prepared();
    if (!has_mpi(folder, "focus")) return;
    for (const char* signal : {"KILL", "STOP"}) {
        const Answer answer = folder.shell(kMpi + R"sh(rm -f j
mpi 3 --enable-recovery $focus score in $slow -q --csv many.csv --journal j --patience 3 2>err &
begun; send )sh" + signal + R"sh( 2
wait $!; echo code $?
grep '^focus: rank' err
sed 1d j | sed 's/.*"image":"\([^"]*\)".*/\1/' | sort | uniq -c | awk '$1 == 1' | wc -l
)sh" + kCompare);
        INFO(signal << ": " << answer.text);
        CHECK(answer.text.find("code 0\nfocus: rank 2") != std::string::npos);
        CHECK(answer.text.ends_with("30\n0\n"));
    }
}

TEST_CASE("a job that mpirun ended for a dead rank goes on from its journal") {
    const Folder folder = prepared();
    if (!has_mpi(folder, "focus")) return;
    const Answer answer =
        folder.shell(kMpi + R"sh(mpi 2 $focus score in $slow -q --csv many.csv --journal j 2>err &
begun; send KILL 1
wait $!; [ $? -ne 0 ] && echo ended
mpi 2 $focus score in $slow -q --csv many.csv --journal j; echo code $?
)sh" + kCompare);
    INFO(answer.text);
    CHECK(answer.text == "ended\ncode 0\n0\n");
}
