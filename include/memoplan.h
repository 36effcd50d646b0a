/* The planner as a C library, for compilers and runtimes that lay out memory ahead of time: blocks with known
 * lifetimes in, an offset for each of them out. Link with -lmemoplan; docs/embedding.md has a complete
 * program.
 *
 * Conventions
 * - Lifetimes are half-open ranges [lower, upper) of moments in whatever unit the caller counts. Sizes,
 *   alignments and offsets are bytes. Blocks are numbered from 0 in the order in which they were added.
 * - Every struct begins with its own size, and 0 in any other field means "nothing special". So write
 *   `memoplan_block block = {.struct_size = sizeof block};` and set what you need: the program keeps working
 *   when later versions add fields at the end.
 * - A function that can fail returns a status. Where that is not MEMOPLAN_OK it has changed nothing, and
 *   `error`, a buffer of `error_size` bytes, holds one line that says what is wrong, cut where the buffer
 *   ends, without a newline; after a success the line is empty. 256 bytes are enough for most. NULL and 0: no
 *   line is wanted.
 * - No C++ exception leaves the library. A callback must return: no exceptions, no longjmp.
 *
 * Thread safety: there is no global state. Any number of threads may solve, verify and count one problem at
 * once; adding to a problem, or freeing it, needs it alone. A stop flag may be used from anywhere.
 */
#ifndef MEMOPLAN_H
#define MEMOPLAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef enum memoplan_status {
    MEMOPLAN_OK = 0,
    MEMOPLAN_INVALID = 1,  /* an argument, the problem, or a strategy unknown or unable to do it */
    MEMOPLAN_CONFLICT = 2, /* memoplan_verify: the plan breaks its promise */
    MEMOPLAN_NO_MEMORY = 3,
    MEMOPLAN_FAILED = 4 /* anything else */
} memoplan_status;

/* "0.1.0". */
const char* memoplan_version(void);

/* ---- The problem ---- */

typedef struct memoplan_problem memoplan_problem;

/* An empty problem, or NULL if there is no memory. */
memoplan_problem* memoplan_problem_new(void);
void memoplan_problem_free(memoplan_problem* problem); /* NULL is fine */

/* A stretch of a block's life in which it keeps only bytes [begin, end) of itself, counted from its own
 * offset; none where begin equals end. This struct will not grow. */
typedef struct memoplan_gap {
    uint64_t lower; /* moments [lower, upper) */
    uint64_t upper;
    uint64_t begin;
    uint64_t end;
} memoplan_gap;

/* Flags of a block. */
enum {
    MEMOPLAN_FIXED = 1, /* the offset must be `fixed_offset` */
    MEMOPLAN_HINTED = 2 /* the offset should be `hint`, an earlier plan's, say, where that costs no height */
};

/* Two blocks share bytes only if they lie in different arenas, are of one alias group, or keep no byte in
 * common at any moment. */
typedef struct memoplan_block {
    size_t struct_size; /* sizeof(memoplan_block) */
    uint64_t lower;     /* lives in [lower, upper), lower < upper */
    uint64_t upper;
    uint64_t size;      /* > 0 */
    uint64_t alignment; /* the offset is a multiple of this; any number, 0 stands for 1 */
    uint64_t fixed_offset;
    uint64_t hint;
    const memoplan_gap* gaps; /* in order of time, disjoint, within the lifetime; copied */
    size_t gap_count;
    uint32_t flags;
    uint32_t alias; /* blocks of one group, any number > 0, have one offset and may share bytes; 0: none */
    uint32_t arena; /* below 65,536; each arena is packed from its own offset 0 */
    uint32_t reserved;
} memoplan_block;

/* Adds `count` blocks from an array whose elements are all of the first one's struct_size. What is checked
 * here is the form; whether the problem makes sense is said by memoplan_solve, once it is complete. */
memoplan_status memoplan_add(memoplan_problem* problem, const memoplan_block* blocks, size_t count,
                             char* error, size_t error_size);

/* How many blocks there are by now. */
size_t memoplan_count(const memoplan_problem* problem);

