/* Does ROUNDS (default 20) rounds of the same allocations, and then what is asked for: insight HOW [ROUNDS].
   return, exit, _exit, _Exit, quick_exit, kill: ends that way, with code 3 (kill: by SIGKILL).
   vfork:    the child of a vfork leaves at once by _exit; then returns.
   fork:     a forked child does ROUNDS more and returns; the parent waits for it and returns.
   signal:   a signal (SIGUSR2) is raised and another comes while a read waits; returns 3 only if errno and
   the read were none the worse. wait:     makes the file `ready`, and goes on with its rounds until SIGTERM.
   deepbind: loads a library with RTLD_DEEPBIND, does ROUNDS more, and returns. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 24, CODE = 3 };

static void* blocks[BLOCKS];

static void make_rounds(int rounds) {
    for (int round = 0; round < rounds; ++round) {
        for (int i = 0; i < BLOCKS; ++i) {
            const size_t size = 4096 + 1024 * (size_t)i;
            blocks[i] = malloc(size);
            if (blocks[i] == NULL) abort();
            memset(blocks[i], i, size);
            if (i >= 4) free(blocks[i - 4]);
        }
        for (int i = BLOCKS - 4; i < BLOCKS; ++i) free(blocks[i]);
    }
}

static int take_signals(void) {
    errno = E2BIG;
    raise(SIGUSR2);
    if (errno != E2BIG) return 1;
    int ends[2];
    if (pipe(ends) != 0) return 1;
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        usleep(100000);
        kill(parent, SIGUSR2);
        usleep(100000);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    char byte = 0;
    const ssize_t got = read(ends[0], &byte, 1);
    waitpid(child, NULL, 0);
    return got == 1 && byte == 'x' ? CODE : 1;
}

int main(int count, char** arguments) {
    const char* how = count > 1 ? arguments[1] : "return";
    const int rounds = count > 2 ? atoi(arguments[2]) : 20;
    make_rounds(rounds);
    if (strcmp(how, "exit") == 0) exit(CODE);
    if (strcmp(how, "_exit") == 0) _exit(CODE);
    if (strcmp(how, "_Exit") == 0) _Exit(CODE);
    if (strcmp(how, "quick_exit") == 0) quick_exit(CODE);
    if (strcmp(how, "kill") == 0) raise(SIGKILL);
    if (strcmp(how, "signal") == 0) return take_signals();
    if (strcmp(how, "vfork") == 0) {
        const pid_t child = vfork();
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
    }
    if (strcmp(how, "fork") == 0) {
        const pid_t child = fork();
        make_rounds(rounds);
        if (child != 0) waitpid(child, NULL, 0);
    }
    if (strcmp(how, "deepbind") == 0) {
        if (dlopen("libm.so.6", RTLD_NOW | RTLD_DEEPBIND) == NULL) return 1;
        make_rounds(rounds);
    }
    if (strcmp(how, "wait") == 0) {
        FILE* file = fopen("ready", "w");
        if (file == NULL) return 1;
        fclose(file);
        for (int i = 0; i < 6000; ++i) {
            make_rounds(1);
            usleep(10000);
        }
    }
    return CODE;
}
