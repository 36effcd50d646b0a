// What pages planned blocks lie on, and what serving them costs in faults and system calls once it has begun.
#define _GNU_SOURCE
#include "probe.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static char mappings[1 << 20];

// What /proc/self/smaps has behind the colon of a field of the mapping that an address lies in; "" if
// nothing.
static const char* field_at(const void* address, const char* field) {
    const int file = open("/proc/self/smaps", O_RDONLY);
    size_t have = 0;
    for (ssize_t got = 1; got > 0 && have < sizeof mappings - 1; have += (size_t)got) {
        got = read(file, mappings + have, sizeof mappings - 1 - have);
        if (got < 0) break;
    }
    close(file);
    mappings[have] = '\0';
    int inside = 0;
    for (char* line = mappings; line != NULL && *line != '\0';) {
        char* end = strchr(line, '\n');
        if (end != NULL) *end++ = '\0';
        unsigned long from = 0, to = 0;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
            inside = (uintptr_t)address >= from && (uintptr_t)address < to;
        } else if (inside && strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':') {
            return line + strlen(field) + 1;
        }
        line = end;
    }
    return "";
}

// Whether the system keeps `flag` (two letters) for the page of an address.
static int page_has(const void* address, const char* flag) {
    const char* found = strstr(field_at(address, "VmFlags"), flag);
    return found != NULL && found[-1] == ' ' && (found[2] == ' ' || found[2] == '\0');
}

static const char* advice_at(const void* address) {
    return page_has(address, "hg") ? "huge" : page_has(address, "nh") ? "small" : "any";
}

// PROBE_BYTES a block, one block a round: what its first and its last page are advised to be.
static void advice(void) {
    const char* bytes = getenv("PROBE_BYTES");
    const size_t size = bytes == NULL ? 8192 : strtoul(bytes, NULL, 10);
    for (int round = 0; round < 30; ++round) {
        char* block = malloc(size);
        memset(block, 1, size);
        if (round == 29) printf("%s %s\n", advice_at(block), advice_at(block + size - 1));
        free(block);
    }
}

// Large blocks that no plan serves and that stay, with PROBE_MORE in a process that had more once: whether
// they are on huge pages within PROBE_MS milliseconds.
static void stays(void) {
    enum { kLarge = 24, kBytes = 1 << 20 };
    static char* blocks[kLarge];
    for (int i = 0; i < kLarge; ++i) {
        blocks[i] = malloc(kBytes);
        memset(blocks[i], i, kBytes);
    }
    if (getenv("PROBE_MORE") != NULL) {
        void* more = mmap(NULL, 4 * kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(more, 1, 4 * kBytes);
        munmap(more, 4 * kBytes);
    }
    int huge = 0;
    for (long left = strtol(getenv("PROBE_MS"), NULL, 10); left > 0 && !huge; left -= 50) {
        usleep(50000);
        huge = strtol(field_at(blocks[kLarge / 2], "AnonHugePages"), NULL, 10) > 0;
    }
    int same = 1;
    for (int i = 0; i < kLarge; ++i) {
        for (int k = 0; k < kBytes; ++k) same = same && blocks[i][k] == i;
        free(blocks[i]);
    }
    printf("%s%s\n", huge ? "huge" : "small", same ? "" : ", and not what was written");
}

enum { kBlocks = 24 };

// Not inlined: its requests are to come from the same places whoever calls it.
__attribute__((noinline)) static unsigned char* one_round(void) {
    static unsigned char* blocks[kBlocks];
    for (int i = 0; i < kBlocks; ++i) {
        const size_t size = 4096 + 1024 * (size_t)i;
        blocks[i] = malloc(size);
        memset(blocks[i], i, size);
        if (i >= 4) free(blocks[i - 4]);
    }
    for (int i = kBlocks - 4; i < kBlocks; ++i) free(blocks[i]);
    return blocks[0];
}

// From now on this thread may ask for the time that it used, and for nothing else: SIGSYS ends the program.
static void refuse_system_calls(void) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrusage, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
    const struct sock_fprog filter = {sizeof program / sizeof *program, program};
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    require(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0, "a filter of system calls");
}

static long faults(void) {
    struct rusage usage;
    require(getrusage(RUSAGE_THREAD, &usage) == 0, "getrusage");
    return usage.ru_minflt + usage.ru_majflt;
}

static atomic_int done;
static long new_faults;

static void* measured(void* rounds) {
    // Until the arena is there: its pages are locked.
    for (int i = 0; i < 3000 && !page_has(one_round(), "lo"); ++i) usleep(1000);
    for (int i = 0; i < 3; ++i) one_round();
    refuse_system_calls();
    const long before = faults();
    for (long i = 0; i < *(const long*)rounds; ++i) one_round();
    new_faults = faults() - before;
    atomic_store(&done, 1);
    while (1) {
    }  // ending would be a system call
    return NULL;
}

// PROBE_ROUNDS rounds without a fault or a system call, in a thread of their own. Without it a few rounds,
// for a plan to be made of.
static void realtime(void) {
    const char* wanted = getenv("PROBE_ROUNDS");
    static long rounds;
    rounds = wanted == NULL ? 0 : strtol(wanted, NULL, 10);
    if (rounds == 0) {
        for (int i = 0; i < 3; ++i) one_round();
        return;
    }
    pthread_t thread;
    pthread_create(&thread, NULL, measured, &rounds);
    while (!atomic_load(&done)) usleep(1000);
    printf("%ld faults\n", new_faults);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {{"advice", advice}, {"realtime", realtime}, {"stays", stays}};
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
