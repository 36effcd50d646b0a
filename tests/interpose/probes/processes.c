// Threads, forks and signals while blocks are being served.
#define _GNU_SOURCE
#include "threads.h"

#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <unistd.h>

// One round of blocks that live together.
static void serve_round(unsigned char value) {
    unsigned char* blocks[30];
    for (int i = 0; i < 30; ++i) {
        blocks[i] = malloc((size_t)(i + 1) * 200);
        require(blocks[i] != NULL, "the block is there");
        memset(blocks[i], value, (size_t)(i + 1) * 200);
    }
    for (int i = 0; i < 30; ++i) {
        require(holds_only(blocks[i], value, (size_t)(i + 1) * 200), "nobody else wrote here");
        free(blocks[i]);
    }
}

static volatile int stop_churning;

static void* churn(void* argument) {
    while (!stop_churning) serve_round(3);
    return argument;
}

static void fork_among_threads(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, churn, NULL);
    for (int i = 0; i < 100; ++i) {
        serve_round(4);
        const pid_t child = fork();
        if (child == 0) {
            alarm(60);  // a deadlock in the child must end the test, not hang it
            for (int round = 0; round < 5; ++round) serve_round(5);
            _exit(0);
        }
        expect_good_end(child);
    }
    stop_churning = 1;
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
}

static void* fork_often(void* argument) {
    for (int i = 0; i < 20; ++i) {
        serve_round(6);
        void* held = malloc(3000);
        memset(held, 9, 3000);
        const pid_t child = fork();
        if (child == 0) {
            alarm(60);
            require(holds_only(held, 9, 3000), "the child has its copy");
            free(held);
            serve_round(7);
            _exit(0);
        }
        memset(held, 10, 3000);
        expect_good_end(child);
        free(held);
    }
    return argument;
}

static void fork_from_threads(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, fork_often, NULL);
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
}

static void vfork_and_exec(void) {
    for (int i = 0; i < 20; ++i) {
        serve_round(8);
        const pid_t child = vfork();
        if (child == 0) {
            execl("/bin/true", "true", (char*)NULL);
            _exit(127);
        }
        expect_good_end(child);
    }
}

static void serve_round_of_keys(void) {
    serve_round(11);
}

static void keys_of_threads(void) {
    end_values_of_threads(40, 10, serve_round_of_keys);
}

static void exit_while_threads_serve(void) {
    pthread_t thread;
    for (int i = 0; i < 4; ++i) pthread_create(&thread, NULL, churn, NULL);
    for (int i = 0; i < 20; ++i) serve_round(12);
}

// As redis and others do to show a title in ps. It once took the name of the statistics' file with it.
static void title_over_environment(void) {
    for (int i = 0; i < 20; ++i) serve_round(13);
    for (char** entry = environ; *entry != NULL; ++entry) memset(*entry, 'x', strlen(*entry));
}

static volatile sig_atomic_t signals_handled;

// The very requests of the loop that it interrupts, so that an allocator which lets it in would give a slot
// out twice.
static void allocate_in_handler(int number) {
    (void)number;
    serve_round(0xcc);
    ++signals_handled;
}

// With signals only where the next allocator can be interrupted by one that allocates (PROBE_SIGNALS): glibc
// cannot.
static void signals_while_serving(void) {
    struct sigaction action = {.sa_handler = allocate_in_handler};
    sigaction(SIGALRM, &action, NULL);
    for (int i = 0; i < 20; ++i) serve_round(14);
    if (getenv("PROBE_SIGNALS") != NULL) {
        // One signal at a time: a steady stream faster than its handler would let nothing else run.
        for (int i = 0; signals_handled < 3000 && i < 1000000; ++i) {
            const struct itimerval once = {{0, 0}, {0, 1 + i % 30}};
            setitimer(ITIMER_REAL, &once, NULL);
            serve_round(15);
        }
        const struct itimerval never = {{0, 0}, {0, 0}};
        setitimer(ITIMER_REAL, &never, NULL);
        require(signals_handled >= 3000, "signals came");
    }
    serve_round(16);
}

int main(int argc, char** argv) {
    static const struct ProbeCase cases[] = {
        {"fork_among_threads", fork_among_threads},
        {"fork_from_threads", fork_from_threads},
        {"vfork_and_exec", vfork_and_exec},
        {"keys_of_threads", keys_of_threads},
        {"exit_while_threads_serve", exit_while_threads_serve},
        {"title_over_environment", title_over_environment},
        {"signals_while_serving", signals_while_serving},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
