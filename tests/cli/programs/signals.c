/* signals die N: kills itself with signal N.
   signals wait: says its process id in the file `ready`, waits for SIGTERM, and then exits with code 7. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void leave(int signal) {
    (void)signal;
    _exit(7);
}

int main(int count, char** arguments) {
    if (count > 2 && strcmp(arguments[1], "die") == 0) {
        raise(atoi(arguments[2]));
        return 1;
    }
    signal(SIGTERM, leave);
    FILE* file = fopen("ready.tmp", "w");
    if (file == NULL) return 1;
    fprintf(file, "%d\n", (int)getpid());
    fclose(file);
    rename("ready.tmp", "ready");
    for (int i = 0; i < 60; ++i) sleep(1);
    return 1;
}
