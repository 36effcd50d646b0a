// Rounds that are disturbed for a while and then calm again; every byte that is looked at must be the one
// written. PROBE_ROUNDS: how many calm rounds come after the disturbance; without it there are a few calm
// rounds and nothing else, for a plan to be made of. What is printed depends on the contents of the blocks
// alone.
#include "probe.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

enum { kBlocks = 24, kAtOnce = 4, kDisturbed = 500, kCancelled = 60, kLeaks = 40, kEdge = 64 };

struct Block {
    unsigned char* bytes;
    size_t size;
    unsigned char value;
};

static uint64_t sum;
static uint64_t random_state = 42;

static unsigned random_below(unsigned bound) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % bound;
}

static void fill(struct Block* block, size_t size, unsigned char value) {
    require(block->bytes != NULL, "memory");
    block->size = size;
    block->value = value;
    memset(block->bytes, value, kEdge);
    memset(block->bytes + size - kEdge, value, kEdge);
}

static void check_and_free(struct Block* block) {
    if (block->bytes == NULL) return;
    require(holds_only(block->bytes, block->value, kEdge), "a block's first bytes are kept");
    require(holds_only(block->bytes + block->size - kEdge, block->value, kEdge),
            "a block's last bytes are kept");
    sum = sum * 31 + block->value + block->size;
    free(block->bytes);
    block->bytes = NULL;
}

// The caller of all planned requests but those of `varying`.
__attribute__((noinline)) static void* ask(size_t size) {
    void* volatile block = malloc(size);
    return block;
}

// One round into `live`, all of it freed at the end. `percent`: of the requests that are left out, and of
// others that come in between. `shape`: added to the sizes. `leaks`: a block that stays, if not null.
static void one_round(struct Block* live, unsigned percent, size_t shape, struct Block* leaks) {
    struct Block extra[kBlocks] = {{NULL, 0, 0}};
    const unsigned leaked = leaks == NULL ? kBlocks : random_below(kBlocks);
    for (unsigned i = 0; i < kBlocks; ++i) {
        if (percent != 0 && random_below(100) < percent) {
            const size_t size = 4096 + random_below(30000);
            extra[i].bytes = malloc(size);
            fill(&extra[i], size, (unsigned char)random_below(256));
        }
        if (percent == 0 || random_below(100) >= percent) {
            const size_t size = 4096 + 1024 * (size_t)i + shape;
            struct Block* const block = i == leaked ? leaks : &live[i];
            block->bytes = ask(size);
            fill(block, size, (unsigned char)(i + size));
        }
        pthread_testcancel();
        if (i >= kAtOnce) check_and_free(&live[i - kAtOnce]);
    }
    for (unsigned i = 0; i < kBlocks; ++i) {
        check_and_free(&live[i]);
        check_and_free(&extra[i]);
    }
}

static struct Block blocks[kBlocks];

static long rounds_wanted(void) {
    const char* text = getenv("PROBE_ROUNDS");
    return text == NULL ? 0 : strtol(text, NULL, 10);
}

static void calm(long rounds) {
    for (long i = 0; i < rounds; ++i) one_round(blocks, 0, 0, NULL);
}

// A disturbance, if any is wanted, between calm rounds.
static void around(void (*disturb)(void)) {
    const long after = rounds_wanted();
    calm(after == 0 ? 3 : 100);
    if (after != 0) disturb();
    calm(after);
    printf("%016llx\n", (unsigned long long)sum);
}

static void noise(void) {
    for (int i = 0; i < kDisturbed; ++i) one_round(blocks, 1, 0, NULL);
}
static void other_shapes(void) {
    for (int i = 0; i < kDisturbed; ++i) one_round(blocks, 0, 256 * (size_t)random_below(3), NULL);
}

static struct Block leaks[kLeaks];
static void leak(void) {
    for (int i = 0; i < kLeaks; ++i) one_round(blocks, 0, 0, &leaks[i]);
}

