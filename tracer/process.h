// The trace's first chunk: which process this is.
// Thread safety: under the trace lock.
#pragma once

namespace memo::tracer {

// Appends the process chunk; false if the file has failed.
bool write_process_chunk();

}  // namespace memo::tracer
