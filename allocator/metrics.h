// Statistics as Prometheus' text exposition format. Neither malloc nor stdio. Thread safety: pure functions;
// one thread at a time writes to a path.
#pragma once

#include "allocator/statistics.h"

namespace memo {

// False if not all could be written; errno says why.
bool write_metrics(const Statistics& statistics, int file);

// Whole or not at all: written to `part` first, which then gets the name `path`. False as above.
bool write_metrics_file(const Statistics& statistics, const char* path, const char* part);

}  // namespace memo
