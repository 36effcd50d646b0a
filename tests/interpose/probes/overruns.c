// Rounds of blocks of which one, in the last round but two, is written past its end by PROBE_OVERRUN bytes;
// the block is freed at once, or (`overrun_kept`) at the end of the round after.
#include "probe.h"

#include <malloc.h>

enum { kBlocks = 12, kRounds = 30 };

static void rounds(int keep) {
    const char* wanted = getenv("PROBE_OVERRUN");
    const size_t overrun = wanted == NULL ? 0 : strtoul(wanted, NULL, 10);
    const char* rounds_wanted = getenv("PROBE_ROUNDS");
    const int last = rounds_wanted == NULL ? kRounds : atoi(rounds_wanted);
    unsigned char* blocks[kBlocks];
    unsigned char* kept = NULL;
    for (int round = 0; round < last; ++round) {
        for (int i = 0; i < kBlocks; ++i) {
            const size_t size = 5000 + 100 * (size_t)i;
            blocks[i] = malloc(size);
            memset(blocks[i], i, malloc_usable_size(blocks[i]));
            if (i != kBlocks - 1) continue;
            free(kept);
            kept = NULL;
        }
        if (round == last - 3) memset(blocks[6] + 5600, 0xee, overrun);
        for (int i = 0; i < kBlocks; ++i) {
            if (i == 6 && keep) {
                kept = blocks[i];
            } else {
                free(blocks[i]);
            }
        }
    }
    free(kept);
}

static void overrun(void) {
    rounds(0);
}
static void overrun_kept(void) {
    rounds(1);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {{"overrun", overrun}, {"overrun_kept", overrun_kept}};
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
