// What tests of programs under mpirun have in common: shell functions, and whether there is an mpirun.
// Thread safety: one thread.
#pragma once

#include "tests/scientific/shell.h"

#include <cstdio>
#include <string>

// mpi N PROGRAM...: under mpirun, which root must tell that this is meant. begun: waits until two rows are in
// the journal `j`. send SIGNAL RANK: to that rank of the job in this folder.
inline const std::string kMpiShell = R"sh(
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
mpi() { n=$1; shift; timeout 120 mpirun --oversubscribe -n $n "$@"; }
begun() { while [ "$(cat j 2>/dev/null | wc -l)" -lt 3 ]; do sleep 0.01; done; }
send() {
    for p in /proc/[0-9]*; do
        grep -qz "^OMPI_COMM_WORLD_RANK=$2$" $p/environ 2>/dev/null && grep -qz "^PWD=$PWD$" $p/environ 2>/dev/null &&
            kill -$1 ${p#/proc/}
    done
}
)sh";

// Says so if there is none.
[[nodiscard]] inline bool has_mpi(const Folder& folder, const char* program) {
    if (MEMO_HAS_MPI && folder.shell("command -v mpirun").code == 0) return true;
    std::printf("skip there is no MPI, or no mpirun: %s is tested with one process\n", program);
    return false;
}
