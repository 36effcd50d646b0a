// What the probes share. A probe is a small program that checks itself: `PROBE CASE` runs one case, prints
// the answers it got on stdout (the test compares them with a run without any preload), and ends with 0, or
// with 1 and a line on stderr that says what did not hold.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ProbeCase {
    const char* name;
    void (*run)(void);
};

static inline void require(int holds, const char* what) {
    if (holds) return;
    fprintf(stderr, "probe: not so: %s\n", what);
    _Exit(1);
}

// Runs the case that the command line names.
static inline int run_case(const struct ProbeCase* cases, size_t count, int argc, char** argv) {
    for (size_t i = 0; argc > 1 && i < count; ++i) {
        if (strcmp(cases[i].name, argv[1]) != 0) continue;
        cases[i].run();
        return 0;
    }
    fprintf(stderr, "probe: no such case\n");
    return 2;
}

// Hides a value from the optimiser: a size it knows to be absurd, or an allocation it could leave out.
static inline size_t opaque(size_t value) {
    volatile size_t hidden = value;
    return hidden;
}

static inline int holds_only(const unsigned char* bytes, unsigned char value, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        if (bytes[i] != value) return 0;
    }
    return 1;
}
