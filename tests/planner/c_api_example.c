/* Plans the buffers of a network of four steps with the C API of the planner. docs/embedding.md shows it. */
#include <memoplan.h>
#include <stdio.h>

enum { BUFFERS = 5 };

static void show_progress(const memoplan_progress* best, void* context) {
    fprintf((FILE*)context, "%s: %llu bytes\n", best->strategy, (unsigned long long)best->height);
}

int main(void) {
    /* Step i runs at moment i. A buffer lives from the step that writes it to the last step that reads it. */
    static const struct {
        const char* name;
        uint64_t written, last_read, size;
    } buffers[BUFFERS] = {{"input", 0, 0, 150528},
                          {"conv1", 0, 3, 401408},
                          {"conv2", 1, 2, 802816},
                          {"conv3", 2, 3, 200704},
                          {"output", 3, 4, 4000}};
    memoplan_options options = {.struct_size = sizeof options, .time_limit = 1, .progress = show_progress};
    memoplan_result result = {.struct_size = sizeof result};
    uint64_t offsets[BUFFERS];
    char error[256] = "out of memory";
    int failed = 1;
    size_t i;

    memoplan_problem* problem = memoplan_problem_new();
    if (problem == NULL) goto done;
    for (i = 0; i < BUFFERS; ++i) {
        memoplan_block block = {.struct_size = sizeof block, .size = buffers[i].size, .alignment = 64};
        block.lower = buffers[i].written;
        block.upper = buffers[i].last_read + 1;   /* half-open */
        if (i == 0) block.flags = MEMOPLAN_FIXED; /* the input arrives at offset 0 */
        if (memoplan_add(problem, &block, 1, error, sizeof error) != MEMOPLAN_OK) goto done;
    }
    options.context = stderr;
    if (memoplan_solve(problem, &options, offsets, BUFFERS, &result, error, sizeof error) != MEMOPLAN_OK) {
        goto done;
    }
    for (i = 0; i < BUFFERS; ++i) {
        printf("%-6s %8llu bytes at %8llu\n", buffers[i].name, (unsigned long long)buffers[i].size,
               (unsigned long long)offsets[i]);
    }
    printf("arena of %llu bytes, at least %llu: %s\n", (unsigned long long)result.height,
           (unsigned long long)result.lower_bound,
           result.proven_optimal ? "nothing is lower" : "perhaps not the lowest");
    failed = 0;

done:
    if (failed) fprintf(stderr, "memoplan: %s\n", error);
    memoplan_problem_free(problem);
    return failed;
}
