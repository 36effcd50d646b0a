/* Does the same allocations again and again: rounds ROUNDS [EXIT_CODE [MS [SHAPES]]]; sleeps MS milliseconds
   after every hundred rounds, so that others get a turn, and takes other sizes for every thousand rounds,
   SHAPES different ones in turn.
   Writes a line a round to the file that MEMO_BENCH_ROUNDS names, if set, with made-up times: 1 ms of wall
   time in the first three rounds and 2 ms after, half of it CPU time, 10 page faults. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 24 };

static void* blocks[BLOCKS];

static void one_round(int shape) {
    for (int i = 0; i < BLOCKS; ++i) {
        size_t size = 4096 + 1024 * (size_t)i + 256 * (size_t)shape;
        blocks[i] = malloc(size);
        if (blocks[i] == NULL) abort();
        memset(blocks[i], i, size);
        if (i >= 4) free(blocks[i - 4]);
    }
    for (int i = BLOCKS - 4; i < BLOCKS; ++i) free(blocks[i]);
}

int main(int count, char** arguments) {
    const int rounds = count > 1 ? atoi(arguments[1]) : 12;
    const int shapes = count > 4 ? atoi(arguments[4]) : 1;
    const char* path = getenv("MEMO_BENCH_ROUNDS");
    for (int i = 0; i < rounds; ++i) {
        one_round(i / 1000 % shapes);
        if (count > 3 && i % 100 == 99) usleep(1000 * (useconds_t)atoi(arguments[3]));
        if (path == NULL) continue;
        FILE* file = fopen(path, "a");
        if (file == NULL) return 9;
        fprintf(file, "%s 10\n", i < 3 ? "1.0 0.5" : "2.0 1.0");
        fclose(file);
    }
    puts("rounds done");
    return count > 2 ? atoi(arguments[2]) : 0;
}
