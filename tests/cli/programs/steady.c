// A program that runs until the file `stop` is there, and allocates a block of 7777 bytes every few
// milliseconds. Its process id is in the file `ready` once it runs. `steady deaf` ignores signal 60 from the
// start.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char** arguments) {
    if (count > 1 && strcmp(arguments[1], "deaf") == 0) signal(60, SIG_IGN);
    FILE* ready = fopen("ready.new", "w");
    fprintf(ready, "%d", (int)getpid());
    fclose(ready);
    rename("ready.new", "ready");
    while (access("stop", F_OK) != 0) {
        void* block = malloc(7777);
        usleep(2000);
        free(block);
    }
    return 7;
}
