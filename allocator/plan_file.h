// Bringing a plan file into memory for replay: read whole, checked field by field, then sealed read-only. It
// is copied, not mapped: a file that someone overwrites while the program runs must not reach the program.
#pragma once

#include "common/plan_view.h"

namespace memo {

struct LoadedPlan {
    PlanView plan;                // empty if anything was wrong
    const char* wrong = nullptr;  // the end of the sentence "FILE: ...", a static string
};

// Uses mmap for its memory and nothing of malloc. The plan stays for the life of the process.
[[nodiscard]] LoadedPlan load_plan_file(const char* path);

}  // namespace memo
