// Between the tracer and an op-tag plug-in. A plug-in is a shared library that exports the two names below;
// it keeps no thread-local state (a dlopened library cannot have initial-exec TLS): the tracer holds it.
//
// Invariants: `end` gets what `begin` returned, on the same thread. Both may be called at any time after
// memo_tags_start, from any thread, and never throw.
#pragma once

#include <stddef.h>  // NOLINT(modernize-deprecated-headers): plain C
#include <stdint.h>  // NOLINT(modernize-deprecated-headers): plain C

#define MEMO_TAGS_ABI 2  // NOLINT(modernize-macro-to-enum): plain C

#ifdef __cplusplus
extern "C" {
#endif

struct memo_tags_host {
    uint32_t abi;
    uint32_t (*begin)(const char* name);  // an operation starts on this thread
    void (*end)(uint32_t token);          // it ends, and whatever it left open
    void* (*allocate)(size_t size);       // memory that no trace shows
    void (*release)(void* memory);
    // What is open on this thread, a label too; NULL: nothing.
    const char* (*innermost)(void);  // NOLINT(modernize-redundant-void-arg): plain C
    // Until show, what this thread does is not the program's: no trace shows it.
    uint32_t (*hide)(void);  // NOLINT(modernize-redundant-void-arg): plain C
    void (*show)(uint32_t token);
    int scopes;  // 1: scopes that cost time to find out are wanted too (MEMO_TRACE_SCOPES)
};

// Build id, in lower-case hex, of the runtime library that the plug-in was built against; empty: of none, it
// sees for itself in memo_tags_start whether it knows the one that is there.
__attribute__((visibility("default"))) extern const char memo_tags_built_for[];

// Begins to report operations to `host`, which lives as long as the process. 0: done.
__attribute__((visibility("default"))) int memo_tags_start(const struct memo_tags_host* host);

#ifdef __cplusplus
}
#endif
