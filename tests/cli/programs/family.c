/* Forks a child that allocates, and waits for it: two processes, two traces. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void allocate(int times) {
    for (int i = 0; i < times; ++i) {
        volatile char* block = malloc(4096);
        if (block == NULL) _exit(1);
        *block = 1;
        free((void*)block);
    }
}

int main(void) {
    allocate(100);
    const pid_t child = fork();
    if (child == 0) {
        allocate(50);
        exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0 ? 0 : 1;
}
