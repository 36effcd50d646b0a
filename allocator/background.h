// Threads of our own, for what must not happen inside a request.
#pragma once

namespace memo {

// Starts a detached thread that runs `run(argument)`, with a small stack and without the program's signals,
// which are for its own threads. False if it cannot be started. Keeps errno; allocates.
[[nodiscard]] bool start_background(void* (*run)(void*), void* argument);

}  // namespace memo