/* ---- The solver ---- */

/* A flag that ends solving early, with the best plan so far. It stays set until it is cleared. Requests may
 * come from any thread and from signal handlers. */
typedef struct memoplan_stop memoplan_stop;
memoplan_stop* memoplan_stop_new(void); /* NULL if there is no memory */
void memoplan_stop_request(memoplan_stop* stop);
void memoplan_stop_clear(memoplan_stop* stop);
void memoplan_stop_free(memoplan_stop* stop); /* no solver may use it any more */

/* The best plan so far. */
typedef struct memoplan_progress {
    size_t struct_size; /* set by the library: fields beyond it are not there */
    uint64_t height;
    uint64_t lower_bound;
    double seconds;    /* since the start */
    char strategy[32]; /* which one found it */
} memoplan_progress;

/* Flags of the options. */
enum {
    MEMOPLAN_SKIP_LOCALITY = 1 /* do not look for a plan of the same height that reuses bytes sooner */
};

typedef struct memoplan_options {
    size_t struct_size;   /* sizeof(memoplan_options) */
    const char* strategy; /* NULL: "portfolio", all of them; or a name that `memo plan --help` lists */
    uint64_t capacity;    /* > 0: the first plan at most this high will do; 0: as low as can be */
    double time_limit;    /* seconds of wall time; 0 stands for 10 */
    uint64_t seed;        /* 0 stands for 1 */
    uint32_t threads;     /* at most 1,024; 0: as many as there are cores */
    uint32_t flags;
    const memoplan_stop* stop; /* or NULL */
    /* NULL, or called on the thread that solves when the plan or the bound got better. */
    void (*progress)(const memoplan_progress* progress, void* context);
    void* context;
} memoplan_options;

/* Whether there is a plan within the capacity. */
enum {
    MEMOPLAN_FITS = 0,       /* this one is (always, where no capacity was given) */
    MEMOPLAN_IMPOSSIBLE = 1, /* proven: none is; this is the best one known */
    MEMOPLAN_UNKNOWN = 2     /* neither was found in the time given; likewise */
};

typedef struct memoplan_result {
    size_t struct_size;   /* sizeof(memoplan_result), set by the caller */
    uint64_t height;      /* no block ends above it; of several arenas, the largest one's */
    uint64_t max_load;    /* bytes live at the worst moment */
    uint64_t lower_bound; /* no plan is lower: the max load, or more where search has proven it */
    double gap;           /* (height - max_load) / max_load; 0 where nothing lives */
    double seconds;       /* wall time of the solving */
    int32_t verdict;
    int32_t proven_optimal; /* 1: height equals the lower bound */
    char strategy[32];      /* the one that made the plan; never "portfolio" */
} memoplan_result;

/* Finds a place for every block: offsets[i] is that of block i, offset_count is memoplan_count(problem).
 * There is always a plan of a valid problem, whatever the limits; a problem without blocks has one, too.
 * `options` may be NULL, and so may `offsets` where there are no blocks.
 *
 * The plan of a run that ended by itself depends only on the problem, the seed and the other options. The
 * solver starts and joins threads of its own. "mip" runs the program `cbc`; nothing else leaves the process.
 *
 * A problem is valid if its blocks are as said above, all sizes and alignments and the highest end of a fixed
 * block add up to less than 2^63, there are fewer than 2^32 blocks, the members of an alias group lie in one
 * arena and can have one offset, and no two fixed blocks are in each other's way. */
memoplan_status memoplan_solve(const memoplan_problem* problem, const memoplan_options* options,
                               uint64_t* offsets, size_t offset_count, memoplan_result* result, char* error,
                               size_t error_size);

/* Checks a plan, from wherever it comes, with code that shares nothing with the solvers. On MEMOPLAN_CONFLICT
 * the line names the first conflict by time. */
memoplan_status memoplan_verify(const memoplan_problem* problem, const uint64_t* offsets, size_t offset_count,
                                uint64_t height, char* error, size_t error_size);

#pragma GCC visibility pop
#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* MEMOPLAN_H */