static void* endless_rounds(void* live) {
    while (1) one_round(live, 0, 0, NULL);
    return NULL;
}

// What a thread held when it was cancelled is found as it was, and freed.
static void cancel(void) {
    const uint64_t sum_before = sum;  // how far threads came is up to the system
    static struct Block held[kBlocks];
    for (int i = 0; i < kCancelled; ++i) {
        pthread_t thread;
        require(pthread_create(&thread, NULL, endless_rounds, held) == 0, "a thread");
        usleep(500);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        for (int k = 0; k < kBlocks; ++k) check_and_free(&held[k]);
    }
    sum = sum_before;
}

static void noisy(void) {
    around(noise);
}
static void mispredicted(void) {
    around(other_shapes);
}
static void cancelled(void) {
    around(cancel);
}
static void leaking(void) {
    around(leak);
    for (int i = 0; i < kLeaks; ++i) check_and_free(&leaks[i]);
    printf("%016llx\n", (unsigned long long)sum);
}

static long resident_kilobytes(void) {
    char text[128] = "";
    const int file = open("/proc/self/statm", O_RDONLY);
    require(read(file, text, sizeof text - 1) > 0, "statm");
    close(file);
    long all = 0, resident = 0;
    require(sscanf(text, "%ld %ld", &all, &resident) == 2, "statm in words");
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// A disturbed round in every hundred, for ever; what the process holds then is what it held after a tenth.
static void endless(void) {
    const long rounds = rounds_wanted();
    long before = 0;
    calm(3);
    for (long i = 0; i < rounds; ++i) {
        one_round(blocks, i % 100 == 99 ? 5 : 0, 0, NULL);
        if (i == rounds / 10) before = resident_kilobytes();
    }
    require(rounds == 0 || resident_kilobytes() - before < 4096, "less than 4 MiB of growth");
    printf("%016llx\n", (unsigned long long)sum);
}

// Each place of a round asks from one of these, so that places are told apart where sizes are not.
__attribute__((noinline)) static void* from_one(size_t size) {
    void* volatile block = malloc(size);
    return block;
}
__attribute__((noinline)) static void* from_another(size_t size) {
    void* volatile block = malloc(size);
    return block;
}
__attribute__((noinline)) static void* from_a_third(size_t size) {
    void* volatile block = malloc(size);
    return block;
}

// One round of another length each time: half of the sizes follow it.
static void one_round_of(unsigned length) {
    static const char order[kBlocks + 1] = "abacabbcaaccbabcbbcacbca";
    for (unsigned i = 0; i < kBlocks; ++i) {
        const size_t size = 4096 + 1024 * (size_t)i + (i % 2 == 0 ? 0 : 100 * (size_t)length);
        struct Block* const block = &blocks[i];
        block->bytes = order[i] == 'a'   ? from_one(size)
                       : order[i] == 'b' ? from_another(size)
                                         : from_a_third(size);
        fill(block, size, (unsigned char)(i + size));
        require(malloc_usable_size(block->bytes) >= size, "all of a block is usable");
        if (i >= kAtOnce) check_and_free(&blocks[i - kAtOnce]);
    }
    for (unsigned i = 0; i < kBlocks; ++i) check_and_free(&blocks[i]);
}

static void varying(void) {
    for (long i = rounds_wanted(); i > 0; --i) {
        one_round_of(32 + random_below(97));
        if (i % 100 == 0) usleep(1000);
    }
    printf("%016llx\n", (unsigned long long)sum);
}

// One shape after the other, more of them than there may be plans, each for long enough to be learnt.
static void many_shapes(void) {
    for (size_t shape = 0; shape < 24; ++shape) {
        for (long i = rounds_wanted(); i > 0; --i) {
            one_round(blocks, 0, 32768 * shape, NULL);
            if (i % 50 == 0) usleep(1000);
        }
    }
    printf("%016llx\n", (unsigned long long)sum);
}

// For a while every block of a round is kept until far into the next one: the plan that was learnt before
// hardly serves then.
static void worsening(void) {
    static struct Block kept[2][kBlocks];
    const long rounds = rounds_wanted();
    for (long i = 0; i < rounds; ++i) {
        if (i < rounds / 4 || i >= rounds / 2) {
            one_round(blocks, 0, 0, NULL);
        } else {
            for (unsigned k = 0; k < kBlocks; ++k) {
                struct Block* const block = &kept[i % 2][k];
                check_and_free(block);
                block->bytes = ask(4096 + 1024 * (size_t)k);
                fill(block, 4096 + 1024 * (size_t)k, (unsigned char)(i + k));
            }
        }
        if (i % 100 == 0) usleep(1000);
    }
    for (unsigned k = 0; k < 2 * kBlocks; ++k) check_and_free(&kept[0][k]);
    printf("%016llx\n", (unsigned long long)sum);
}

// Requests [begin, end) of a round that is longer than replay looks ahead.
enum { kLong = 200 };
static void part_of_long_round(unsigned begin, unsigned end) {
    static struct Block live[kLong];
    for (unsigned i = begin; i < end; ++i) {
        const size_t size = 4096 + 64 * (size_t)i;
        live[i].bytes = ask(size);
        fill(&live[i], size, (unsigned char)i);
        if (i >= begin + kAtOnce) check_and_free(&live[i - kAtOnce]);
    }
    for (unsigned i = begin; i < end; ++i) check_and_free(&live[i]);
}

// In every third round a hundred requests are left out, and in another third a part is done twice.
static void losing_place(void) {
    const long rounds = rounds_wanted();
    for (long i = 0; i < (rounds == 0 ? 1 : rounds); ++i) {
        if (rounds != 0 && i % 3 == 1) {
            part_of_long_round(0, 40);
            part_of_long_round(140, kLong);
        } else if (rounds != 0 && i % 3 == 2) {
            part_of_long_round(0, 150);
            part_of_long_round(70, kLong);
        } else {
            part_of_long_round(0, kLong);
        }
    }
    printf("%016llx\n", (unsigned long long)sum);
}

// Slowly, so that a learner gets its turn.
static void learnable(void) {
    for (long i = rounds_wanted(); i > 0; --i) {
        one_round(blocks, 0, 0, NULL);
        if (i % 100 == 0) usleep(1000);
    }
    printf("%016llx\n", (unsigned long long)sum);
}

// Rounds of layers that look alike but for one request more in the last one, and begin with two requests that
// are alike. Large enough for the pool; nothing lives from one layer to the next.
static void layered(void) {
    static const size_t kKiB[] = {400, 400, 500, 128, 132, 136, 500, 128, 132, 400};
    enum { kLayer = sizeof kKiB / sizeof *kKiB, kLayers = 6 };
    for (long i = rounds_wanted(); i > 0; --i) {
        for (unsigned layer = 0; layer < kLayers; ++layer) {
            for (unsigned k = 0; k < kLayer; ++k) {
                blocks[k].bytes = ask(kKiB[k] << 10);
                fill(&blocks[k], kKiB[k] << 10, (unsigned char)(i + layer + k));
                if (k >= kAtOnce) check_and_free(&blocks[k - kAtOnce]);
                if (layer != kLayers - 1 || k != kLayer / 2) continue;
                blocks[kLayer].bytes = ask(200 << 10);
                fill(&blocks[kLayer], 200 << 10, (unsigned char)i);
                check_and_free(&blocks[kLayer]);
            }
            for (unsigned k = kLayer - kAtOnce; k < kLayer; ++k) check_and_free(&blocks[k]);
        }
        if (i % 10 == 0) usleep(1000);
    }
    printf("%016llx\n", (unsigned long long)sum);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"noisy", noisy},         {"mispredicted", mispredicted},
        {"cancelled", cancelled}, {"leaking", leaking},
        {"endless", endless},     {"learnable", learnable},
        {"layered", layered},     {"losing_place", losing_place},
        {"varying", varying},     {"many_shapes", many_shapes},
        {"worsening", worsening},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
