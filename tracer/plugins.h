// Op-tag plug-ins: finding the runtime they belong to, and loading them when it is safe.
//
// A plug-in is a library of its own, built for one build of its runtime (the build ids are compared) or for
// any that it finds itself in, in memo/tags/<file name of the runtime's library, or that without its
// version>.so beside the tracer. The runtime may come into the process inside a dlopen whose constructors are
// still running, so the plug-in is loaded by a thread of its own: its dlopen waits for the outermost dlopen
// to return. What is there at start is looked for in the tracer's constructor.
//
// Invariants: one attempt a process and runtime; whatever goes wrong is a note in the trace and nothing else.
// Thread safety: module_appeared under the trace lock; the rest without it, on a thread that is busy.
#pragma once

#include "tracer/modules.h"

namespace memo::tracer::plugins {

// A new module was defined. Remembers it if it is a runtime that may have a plug-in.
void module_appeared(const char* path, const BuildId& build_id);

// Starts the loading thread if a runtime is waiting for one.
void load_pending();

// Loads the plug-in of a runtime that is in the process already; from the library's constructor.
void load_present();

// Whether that is a plug-in that was loaded: its frames are not the program's.
[[nodiscard]] bool is_plugin(const ModuleView& module);

// In the child of a fork: a loading thread is gone, a loaded plug-in is still there.
void after_fork();

}  // namespace memo::tracer::plugins
