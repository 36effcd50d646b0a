// Rounds that are disturbed for a while and then calm again; every byte that is looked at must be the one
// written. PROBE_ROUNDS: how many calm rounds come after the disturbance; without it there are a few calm
// rounds and nothing else, for a plan to be made of. What is printed depends on the contents of the blocks
// alone.
#include "probe.h"

#include <fcntl.h>
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
            block->bytes = malloc(size);
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

// Slowly, so that a learner gets its turn.
static void learnable(void) {
    for (long i = rounds_wanted(); i > 0; --i) {
        one_round(blocks, 0, 0, NULL);
        if (i % 100 == 0) usleep(1000);
    }
    printf("%016llx\n", (unsigned long long)sum);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"noisy", noisy},     {"mispredicted", mispredicted}, {"cancelled", cancelled},
        {"leaking", leaking}, {"endless", endless},           {"learnable", learnable},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
