// Work of a plug-in's own, inside of the program's.
#pragma once

#include "tracer/tags/api.h"

#include <cstdint>

namespace memo::tags {

// What this thread does while one lives is not the program's: no trace shows it.
class Hidden {
  public:
    explicit Hidden(const memo_tags_host* host) : host_(host), token_(host->hide()) {}
    ~Hidden() { host_->show(token_); }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;

  private:
    const memo_tags_host* host_;
    std::uint32_t token_;
};

}  // namespace memo::tags
