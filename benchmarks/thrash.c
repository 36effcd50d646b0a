/* A neighbour that thrashes memory until it is killed, or its parent is gone: 64 MiB from the system, a write
   to every page, and back. An ordinary program that knows nothing of us. */
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>

int main(void) {
    const size_t bytes = (size_t)64 << 20;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return 1;
        for (size_t k = 0; k < bytes; k += 4096) memory[k] = 1;
        munmap(memory, bytes);
    }
}
