// A WholeFile whose contents are gzipped on the way. Thread safety: none.
#pragma once

#include "cli/whole_file.h"

#include <zlib.h>

#include <string_view>

namespace memo::cli {

class GzipFile {
  public:
    explicit GzipFile(WholeFile& out);
    ~GzipFile();
    GzipFile(const GzipFile&) = delete;
    GzipFile& operator=(const GzipFile&) = delete;

    void write(std::string_view bytes) { deflate_all(bytes, Z_NO_FLUSH); }
    // Once, at the end; the WholeFile stays to be finished.
    void finish() { deflate_all({}, Z_FINISH); }

  private:
    void deflate_all(std::string_view bytes, int flush);

    WholeFile& out_;
    z_stream stream_ = {};
};

}  // namespace memo::cli
