// Large blocks among threads that fork, end, are cancelled and are interrupted, and in processes that can do
// less than others.
#define _GNU_SOURCE
#include "threads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

// Each thread its own, so that blocks of all sizes meet.
static unsigned next_random(unsigned* state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

enum { kHeld = 8 };

// One turn of blocks that live together, marked at both ends and in between.
static void serve_round(unsigned char value, unsigned* state) {
    unsigned char* blocks[kHeld];
    size_t sizes[kHeld];
    for (int i = 0; i < kHeld; ++i) {
        sizes[i] = 131072 + next_random(state) % 400000;
        blocks[i] = malloc(sizes[i]);
        require(blocks[i] != NULL, "the block is there");
        for (size_t at = 0; at < sizes[i]; at += 4096) blocks[i][at] = value;
        blocks[i][sizes[i] - 1] = value;
    }
    for (int i = 0; i < kHeld; ++i) {
        for (size_t at = 0; at < sizes[i]; at += 4096)
            require(blocks[i][at] == value, "nobody else wrote here");
        require(blocks[i][sizes[i] - 1] == value, "nor at its end");
        free(blocks[i]);
    }
}

static volatile int stop_churning;

static void* churn(void* argument) {
    unsigned state = (unsigned)(size_t)argument;
    while (!stop_churning) serve_round((unsigned char)(size_t)argument, &state);
    return NULL;
}

static pthread_t churners[8];

static void start_churning(int count) {
    for (int i = 0; i < count; ++i) pthread_create(&churners[i], NULL, churn, (void*)(size_t)(i + 1));
}

static void end_churning(int count) {
    stop_churning = 1;
    for (int i = 0; i < count; ++i) pthread_join(churners[i], NULL);
}

// --- fork, vfork, clone ---

static void allocate_around_fork(void) {
    unsigned state = 99;
    serve_round(31, &state);
}

static void fork_under_load(void) {
    require(pthread_atfork(allocate_around_fork, allocate_around_fork, allocate_around_fork) == 0, "atfork");
    start_churning(3);
    unsigned state = 50;
    for (int i = 0; i < 60; ++i) {
        unsigned char* inherited = malloc(400000);
        memset(inherited, 21, 400000);
        const pid_t child = fork();
        if (child == 0) {
            alarm(60);  // a deadlock in the child must end the test, not hang it
            require(holds_only(inherited, 21, 400000), "the child has its copy");
            inherited = realloc(inherited, 500000);
            require(inherited != NULL && holds_only(inherited, 21, 400000), "and may resize it");
            for (int round = 0; round < 3; ++round) serve_round(22, &state);
            free(inherited);
            const pid_t grandchild = fork();
            if (grandchild == 0) {
                serve_round(23, &state);
                _exit(0);
            }
            expect_good_end(grandchild);
            _exit(0);
        }
        memset(inherited, 24, 400000);
        expect_good_end(child);
        free(inherited);
    }
    end_churning(3);
}

static int allocate_in_our_memory(void* blocks) {
    unsigned state = 60;
    serve_round(25, &state);
    free(((void**)blocks)[0]);
    ((void**)blocks)[1] = malloc(300000);
    memset(((void**)blocks)[1], 26, 300000);
    return 0;
}

__attribute__((noinline)) static pid_t allocate_after_vfork(void** blocks) {
    const pid_t child = vfork();
    if (child == 0) {
        allocate_in_our_memory(blocks);
        _exit(0);
    }
    return child;
}

// Children that share our memory: what they allocate is ours, and what they free was.
static void children_in_our_memory(void) {
    unsigned char* stack = malloc(1 << 20);
    unsigned state = 61;
    for (int i = 0; i < 20; ++i) {
        void* blocks[2] = {malloc(200000), NULL};
        expect_good_end(i % 2 == 0
                            ? allocate_after_vfork(blocks)
                            : clone(allocate_in_our_memory, stack + (1 << 20), CLONE_VM | SIGCHLD, blocks));
        require(holds_only(blocks[1], 26, 300000), "what the child allocated is here");
        free(blocks[1]);
        serve_round(27, &state);
    }
    free(stack);
}

// --- Threads ---

static void serve_round_of_keys(void) {
    unsigned state = 70;
    serve_round(28, &state);
}

static void keys_of_threads(void) {
    end_values_of_threads(140000, 4, serve_round_of_keys);
}

static void* allocate_all_sizes(void* argument) {
    for (size_t size = 4096; size <= (size_t)1 << 20; size += size / 8) {
        unsigned char* block = malloc(size);
        block[0] = block[size - 1] = 1;
        block = realloc(block, size * 2);
        require(block != NULL && block[0] == 1 && block[size - 1] == 1, "realloc keeps what was there");
        free(block);
        free(calloc(1, size));
    }
    return argument;
}

static void tiny_stacks(void) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    require(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0, "the smallest stack");
    for (int i = 0; i < 50; ++i) {
        pthread_t thread;
        require(pthread_create(&thread, &attributes, allocate_all_sizes, NULL) == 0, "a thread starts on it");
        pthread_join(thread, NULL);
    }
}

static void free_held(void* block) {
    free(block);
}

static void* wait_to_be_cancelled(void* argument) {
    unsigned state = (unsigned)(size_t)argument;
    while (1) {
        void* held = malloc(300000);
        pthread_cleanup_push(free_held, held);
        serve_round((unsigned char)(size_t)argument, &state);
        pthread_testcancel();
        pthread_cleanup_pop(1);
    }
    return NULL;
}

