// The program ligo-mpi, which `mpirun -n N ligo scan` becomes.
//
// mpirun --enable-recovery lets the others live when one dies: its files are scanned by them, and the end is
// a plain exit, since MPI_Finalize would wait for the dead for ever.
#include "scientific/crew/mpi_crew.h"
#include "scientific/ligo/commands.h"

#include <mpi.h>

#include <cstdio>
#include <exception>

int main(int count, char** arguments) {
    MPI_Init(&count, &arguments);
    int code = memo::ligo::kBadUsage;
    memo::MpiCrew crew(memo::ligo::say);
    if (!crew.leads()) {  // what is wrong with the command line is said once
        static_cast<void>(std::freopen("/dev/null", "w", stderr));
        static_cast<void>(std::freopen("/dev/null", "w", stdout));
    }
    try {
        code = memo::ligo::run(count, arguments, crew);
    } catch (const std::bad_alloc&) {
        memo::ligo::say("out of memory");
    } catch (const std::exception& error) {
        memo::ligo::say(error.what());
    }
    crew.end(code);
    return code;
}
