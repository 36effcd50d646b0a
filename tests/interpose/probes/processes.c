// Threads, forks and signals while blocks are being served.
#define _GNU_SOURCE
#include "probe.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/wait.h>
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

static void expect_good_end(pid_t child) {
    int status = 0;
    require(child > 0 && waitpid(child, &status, 0) == child, "the child can be waited for");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ends well");
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

static pthread_key_t keys[200];
static int ended_values;

static void end_value(void* value) {
    require(holds_only(value, 0x33, 40), "the value is whole at the thread's end");
    free(value);
    void* more = malloc(60);
    memset(more, 0x44, 60);
    free(more);
    __atomic_add_fetch(&ended_values, 1, __ATOMIC_RELAXED);
}

static void* set_all_keys(void* argument) {
    serve_round(11);
    for (int i = 0; i < 200; ++i) {
        void* value = malloc(40);
        memset(value, 0x33, 40);
        require(pthread_setspecific(keys[i], value) == 0, "the key takes its value");
    }
    return argument;
}

static void keys_of_threads(void) {
    for (int i = 0; i < 200; ++i) require(pthread_key_create(&keys[i], end_value) == 0, "200 keys");
    for (int round = 0; round < 10; ++round) {
        pthread_t threads[4];
        for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, set_all_keys, NULL);
        for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
    }
    require(ended_values == 10 * 4 * 200, "every value was ended");
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
