/* The memo C API: labels. A label names what the calling thread is doing; every allocation made while it is
 * open carries it in traces, inside the labels that were open before it.
 *
 *     memo_begin("parse request");
 *     ...
 *     memo_end();
 *
 * Nothing has to be linked: both functions are weak. Run without memo, memo_begin and memo_end cost a
 * comparison with null each; under `memo trace`, about 30 ns.
 *
 * - Labels are per thread, and nest. An end without a begin is ignored (and counted in the trace).
 * - `name` is copied; it may be freed at once. Bytes beyond the first 512 are cut. Names should be few (what
 * is done, not for whom): each distinct path of nested names is kept for the life of the process.
 * - Safe in any thread at any time; in signal handlers a label may be lost.
 *
 * Tracing is switched by the environment (LD_PRELOAD=libmemotrace.so does it without the memo command):
 *   MEMO_TRACE_FILE   the trace of the first process; others append .<pid>. Default: memotrace.<pid>.memo
 *   MEMO_TRACE_DEPTH  frames of a call stack kept: 0 (the caller alone) to 512, the default
 *   MEMO_TRACE_PAUSED 1: record nothing until the signal comes; labels that are open then are not known
 *   MEMO_TRACE_SIGNAL the number of a signal that switches recording on and off (memo trace --attach sends
 * it)
 */
#ifndef MEMOMALLOC_H
#define MEMOMALLOC_H

#ifdef __cplusplus
extern "C" {
#endif

__attribute__((weak)) void memo_label_push(const char* name);
__attribute__((weak)) void memo_label_pop(void);

static inline void memo_begin(const char* name) {
    if (memo_label_push != 0) memo_label_push(name);
}

static inline void memo_end(void) {
    if (memo_label_pop != 0) memo_label_pop();
}

#ifdef __cplusplus
} /* extern "C" */

namespace memo {

/* A label for a scope. */
class Label {
  public:
    explicit Label(const char* name) { memo_begin(name); }
    ~Label() { memo_end(); }
    Label(const Label&) = delete;
    Label& operator=(const Label&) = delete;
};

}  // namespace memo
#endif

#endif /* MEMOMALLOC_H */