static void cancelled_threads(void) {
    for (int i = 0; i < 60; ++i) {
        pthread_t threads[2];
        for (int k = 0; k < 2; ++k)
            pthread_create(&threads[k], NULL, wait_to_be_cancelled, (void*)(size_t)(k + 1));
        usleep(500);
        for (int k = 0; k < 2; ++k) {
            void* result = NULL;
            require(pthread_cancel(threads[k]) == 0, "a thread can be cancelled");
            require(pthread_join(threads[k], &result) == 0 && result == PTHREAD_CANCELED, "and was");
        }
    }
}

static void exit_with_live_threads(void) {
    unsigned state = 80;
    start_churning(4);
    for (int i = 0; i < 10; ++i) serve_round(41, &state);
}

static void* outlive_main(void* argument) {
    unsigned state = 81;
    pthread_join(*(pthread_t*)argument, NULL);
    for (int i = 0; i < 10; ++i) serve_round(42, &state);
    return NULL;
}

// The process ends with its last thread: one of ours must not be that, or it would wait here.
static void main_thread_ends_first(void) {
    static pthread_t self;
    self = pthread_self();
    void* much = malloc(64 << 20);
    memset(much, 1, 64 << 20);
    free(much);
    pthread_t thread;
    pthread_create(&thread, NULL, outlive_main, &self);
    pthread_exit(NULL);
}

static ucontext_t contexts[3];

static void hop(int self) {
    unsigned state = (unsigned)self;
    for (int i = 0; i < 20; ++i) {
        unsigned char* held = malloc(200000 + (size_t)i * 1000);
        memset(held, self, 200000);
        swapcontext(&contexts[self], &contexts[(self + 1) % 3]);
        require(holds_only(held, (unsigned char)self, 200000), "what a context holds is its own");
        serve_round((unsigned char)(self + 50), &state);
        free(held);
    }
}

static void contexts_take_turns(void) {
    for (int i = 1; i < 3; ++i) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_size = 262144;
        contexts[i].uc_stack.ss_sp = malloc(262144);
        contexts[i].uc_link = &contexts[0];
        makecontext(&contexts[i], (void (*)(void))hop, 1, i);
    }
    hop(0);
}

// --- Signals: with them (PROBE_SIGNALS) only where malloc in a handler is no error, which it is in glibc ---

static volatile sig_atomic_t signals_handled;
static unsigned signal_state = 90;

static void allocate_in_handler(int number) {
    (void)number;
    const int before = errno;
    unsigned char* block = malloc(204800);
    require(block != NULL, "the handler has its block");
    block[0] = block[204799] = 1;
    if (signals_handled % 8 == 0) serve_round(0xcc, &signal_state);
    free(block);
    require(errno == before, "and keeps errno");
    ++signals_handled;
}

static void signals_while_serving(void) {
    // One handler at a time: what the pool cannot serve in a handler goes to the next allocator, and another
    // signal must not find it inside.
    struct sigaction action = {.sa_handler = allocate_in_handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGPROF, &action, NULL);
    unsigned state = 91;
    serve_round(14, &state);
    if (getenv("PROBE_SIGNALS") == NULL) return;
    const struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_PROF, &often, NULL);
    // The others come at random, one at a time: a stream faster than its handler would let nothing else run.
    for (int i = 0; signals_handled < 3000 && i < 1000000; ++i) {
        const struct itimerval once = {{0, 0}, {0, 1 + i % 30}};
        setitimer(ITIMER_REAL, &once, NULL);
        serve_round(15, &state);
    }
    const struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    setitimer(ITIMER_PROF, &never, NULL);
    require(signals_handled >= 3000, "signals came");
    serve_round(16, &state);
}

// --- Processes that can do less ---

// Every descriptor is closed: whoever opens one next gets the lowest.
static void no_descriptors(void) {
    unsigned state = 95;
    require(syscall(SYS_close_range, 0U, ~0U, 0U) == 0, "all is closed");
    for (int i = 0; i < 20; ++i) {
        serve_round(61, &state);
        const int file = open("/dev/null", O_RDONLY);
        if (file != 0) _exit(3);
        close(file);
    }
}

// A small program is a process of one thread: some calls want that. The answer is the same as without us.
static void one_thread_only(void) {
    unsigned state = 96;
    serve_round(62, &state);
    const int done = unshare(CLONE_NEWUSER);
    printf("unshare: %d %d\n", done, done == 0 ? 0 : errno);
}

// A sandbox in which whoever starts a thread or opens a file dies.
static void sandbox(void) {
    unsigned state = 97;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return;  // a kernel without
    for (int i = 0; i < 20; ++i) serve_round(63, &state);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"fork_under_load", fork_under_load},
        {"children_in_our_memory", children_in_our_memory},
        {"keys_of_threads", keys_of_threads},
        {"tiny_stacks", tiny_stacks},
        {"cancelled_threads", cancelled_threads},
        {"exit_with_live_threads", exit_with_live_threads},
        {"main_thread_ends_first", main_thread_ends_first},
        {"contexts_take_turns", contexts_take_turns},
        {"signals_while_serving", signals_while_serving},
        {"no_descriptors", no_descriptors},
        {"one_thread_only", one_thread_only},
        {"sandbox", sandbox},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
