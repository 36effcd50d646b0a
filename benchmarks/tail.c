/* The requests of one inference again and again, each of them timed: an ordinary program that knows nothing
   of us.

       tail ROUNDS WARM_UP_SECONDS

   A round is made up, like that of a convolutional net: 100 layers, each with an output of 4 KiB to 8 MiB, an
   activation of the same size behind it, and a small block of 256 bytes to 4 KiB beside it; outputs die when
   the next layer has its own, every sixth one three layers later. All blocks are aligned to 64 bytes, as
   tensors are. The first line of each block is written, which counts as part of its allocation, because the
   page fault there does. Prints one line of JSON: nanoseconds of one allocation, of one free, and of the rest
   of a round with both. */
#include "histogram.h"

#include <stdlib.h>

enum { kLayers = 100, kBlocks = 3 * kLayers, kOperations = 2 * kBlocks, kAlignment = 64 };

struct Operation {
    int block;
    size_t size; /* 0: free */
};

static struct Operation operations[kOperations];
static struct Histogram allocations, frees, rounds;
static void* blocks[kBlocks];

static uint32_t drawn = 1;
static uint32_t draw(uint32_t below) {
    drawn = drawn * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)drawn * below) >> 32);
}

/* Blocks 3 k, 3 k + 1 and 3 k + 2 are layer k's output, activation and small one. */
static int write_round(void) {
    int count = 0;
    int kept[3] = {-1, -1, -1}; /* blocks that die with the third layer from here */
    int previous = -1;
    for (int layer = 0; layer < kLayers; ++layer) {
        const int output = 3 * layer;
        const size_t size = ((size_t)4096 << draw(12)) + (size_t)4096 * draw(64);
        operations[count++] = (struct Operation){output + 2, 256 + 64 * draw(60)};
        operations[count++] = (struct Operation){output, size};
        operations[count++] = (struct Operation){output + 2, 0};
        if (previous >= 0) operations[count++] = (struct Operation){previous, 0};
        operations[count++] = (struct Operation){output + 1, size};
        operations[count++] = (struct Operation){output, 0};
        previous = output + 1;
        if (kept[layer % 3] >= 0) operations[count++] = (struct Operation){kept[layer % 3], 0};
        kept[layer % 3] = -1;
        if (layer % 6 == 5) {
            kept[layer % 3] = previous;
            previous = -1;
        }
    }
    if (previous >= 0) operations[count++] = (struct Operation){previous, 0};
    for (int k = 0; k < 3; ++k) {
        if (kept[k] >= 0) operations[count++] = (struct Operation){kept[k], 0};
    }
    return count;
}

static void run_round(int count, int counts) {
    const uint64_t begin = now_ns();
    for (int k = 0; k < count; ++k) {
        const struct Operation* operation = &operations[k];
        const uint64_t since = now_ns();
        if (operation->size != 0) {
            void* block = NULL;
            if (posix_memalign(&block, kAlignment, operation->size) != 0) abort();
            *(volatile char*)block = 1;
            blocks[operation->block] = block;
        } else {
            free(blocks[operation->block]);
        }
        const uint64_t took = now_ns() - since;
        if (counts) count_ns(operation->size != 0 ? &allocations : &frees, took);
    }
    if (counts) count_ns(&rounds, now_ns() - begin);
}

int main(int argc, char** argv) {
    if (argc != 3) return fprintf(stderr, "usage: tail ROUNDS WARM_UP_SECONDS\n"), 2;
    const int count = write_round();
    for (const uint64_t end = now_ns() + (uint64_t)(atof(argv[2]) * 1e9); now_ns() < end;)
        run_round(count, 0);
    for (long round = atol(argv[1]); round > 0; --round) run_round(count, 1);
    printf("{");
    print_ns("allocation", &allocations);
    printf(", ");
    print_ns("free", &frees);
    printf(", ");
    print_ns("round", &rounds);
    printf("}\n");
    return 0;
}
