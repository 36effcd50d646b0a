// The program `ligo`. Under mpirun `ligo scan` becomes ligo-mpi, which lies beside it: a program that
// does not need MPI does not load it.
#include "scientific/ligo/commands.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>

namespace {

// Comes back only if there is none.
int become_mpi(char** arguments) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const std::string other = (self.parent_path() / "ligo-mpi").string();
    execv(other.c_str(), arguments);
    const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
    if (rank == nullptr || std::strcmp(rank, "0") == 0) {
        const std::string why =
            errno == ENOENT ? "ligo was built without MPI (libopenmpi-dev)" : std::strerror(errno);
        memo::ligo::say("mpirun wants " + other + ": " + why + "; ligo scan alone needs no mpirun");
    }
    return memo::ligo::kBadUsage;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const char* processes = std::getenv("OMPI_COMM_WORLD_SIZE");
        if (processes != nullptr && count > 1 && std::strcmp(arguments[1], "scan") == 0)
            return become_mpi(arguments);
        memo::Alone alone;
        return memo::ligo::run(count, arguments, alone);
    } catch (const std::bad_alloc&) {
        memo::ligo::say("out of memory");
    } catch (const std::exception& error) {
        memo::ligo::say(error.what());
    }
    return memo::ligo::kBadUsage;
}
