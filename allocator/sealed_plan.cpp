// Copying and sealing (allocator/sealed_plan.h).
#include "allocator/sealed_plan.h"

#include <sys/mman.h>

#include <cstring>

namespace memo {

PlanView seal_plan(std::span<const char> bytes) {
    void* memory = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return {};
    std::memcpy(memory, bytes.data(), bytes.size());
    mprotect(memory, bytes.size(), PROT_READ);
    return PlanView(memory);
}

void unseal_plan(const PlanView& plan) {
    const PlanHeader& header = plan.header();
    munmap(const_cast<PlanHeader*>(&header), header.file_bytes);
}

}  // namespace memo
